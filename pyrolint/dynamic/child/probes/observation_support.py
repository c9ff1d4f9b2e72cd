"""Whether data lies outside the support of the site that observes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyro.distributions as dist
import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.pairing import hangs_on_latents
from pyrolint.dynamic.child.facts.supports import (
    at_an_end,
    base_of,
    describe,
    is_librarys,
    members,
    stripped,
)
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.probing import figure, first_where, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import SourceKind, operands, sources
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR107", needs_data=True)
def observation_support(laboratory: Laboratory) -> Iterator[Evidence]:
    """Check every observed value against the site's support, and its log-density at the ends."""
    observed: dict[str, Site] = {}
    repeat = laboratory.recorded.model if laboratory.can_repeat else None
    # The user's own step comes last, so that its values are the ones told of.
    for run in (repeat, laboratory.step.model_run):
        if run is not None:
            observed.update({site.name: site for site in run.observed})
    for site in observed.values():
        repeated = repeat.site(site.name) if repeat is not None else None
        if isinstance(site.value, Tensor) and not _is_exempt(laboratory, site, repeated):
            found = _outside(laboratory, site) or _infinite(laboratory, site)
            if found is not None:
                yield found


def _is_exempt(laboratory: Laboratory, site: Site, repeated: Site | None) -> bool:
    """Whether a check was waived, or a draw decides what is observed or what the site takes."""
    if any(each.arguments.get("validate_args") is False for each in site.constructions):
        return True
    if not is_librarys(type(base_of(site.distribution))):
        # What a class of the user's own states of its support may be a default.
        return True
    operations = laboratory.recorded.operations if repeated is not None else None
    if repeated is None or operations is None or not isinstance(repeated.value, Tensor):
        return False
    return hangs_on_latents(operations, repeated.distribution) or any(
        source.kind is not SourceKind.OBSERVATION
        for operand in operands(operations.of(repeated.value))
        for source, _ in sources(operand)
    )


def _outside(laboratory: Laboratory, site: Site) -> Evidence | None:
    step, value = laboratory.step, site.value
    try:
        constraint = stripped(site.distribution.support)
        wrong = ~torch.as_tensor(constraint.check(value))
    except (NotImplementedError, RuntimeError, ValueError):
        return None
    if wrong.shape == value.shape and not isinstance(step.error, ValueError):
        # Where nothing refused it, NaN is told of as what makes the loss NaN.
        wrong = wrong & ~torch.isnan(value)
    if not bool(wrong.any()):
        return None
    if not step.settings.validate_arguments:
        base = base_of(site.distribution)
        if isinstance(base, dist.Bernoulli) and bool(((value >= 0) & (value <= 1)).all()):
            # Its log-density is one of fractions as well: grey pixels, with nothing validated.
            return None
    is_masked = site.mask is not None or _has_mask(site.distribution)
    if is_masked and not isinstance(step.error, ValueError):
        # Perhaps what was masked is what is missing, and nothing refused it.
        return None
    index = first_where(wrong)
    element = value[index] if index else value
    shown = figure(element) if element.numel() == 1 else "a value"
    needs = describe(members(constraint))
    raised = f", and the step raised {type(step.error).__name__}" if step.error else ""
    message = (
        f"site {site.name!r} observes {shown} at {list(index)}, and "
        f"{type(base_of(site.distribution)).__name__} takes {needs}{raised}; transform "
        "the data, or observe them by a family that takes them"
    )
    return _evidence(site, message, shown, index, int(wrong.sum()))


def _infinite(laboratory: Laboratory, site: Site) -> Evidence | None:
    """An infinite log-density of a value at an end of the support, such as a Beta's at 0."""
    ends = at_an_end(site.distribution, site.value)
    if ends is None or not bool(ends.any()):
        return None
    with laboratory.quiet(0), torch.no_grad():
        try:
            density = site.distribution.log_prob(site.value)
        except (NotImplementedError, RuntimeError, ValueError):
            return None
    if isinstance(site.mask, (bool, Tensor)):
        density = torch.where(torch.as_tensor(site.mask), density, 0.0)
    wrong = torch.isinf(density) & ends
    if wrong.shape != density.shape or not bool(wrong.any()):
        return None
    index = first_where(wrong)
    element = site.value[index] if index else site.value
    shown = figure(element) if element.numel() == 1 else "a value at an end"
    message = (
        f"site {site.name!r} observes {shown} at {list(index)}, an end of the support of "
        f"{type(base_of(site.distribution)).__name__}, where its log-density is "
        f"{worded(density[index])}; move the data off the end, or take a family that gives the end "
        "a mass of its own"
    )
    return _evidence(site, message, shown, index, int(wrong.sum()), density=figure(density[index]))


def _has_mask(distribution: Any) -> bool:
    while distribution is not None:
        if isinstance(distribution, dist.MaskedDistribution):
            return True
        distribution = getattr(distribution, "base_dist", None)
    return False


def _evidence(
    site: Site,
    message: str,
    shown: float | str,
    index: tuple[int, ...],
    count: int,
    **figures: float | str,
) -> Evidence:
    calls = (each.position for each in site.constructions)
    return Evidence(
        "PYR107",
        Verdict.CONFIRMED,
        message,
        position=site.position,
        site=site.name,
        related=tuple(dict.fromkeys(place for place in calls if place is not None)),
        figures={"value": shown, "index": list(index), "count": count, **figures},
    )
