"""Where a distribution lies and how wide it is at the start, as far as its arguments tell."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import SampleSite
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.sets import Interval, peak, projection
from pyrolint.semantics.values import Distribution, Origin, OriginKind, Value


class Spread(msgspec.Struct, frozen=True):
    """The width of a distribution: its standard deviation, up to a factor of order one.

    ``argument`` sets it, None where the support does. ``is_log``: it is that of the logarithm.
    ``deviation`` is the largest that an element certainly has, None where that is not known.
    """

    argument: str | None
    is_log: bool
    deviation: float | None


def innermost(distribution: Distribution) -> Distribution:
    """The distribution inside those that only reinterpret dimensions."""
    base = distribution.arguments.get("base_distribution")
    if not isinstance(base, Distribution) or "transforms" in distribution.arguments:
        return distribution
    return innermost(base)


def starting_interval(value: Value) -> Interval | None:
    """Where a value lies at the first step of training, None where that is not known."""
    number = as_numeric(value)
    if number is None:
        return None
    if number.start is not None or number.origins or number.within is None:
        return number.start
    return projection(number.within)


def spread_of(distribution: Distribution) -> Spread | None:
    """How wide the distribution starts, None where no argument and no bound tells.

    A scale tells where the family is one of location and scale, or of a scale alone: of the
    others the shape may make the distribution narrow however large the scale is.
    """
    family = distribution.family
    if family is None:
        return None
    required = [each for each in family.arguments if each.required]
    for role, power in (("scale", 1.0), ("log_scale", 1.0), ("variance", 0.5)):
        for argument in family.arguments:
            if argument.role != role or argument.name not in distribution.arguments:
                continue
            if role == "scale" and family.playing("location") is None and required != [argument]:
                continue
            start = starting_interval(distribution.arguments[argument.name])
            deviation = peak(start, start) ** power if start is not None else None
            return Spread(argument.name, role == "log_scale", deviation)
    support = distribution.support
    if isinstance(support, Interval) and math.isfinite(support.upper - support.lower):
        return Spread(None, False, (support.upper - support.lower) / math.sqrt(12.0))
    return None


def by_width(distribution: Distribution) -> Iterator[Distribution]:
    """The distribution by each alternative of the argument that says how wide it is."""
    spread = spread_of(distribution)
    if spread is None or spread.argument is None:
        yield distribution
        return
    for _, option in alternatives(distribution.arguments[spread.argument]):
        arguments = {**distribution.arguments, spread.argument: option}
        yield msgspec.structs.replace(distribution, arguments=arguments)


def distance_of(distribution: Distribution) -> float | None:
    """How far from zero the distribution reaches: to three deviations behind its location.

    None where its location is not known, or where it is no family of location and scale.
    """
    family = distribution.family
    argument = family.playing("location") if family is not None else None
    spread = spread_of(distribution)
    if argument is not None and argument.name in distribution.arguments:
        location = starting_interval(distribution.arguments[argument.name])
    elif argument is not None and isinstance(argument.default, int | float):
        location = Interval(argument.default, argument.default)
    elif spread is not None and not spread.is_log:
        support = distribution.support
        location = projection(support) if spread.argument is None and support else Interval(0, 0)
    else:
        return None
    if location is None:
        return None
    deviation = spread.deviation if spread is not None else 0.0
    if deviation is None:
        return None
    return max(abs(location.lower), abs(location.upper)) + 3.0 * deviation


VAGUE_DEVIATION = 100.0
"""A prior this wide was chosen to say nothing; its width is no measure for anything."""


def typical_deviation(prior: SampleSite, spread: Spread) -> float | None:
    """The deviation of a site's prior on the scale of ``spread``, None where it tells nothing."""
    found = [spread_of(innermost(distribution)) for _, distribution in prior.distributions()]
    known = [
        each.deviation
        for each in found
        if each is not None and each.deviation is not None and each.is_log == spread.is_log
    ]
    widest = max(known, default=0.0)
    return widest if 0.0 < widest < VAGUE_DEVIATION else None


def parameter_in(value: Value) -> Origin | None:
    """The first parameter that went into a value."""
    return next((each for each in origins_of(value) if each.kind is OriginKind.PARAMETER), None)
