"""The ends of intervals: an end is met for sure only where it is so on both sides."""

from __future__ import annotations

import math

import pytest

from pyrolint.semantics import sets
from pyrolint.semantics.sets import End, Interval

MET = Interval(1.0, 2.0, End.ATOM, End.ATOM)
TOUCHED = Interval(1.0, 2.0, End.CLOSED, End.CLOSED)
OPEN = Interval(1.0, 2.0)
FROM_ZERO = Interval(0.0, 1.0, End.ATOM, End.OPEN)
ABOVE_ZERO = Interval(0.0, 1.0)


@pytest.mark.parametrize(
    ("one", "other", "end"),
    [
        (MET, MET, End.ATOM),
        (MET, TOUCHED, End.CLOSED),
        (MET, OPEN, End.OPEN),
        (TOUCHED, OPEN, End.OPEN),
        (OPEN, OPEN, End.OPEN),
    ],
)
def test_ends_of_sums_and_products(one: Interval, other: Interval, end: End) -> None:
    for first, second in ((one, other), (other, one)):
        for result in (sets.added(first, second), sets.multiplied(first, second)):
            assert (result.lower_end, result.upper_end) == (end, end)


def test_zero_that_is_met_makes_any_product_zero() -> None:
    assert sets.multiplied(FROM_ZERO, OPEN).lower_end is End.ATOM
    assert sets.multiplied(OPEN, FROM_ZERO).lower_end is End.ATOM
    assert sets.multiplied(ABOVE_ZERO, MET).lower_end is End.OPEN


def test_clamping_meets_the_bound_where_it_cuts() -> None:
    assert sets.clamped(sets.REAL, 0.0, None) == Interval(0.0, math.inf, End.ATOM)
    assert sets.clamped(OPEN, 0.0, None) == OPEN
    assert sets.clamped(OPEN, None, 1.5).upper_end is End.ATOM


def test_absolute_value_meets_zero_with_probability_zero() -> None:
    assert sets.absolute(sets.REAL).lower_end is End.CLOSED
    assert sets.absolute(sets.negated(MET)) == MET


def test_reciprocal_swaps_the_ends() -> None:
    result = sets.reciprocal(Interval(1.0, 2.0, End.ATOM, End.OPEN))
    assert result == Interval(0.5, 1.0, End.OPEN, End.ATOM)
    assert sets.reciprocal(FROM_ZERO) is None
    assert sets.reciprocal(sets.REAL) is None


def test_elements_of_a_sum_are_free_where_one_side_is() -> None:
    tied = sets.TIED_REAL
    assert sets.added(sets.REAL, tied).free
    assert not sets.added(tied, tied).free
    assert not sets.multiplied(sets.REAL, tied).free
