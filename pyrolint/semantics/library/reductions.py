"""Reductions: sums, averages, extremes and norms, running ones too."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pyrolint.semantics import alterations, assembly, elementwise, numeric, sets
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.tensor_arguments import TensorFunction, number_of, of_argument
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import lift, lift2, replaced
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import Choice, Numeric, Unknown, Value
from pyrolint.syntax.ir import Place


@of_argument(0, "input")
def _sum(machine: Machine, name: str, source: Value, arguments: Arguments, place: Place) -> Value:
    def total(number: Numeric) -> Value:
        def image(members: Interval) -> Interval | None:
            if members.is_real_line and members.free:
                return members
            if members.lower >= 0.0:
                return Interval(0.0, math.inf, max(members.lower_end, End.OPEN))
            return None

        whole = numeric.is_whole_line(number)
        result = numeric.mapped(number, image, exact=whole)
        return replaced(result, start=None)

    return lift(total, source, place)


@of_argument(0, "input")
def _convex(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    """Means, extremes and the like: elements stay inside the interval, and reach all of it."""
    other = arguments.get(1, "other")
    of_two = name in _EXTREMES_OF_TWO or (
        name in ("max", "min") and isinstance(other, Numeric | Unknown | Choice)
    )
    if of_two and other is not None:
        bound = number_of(other)
        if bound is not None:
            low, high = (bound, None) if "max" in name else (None, bound)
            return lift(lambda number: elementwise.clamp(number, low, high), source, place)
        return lift2(
            lambda a, b: replaced(assembly.joined([a, b]), reaches=None, start=None, literal=None),
            source,
            other,
            place,
        )
    return lift(
        lambda number: numeric.mapped(
            numeric.some_of(number), _averaged if name in _AVERAGES else _unchanged, exact=True
        ),
        source,
        place,
    )


def _unchanged(members: Interval) -> Interval:
    return members


def _averaged(members: Interval) -> Interval:
    return Interval(
        members.lower, members.upper, members.lower_end, members.upper_end, free=members.free
    )


_AVERAGES = frozenset("mean nanmean average median nanmedian quantile percentile".split())
_EXTREMES_OF_TWO = frozenset({"maximum", "minimum", "fmax", "fmin"})


@of_argument(0, "input")
def _nonnegative(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    return lift(lambda number: numeric.bounded(number, sets.NONNEGATIVE), source, place)


@of_argument(0, "input")
def whole_line(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    """Functions that keep the whole line and nothing else: ``logsumexp``, ``cumsum``."""
    return lift(
        lambda number: numeric.mapped(
            number, lambda members: members if members.is_real_line and members.free else None
        ),
        source,
        place,
    )


@of_argument(0, "input")
def _running_product(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    """``cumprod``: sets that are closed under products keep all of it, for the first is itself."""

    def image(members: Interval) -> Interval | None:
        whole = members.is_real_line or (members.lower >= 0.0 and members.upper == math.inf)
        unit = members.lower >= 0.0 and members.upper <= 1.0
        if not (whole or unit):
            return None
        lower = min(members.lower, 0.0)
        return Interval(lower, members.upper, members.lower_end, members.upper_end, free=False)

    return lift(lambda number: numeric.mapped(number, image), source, place)


@of_argument(0, "input")
def _mean(machine: Machine, name: str, source: Value, arguments: Arguments, place: Place) -> Value:
    return alterations.mean(source, _convex(machine, name, arguments, place), place)


REDUCTIONS: Mapping[str, TensorFunction] = {
    **dict.fromkeys(("sum", "nansum"), _sum),
    **dict.fromkeys(
        "mean median max min amax amin maximum minimum fmax fmin quantile nanmean nanmedian"
        " kthvalue cummax cummin mode average percentile".split(),
        _convex,
    ),
    "mean": _mean,
    **dict.fromkeys(("std", "var", "norm", "vector_norm"), _nonnegative),
    "cumprod": _running_product,
    **dict.fromkeys(("logsumexp", "cumsum"), whole_line),
}
"""By short name."""
