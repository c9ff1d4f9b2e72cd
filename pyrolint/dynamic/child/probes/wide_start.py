"""Whether a guide starts far wider than its prior."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from pyrolint.dynamic.child.facts.spreads import HARMLESS, compared, spreads_of
from pyrolint.dynamic.child.observation.recorders import Construction
from pyrolint.dynamic.child.observation.step import Parameter, Site
from pyrolint.dynamic.child.probing import probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, Run
from pyrolint.dynamic.child.repetition.operations import SourceKind, sources
from pyrolint.dynamic.messages import Evidence, Reason, Verdict

WIDE = 10.0
"""The guide's deviation over its prior's from which a start is wide."""

_SCALES = ("scale", "scale_tril", "cov_diag", "covariance_matrix", "precision_matrix", "high")


@probe("PYR201", needs_data=True, under_samplers=False)
def wide_start(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare the guide's standard deviations with those of the priors."""
    step = laboratory.step
    if step.guide is None or not laboratory.can_repeat:
        return
    run = laboratory.recorded
    if run.guide is None or run.model is None:
        return
    for prior in run.model.latents:
        site = run.guide.site(prior.name)
        if site is not None:
            yield from _compared(laboratory, run, site, prior)


def _compared(laboratory: Laboratory, run: Run, site: Site, prior: Site) -> Iterator[Evidence]:
    found = spreads_of(laboratory, site.distribution, prior.distribution)
    if found is None:
        return
    call, name, parameter = _scale(run, site)
    places = [each for each in (call, site.position, prior.position) if each is not None]
    position = parameter.position if parameter is not None else places[0] if places else None
    evidence: dict[str, Any] = {
        "position": position,
        "site": site.name,
        "argument": name,
        "parameter": parameter.name if parameter is not None else None,
        "related": tuple(places),
        "figures": compared(laboratory, found),
    }
    words = (
        f"the guide of {site.name!r} starts with a standard deviation of {worded(found.guide)}, "
        f"its prior has {worded(found.prior)} ({found.space})"
    )
    is_claimed = any(True for _ in laboratory.step.claimed("PYR201"))
    if found.ratio > WIDE and _holds(laboratory, run, site, prior):
        yield Evidence(
            "PYR201",
            Verdict.CONFIRMED,
            f"{words}: {worded(found.ratio)} times as wide, so that the first gradients are mostly "
            "noise; start it at about a tenth of the prior's",
            **evidence,
        )
    elif is_claimed and found.ratio < HARMLESS and found.is_exact and found.guide <= WIDE:
        yield Evidence(
            "PYR201",
            Verdict.REFUTED,
            f"{words}, and both are those of the distributions themselves, whatever they draw",
            **evidence,
        )
    elif is_claimed:
        reason = Reason.INCONCLUSIVE
        yield Evidence("PYR201", Verdict.UNKNOWN, reason.value, reason=reason, **evidence)


def _holds(laboratory: Laboratory, run: Run, site: Site, prior: Site) -> bool:
    """Whether the prior's width is its own, and the guide as wide in other draws."""
    learnt = (SourceKind.LATENT, SourceKind.MODULE, SourceKind.PARAMETER)
    if any(_behind(run, prior, kind) for kind in learnt):
        # What such a width is at the start says nothing of what the prior asks for.
        return False
    if not _behind(run, site, SourceKind.LATENT):
        return True
    with laboratory.exempted():
        return all(_is_wide_again(laboratory, site, seed) for seed in range(1, laboratory.draws))


def _is_wide_again(laboratory: Laboratory, site: Site, seed: int) -> bool:
    if not laboratory.affords(1):
        return False
    pair = [each.site(site.name) for each in laboratory.run(seed=seed).executions]
    if len(pair) < 2 or pair[0] is None or pair[1] is None:
        return False
    found = spreads_of(laboratory, pair[0].distribution, pair[1].distribution)
    return found is not None and found.ratio > WIDE


def _behind(run: Run, site: Site, kind: SourceKind) -> bool:
    """Whether arguments that a distribution's width may rest on come from such a source."""
    return run.operations is not None and any(
        source.kind is kind
        for construction in site.constructions
        for name, argument in construction.arguments.items()
        if isinstance(argument, Tensor) and name not in ("loc", "mean")
        for source, _ in sources(run.operations.of(argument))
    )


def _scale(run: Run, site: Site) -> tuple[Any, str | None, Parameter | None]:
    """Where a guide's distribution is made, the argument of its width, and what feeds that."""
    last: Construction | None = None
    for construction in site.constructions:
        last = construction
        for name in _SCALES:
            value = construction.arguments.get(name)
            if not isinstance(value, Tensor) or run.operations is None:
                continue
            for source, _ in sources(run.operations.of(value)):
                if source.kind is SourceKind.PARAMETER:
                    return construction.position, name, source.object
            return construction.position, name, None
    return (last.position if last is not None else None), None, None
