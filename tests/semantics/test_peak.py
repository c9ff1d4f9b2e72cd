"""The largest magnitude that an element of a value certainly has."""

from __future__ import annotations

import math

import pytest

from pyrolint.semantics.sets import REAL, End, Interval, peak

LITERAL = Interval(-3.0, 2.0, End.ATOM, End.ATOM)
RANDOM = Interval(0.0, 5.0, End.CLOSED)
SHIFTED = Interval(7.0, 9.0)
NEGATIVE = Interval(-math.inf, -4.0)


@pytest.mark.parametrize(
    ("within", "reaches", "expected"),
    [
        pytest.param(LITERAL, LITERAL, 3.0, id="written-out-elements"),
        pytest.param(LITERAL, None, 0.0, id="bounds-that-need-not-be-met"),
        pytest.param(RANDOM, RANDOM, 0.0, id="draws-that-may-be-small"),
        pytest.param(SHIFTED, None, 7.0, id="all-beyond-a-bound"),
        pytest.param(NEGATIVE, NEGATIVE, 4.0, id="all-below-a-bound"),
        pytest.param(REAL, REAL, 0.0, id="any-number"),
    ],
)
def test_peak(within: Interval, reaches: Interval | None, expected: float) -> None:
    assert peak(within, reaches) == expected
