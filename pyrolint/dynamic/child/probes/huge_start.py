"""Whether a parameter starts so far out that the ELBO is nothing but misfit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.spreads import deviation_of
from pyrolint.dynamic.child.facts.weights import observations
from pyrolint.dynamic.child.observation.step import Parameter, Site
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.gradients import gradients_of
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, Run
from pyrolint.dynamic.child.repetition.operations import SourceKind, sources
from pyrolint.dynamic.messages import Evidence, Verdict

HUGE = 1e3
"""The magnitude from which a parameter starts far out."""

FAR_OUT = 1e4
"""Nats of an observation from which the ELBO says that all is misfit."""

APART = 100.0
"""How many of the prior's standard deviations a guide's mean lies from the prior's."""


@probe("PYR202", needs_data=True, under_samplers=False)
def huge_start(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare where huge parameters put a guide with where the prior lies."""
    if laboratory.step.guide is None or not laboratory.can_repeat:
        return
    run = laboratory.recorded
    if run.guide is None or run.model is None or run.operations is None:
        return
    weight = observations(run.model)
    is_claimed = any(True for _ in laboratory.step.claimed("PYR202"))
    for site in run.guide.latents:
        prior = run.model.site(site.name)
        for parameter in _huge(run, site):
            away = _apart(site, prior) if prior is not None else None
            if away is None or prior is None:
                continue
            loss = gradients.loss if (gradients := gradients_of(laboratory)) else None
            each = abs(loss) / weight if loss is not None and weight else None
            figures: dict[str, Any] = {"deviations from the prior's mean": figure(away)}
            if each is not None:
                figures["|ELBO| of an observation"] = figure(each)
            evidence: dict[str, Any] = {
                "position": parameter.position,
                "site": parameter.name,
                "parameter": parameter.name,
                "related": tuple(p for p in (site.position, prior.position) if p is not None),
                "figures": figures,
            }
            far = worded(parameter.value.detach().abs().max())
            if away > APART and each is not None and not each < FAR_OUT:
                yield Evidence(
                    "PYR202",
                    Verdict.CONFIRMED,
                    f"parameter {parameter.name!r} starts at {far}, {worded(away)} standard "
                    f"deviations from the prior of {site.name!r}: the ELBO is {worded(each)} nats "
                    "an observation; start it near the prior",
                    **evidence,
                )
            elif is_claimed and away < 10.0:
                yield Evidence(
                    "PYR202",
                    Verdict.REFUTED,
                    f"parameter {parameter.name!r} starts at {far}, within {worded(away)} standard "
                    f"deviations of the prior of {site.name!r}: mean and deviation are the prior's "
                    "own",
                    **evidence,
                )


def _huge(run: Run, site: Site) -> Iterator[Parameter]:
    """The parameters of great magnitude that a guide's distribution is made of."""
    assert run.operations is not None
    seen: set[str] = set()
    for construction in site.constructions:
        for argument in construction.arguments.values():
            if not isinstance(argument, Tensor):
                continue
            for source, _ in sources(run.operations.of(argument)):
                parameter = source.object
                if source.kind is not SourceKind.PARAMETER or parameter.name in seen:
                    continue
                seen.add(parameter.name)
                if parameter.value.numel() and float(parameter.value.detach().abs().max()) >= HUGE:
                    yield parameter


def _apart(site: Site, prior: Site) -> float | None:
    """How far the guide's mean lies from the prior's at the most, in the prior's deviations."""
    deviation = deviation_of(prior.distribution)
    try:
        own, theirs = site.distribution.mean, prior.distribution.mean
        if deviation is None or not bool((deviation > 0).all()):
            return None
        away = ((own - theirs).detach().abs() / deviation).max()
    # Families without a mean raise what they like, and shapes may not fit.
    except Exception:  # noqa: BLE001
        return None
    return float(away) if bool(torch.isfinite(away)) else None
