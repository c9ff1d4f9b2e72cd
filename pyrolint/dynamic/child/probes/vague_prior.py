"""Whether a prior is so wide that it says next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrolint.dynamic.child.facts.spreads import deviation_of, is_log_normal, stripped
from pyrolint.dynamic.child.facts.supports import support_members
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

VAGUE = 1e3
"""The standard deviation from which a prior is vague."""


@probe("PYR206", needs_data=True, under_samplers=False)
def vague_prior(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the standard deviation of each latent's prior."""
    step = laboratory.step
    if step.model_run is None or step.guide_run is None:
        return
    for prior in step.model_run.latents:
        site = step.guide_run.site(prior.name)
        own = _smallest(prior.distribution)
        if site is None or own is None or own < VAGUE:
            continue
        figures: dict[str, Any] = {"prior deviation": figure(own)}
        # An autoguide draws before it maps; on the real line that changes nothing.
        free = step.guide_run.site(f"{prior.name}_unconstrained") or site
        drawn = deviation_of(free.distribution)
        if drawn is not None and drawn.numel():
            figures["guide deviation"] = figure(drawn.max())
        yield Evidence(
            "PYR206",
            Verdict.CONFIRMED,
            f"the prior of {prior.name!r} has a standard deviation of {worded(own)}, and a step "
            "moves the guide by about the learning rate: make it about as wide as the values that "
            "you expect, and bring the data to order one",
            position=prior.position,
            site=prior.name,
            figures=figures,
        )


def _smallest(distribution: Any) -> float | None:
    """The least deviation on the line that the guide moves along; None on any other."""
    inner = stripped(distribution)
    # A guide moves the logarithm of a positive number, and the logit of one in an interval.
    inner = inner.base_dist if is_log_normal(inner) else inner
    known = support_members(inner)
    if known is None or not known.is_real_line:
        return None
    deviation = deviation_of(inner)
    return float(deviation.min()) if deviation is not None and deviation.numel() else None
