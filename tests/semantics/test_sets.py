"""The lattice of sets: laws that hold of any of its members, and what its words say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from semantics.members import holds, intervals, numbers_in

from pyrolint.semantics import sets
from pyrolint.semantics.sets import (
    BOOLEAN,
    NONNEGATIVE,
    POSITIVE,
    REAL,
    SIMPLEX,
    UNIT_INTERVAL,
    End,
    Interval,
    Set,
    Structured,
    describe,
    hull,
    is_subset,
    point,
    projection,
)

NAMES = [
    "simplex", "one_hot", "sphere", "ordered_vector", "positive_ordered_vector", "square",
    "lower_triangular", "lower_cholesky", "softplus_lower_cholesky", "unit_lower_cholesky",
    "corr_cholesky", "corr_matrix", "symmetric", "positive_semidefinite", "positive_definite",
]  # fmt: skip
STRUCTURES = [Structured(name, sets.TIED_REAL) for name in NAMES] + [SIMPLEX]
EXAMPLES = settings(max_examples=100, deadline=None, derandomize=True)
any_set: st.SearchStrategy[Set] = st.one_of(intervals(), st.sampled_from(STRUCTURES))


@given(any_set)
@EXAMPLES
def test_every_set_holds_itself(members: Set) -> None:
    assert is_subset(members, members) is not False


@given(any_set, any_set, any_set)
@EXAMPLES
def test_what_holds_a_superset_holds_the_set(first: Set, second: Set, third: Set) -> None:
    if is_subset(first, second) is True and is_subset(second, third) is True:
        assert is_subset(first, third) is not False


@given(intervals(), intervals(), st.data())
@EXAMPLES
def test_members_of_a_subset_are_members(inner: Interval, outer: Interval, data: st.DataObject):
    if is_subset(inner, outer):
        assert holds(outer, data.draw(numbers_in(inner)), exactly=True)


@given(intervals(), intervals())
@EXAMPLES
def test_what_is_no_subset_reaches_out(inner: Interval, outer: Interval) -> None:
    if is_subset(inner, outer) is False and not inner.is_point:
        beyond = inner.lower < outer.lower or inner.upper > outer.upper
        at_the_end = End.ATOM in (inner.lower_end, inner.upper_end)
        assert beyond or at_the_end or (outer.integer and not inner.integer)


@given(any_set, any_set)
@EXAMPLES
def test_hull_holds_both(first: Set, second: Set) -> None:
    both = hull(first, second)
    for each in (first, second):
        if isinstance(both, Structured):
            assert is_subset(each, both) is not False
        else:
            assert is_subset(projection(each), both) is True


@given(any_set, any_set)
@EXAMPLES
def test_hull_has_no_order(first: Set, second: Set) -> None:
    one, other = projection(hull(first, second)), projection(hull(second, first))
    assert (one.lower, one.upper, one.integer) == (other.lower, other.upper, other.integer)
    assert (one.lower_end, one.upper_end) == (other.lower_end, other.upper_end)


@given(any_set, any_set)
@EXAMPLES
def test_hull_of_a_set_and_its_subset_adds_no_number(first: Set, second: Set) -> None:
    if is_subset(first, second) is True:
        both = projection(hull(first, second))
        assert (both.lower, both.upper) == (projection(second).lower, projection(second).upper)


@given(intervals())
@EXAMPLES
def test_negation_is_its_own_inverse(members: Interval) -> None:
    assert sets.negated(sets.negated(members)) == members


@given(intervals())
@EXAMPLES
def test_absolute_values_of_absolute_values_are_the_same(members: Interval) -> None:
    assert sets.absolute(sets.absolute(members)) == sets.absolute(members)


@given(intervals(), st.floats(-4, 4), st.floats(-4, 4))
@EXAMPLES
def test_clamped_values_lie_between_the_bounds(members: Interval, one: float, other: float) -> None:
    low, high = sorted((one, other))
    clamped = sets.clamped(members, low, high)
    assert low <= clamped.lower <= clamped.upper <= high


@given(st.one_of(any_set, st.none()))
@EXAMPLES
def test_describe_says_something(members: Set | None) -> None:
    words = describe(members)
    assert words
    assert words == words.strip()
    assert "-0" not in words.replace("-0.", "")


@given(intervals(), intervals())
@EXAMPLES
def test_words_tell_intervals_apart(one: Interval, other: Interval) -> None:
    def shown(members: Interval) -> tuple[object, ...]:
        # What is free, and whether a closed end is met for sure, is not said.
        opened = tuple(
            end is End.OPEN or math.isinf(bound)
            for bound, end in (
                (members.lower, members.lower_end),
                (members.upper, members.upper_end),
            )
        )
        where = (members.lower, members.upper)
        return where if members.is_point else (*where, *opened, members.integer)

    assert (describe(one) == describe(other)) == (shown(one) == shown(other))


@given(any_set)
@EXAMPLES
def test_constraint_code_is_of_the_constraints_module(members: Set) -> None:
    code = sets.constraint_code(members)
    assert code is None or code.startswith("{pyro.distributions.constraints.")


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (None, "unknown"),
        (REAL, "any real number"),
        (POSITIVE, "a number above 0"),
        (NONNEGATIVE, "a number of at least 0"),
        (UNIT_INTERVAL, "a number in [0, 1]"),
        (Interval(-1.0, 2.5), "a number in (-1, 2.5)"),
        (Interval(-math.inf, 3.0, End.OPEN, End.CLOSED), "a number of at most 3"),
        (Interval(-math.inf, -0.0), "a number below 0"),
        (BOOLEAN, "0 or 1"),
        (Interval(-1.0, -0.0, End.ATOM, End.ATOM, integer=True), "-1 or 0"),
        (Interval(0.0, 5.0, End.CLOSED, End.CLOSED, integer=True), "an integer in [0, 5]"),
        (Interval(-math.inf, math.inf, integer=True), "any integer"),
        (point(2.0), "2"),
        (Structured("corr_matrix", sets.TIED_REAL), "a correlation matrix"),
    ],
)
def test_words(members: Set | None, words: str) -> None:
    assert describe(members) == words


ATOM_AT_ZERO = Interval(0.0, math.inf, End.ATOM)


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        pytest.param(NONNEGATIVE, POSITIVE, True, id="end-met-with-probability-zero"),
        pytest.param(ATOM_AT_ZERO, POSITIVE, False, id="end-met-for-sure"),
        pytest.param(ATOM_AT_ZERO, NONNEGATIVE, True, id="end-met-but-a-member"),
        pytest.param(REAL, SIMPLEX, False, id="free-elements-are-no-simplex"),
        pytest.param(sets.TIED_REAL, SIMPLEX, None, id="tied-elements-may-be"),
        pytest.param(point(0.5), SIMPLEX, None, id="one-number-may-be"),
        pytest.param(point(2.0), SIMPLEX, False, id="one-number-out-of-range"),
        pytest.param(SIMPLEX, POSITIVE, True, id="simplex-is-positive"),
        pytest.param(SIMPLEX, UNIT_INTERVAL, True, id="simplex-is-in-the-unit-interval"),
        pytest.param(UNIT_INTERVAL, BOOLEAN, False, id="fractions-are-no-booleans"),
        pytest.param(BOOLEAN, UNIT_INTERVAL, True, id="booleans-are-fractions"),
    ],
)
def test_subset(inner: Set, outer: Set, expected: bool | None) -> None:
    assert is_subset(inner, outer) is expected
