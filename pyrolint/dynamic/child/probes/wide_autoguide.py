"""Whether an autoguide starts far wider than the priors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from pyrolint.dynamic.child.facts.spreads import (
    HARMLESS,
    Spreads,
    compared,
    deviation_of,
    unconstrained_deviation,
    worst,
)
from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.observation.step import Execution, Site, unwrapped
from pyrolint.dynamic.child.probing import probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Reason, Verdict


@probe("PYR203", needs_data=True, under_samplers=False)
def wide_autoguide(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare an autoguide's draws, before any bijection, with priors mapped the other way."""
    step = laboratory.step
    if step.guide is None or not laboratory.can_repeat:
        return
    guide, model = laboratory.recorded.guide, laboratory.recorded.model
    if guide is None or model is None:
        return
    for part in _parts(unwrapped(step.guide.function)):
        if not hasattr(part, "_init_scale"):
            continue
        widest: tuple[str, Spreads] | None = None
        for name, wide in _free_deviations(part, guide):
            prior = model.site(name)
            found = _against(laboratory, wide, prior) if prior is not None else None
            if found is not None and (widest is None or found.ratio > widest[1].ratio):
                widest = name, found
        if widest is not None:
            yield from _judged(laboratory, part, *widest)


def _judged(laboratory: Laboratory, part: Any, name: str, found: Spreads) -> Iterator[Evidence]:
    kind = type(part).__name__
    position = making_position(part)
    words = (
        f"`{kind}` starts {name!r} with a standard deviation of {worded(found.guide)} in the "
        f"unconstrained space, where its prior has {worded(found.prior)}"
    )
    figures = compared(laboratory, found)
    if found.guide > 1.0 and found.ratio > HARMLESS:
        message = f"{words}: the first gradients are mostly noise; leave `init_scale` at 0.1"
        yield Evidence("PYR203", Verdict.CONFIRMED, message, position=position, figures=figures)
    elif any(True for _ in laboratory.step.claimed("PYR203")):
        if found.ratio <= 1.0:
            message = f"{words}, and no other site starts wider; the guide's is its own parameter"
            yield Evidence("PYR203", Verdict.REFUTED, message, position=position, figures=figures)
        else:
            reason = Reason.INCONCLUSIVE
            yield Evidence(
                "PYR203", Verdict.UNKNOWN, reason.value, position=position, reason=reason
            )


def _parts(guide: Any) -> Iterator[Any]:
    from pyro.infer.autoguide import AutoGuide, AutoGuideList

    if isinstance(guide, AutoGuideList):
        for part in guide:
            yield from _parts(part)
    elif isinstance(guide, AutoGuide):
        yield guide


def _free_deviations(part: Any, guide: Execution) -> Iterator[tuple[str, Tensor]]:
    """The deviations of each latent of an autoguide in the unconstrained space."""
    prototype = getattr(part, "prototype_trace", None)
    if prototype is None:
        return
    for site in guide.sites:
        deviation = deviation_of(site.distribution) if site.infer.get("is_auxiliary") else None
        if deviation is None:
            continue
        name = site.name.removesuffix("_unconstrained")
        if name in prototype.nodes and name != site.name:
            yield name, deviation
        elif site.name == f"_{part._pyro_name}_latent":
            for node, piece in part._unpack_latent(deviation):
                yield node["name"], piece


def _against(laboratory: Laboratory, wide: Tensor, prior: Site) -> Spreads | None:
    with laboratory.quiet(0):
        narrow = unconstrained_deviation(prior.distribution, prior.distribution)
    return worst(wide, narrow, "unconstrained values", is_exact=False)
