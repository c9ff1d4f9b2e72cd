"""Intervals, and numbers that lie in them, for tests that try both."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from pyrolint.semantics.sets import End, Interval

BOUNDS = [-math.inf, -3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0, 5.0, math.inf]
FAR = 1e6
"""How far towards infinity numbers are drawn."""


@st.composite
def intervals(draw: st.DrawFn, lower: float = -math.inf, upper: float = math.inf) -> Interval:
    """Any interval between two bounds; an infinite end is open, a point or an integer is met."""
    between = [bound for bound in BOUNDS if lower <= bound <= upper]
    low, high = sorted(draw(st.tuples(st.sampled_from(between), st.sampled_from(between))))
    if low == high:
        if math.isinf(low):
            return Interval(-math.inf, math.inf)
        return Interval(low, high, End.ATOM, End.ATOM, integer=low.is_integer())
    whole = math.floor(high) - math.ceil(low) > 1 if math.isfinite(high - low) else True
    ends_are_whole = all(math.isinf(bound) or bound.is_integer() for bound in (low, high))
    integer = whole and ends_are_whole and draw(st.booleans())
    kinds = [End.ATOM] if integer else list(End)
    ends = [
        End.OPEN if math.isinf(bound) else draw(st.sampled_from(kinds)) for bound in (low, high)
    ]
    return Interval(low, high, *ends, integer=integer, free=draw(st.booleans()))


def numbers_in(members: Interval) -> st.SearchStrategy[float]:
    """Numbers of an interval: inner ones, and its ends where they are met for sure."""
    low, high = max(members.lower, -FAR), min(members.upper, FAR)
    choices: list[st.SearchStrategy[float]] = []
    if members.integer:
        first, last = math.ceil(low), math.floor(high)
        choices.append(st.integers(first, last).map(float))
    else:
        if low < high:
            # Fractions of small powers of two, so that sums and products of few are exact.
            choices.append(st.integers(1, 63).map(lambda part: low + (high - low) * part / 64))
        for bound, end in ((members.lower, members.lower_end), (members.upper, members.upper_end)):
            if end is End.ATOM:
                choices.append(st.just(bound))
    return st.one_of(choices)


def holds(members: Interval, number: float, *, exactly: bool = False) -> bool:
    """Whether a number is a member, up to rounding unless ``exactly``; open ends are none."""
    if math.isinf(number):
        return number in (members.lower, members.upper)
    slack = 0.0 if exactly else 1e-6 * max(1.0, abs(number))
    if members.integer and abs(number - round(number)) > slack:
        return False
    if exactly:
        above = number > members.lower or (number == members.lower and members.lower_end)
        below = number < members.upper or (number == members.upper and members.upper_end)
        return bool(above and below)
    return members.lower - slack <= number <= members.upper + slack
