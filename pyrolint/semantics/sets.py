"""The lattice of sets: where the elements of a value lie.

A set is an elementwise ``Interval`` (real or integer, its ends open, closed or attained with
mass) or a ``Structured`` set (simplex, lower-cholesky, …), which also has an elementwise
projection. What is not known is None. ``is_subset`` is three-valued: None where it cannot tell.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from typing import TypeAlias

import msgspec


class End(IntEnum):
    """How an interval treats one of its ends."""

    OPEN = 0
    """The end is not a member."""
    CLOSED = 1
    """The end is a member, but a value meets it with probability zero."""
    ATOM = 2
    """The end is met for sure or on a whole region, as 0 is by relu."""


class Interval(msgspec.Struct, frozen=True, gc=False):
    """Elementwise bounds. ``free``: the elements vary independently of one another."""

    lower: float
    upper: float
    lower_end: End = End.OPEN
    upper_end: End = End.OPEN
    integer: bool = False
    free: bool = True

    @property
    def is_point(self) -> bool:
        """Whether a single number is the only member."""
        return self.lower == self.upper

    @property
    def is_real_line(self) -> bool:
        """Whether every real number is a member."""
        return self.lower == -math.inf and self.upper == math.inf and not self.integer


class Structured(msgspec.Struct, frozen=True, gc=False):
    """A set whose elements are tied together; ``elements`` is its elementwise projection."""

    name: str
    elements: Interval


Set: TypeAlias = Interval | Structured

REAL = Interval(-math.inf, math.inf)
POSITIVE = Interval(0.0, math.inf)
NONNEGATIVE = Interval(0.0, math.inf, End.CLOSED)
UNIT_INTERVAL = Interval(0.0, 1.0, End.CLOSED, End.CLOSED)
BOOLEAN = Interval(0.0, 1.0, End.ATOM, End.ATOM, integer=True)
TIED_REAL = Interval(-math.inf, math.inf, free=False)
"""Any real elements, which depend on one another."""
SIMPLEX = Structured("simplex", Interval(0.0, 1.0, End.CLOSED, End.CLOSED, free=False))
LOWER_TRIANGULAR = Structured("lower_triangular", TIED_REAL)
LOWER_CHOLESKY = Structured("lower_cholesky", TIED_REAL)

_PARENTS = {
    "one_hot": "simplex",
    "corr_cholesky": "lower_cholesky",
    "unit_lower_cholesky": "lower_cholesky",
    "softplus_lower_cholesky": "lower_cholesky",
    "lower_cholesky": "lower_triangular",
    "lower_triangular": "square",
    "corr_matrix": "positive_definite",
    "positive_definite": "positive_semidefinite",
    "positive_semidefinite": "symmetric",
    "symmetric": "square",
    "positive_ordered_vector": "ordered_vector",
}
_POSITIVE_DIAGONAL = ("lower_cholesky", "softplus_lower_cholesky", "positive_definite")
_NEARLY = frozenset({("positive_semidefinite", "positive_definite"), ("corr_cholesky", "sphere")})
"""Pairs whose difference is never met, or of which one is made of the other."""
_SAME = {"softplus_lower_cholesky": "lower_cholesky"}


def point(number: float) -> Interval:
    """The set of one number, which is certainly met."""
    return Interval(number, number, End.ATOM, End.ATOM, integer=float(number).is_integer())


def projection(members: Set) -> Interval:
    """Where the single elements of a member lie."""
    return members.elements if isinstance(members, Structured) else members


def is_subset(inner: Set, outer: Set) -> bool | None:
    """Whether every member of ``inner`` is one of ``outer``, None where that is not decidable.

    Ends that differ only by CLOSED against OPEN count as equal: a draw meets them with
    probability zero. An ATOM on an OPEN end is outside.
    """
    if isinstance(outer, Structured):
        return _is_subset_of_structured(inner, outer)
    members = projection(inner)
    if _reaches_below(members, outer) or _reaches_above(members, outer):
        return False
    if outer.integer and not members.integer:
        return False
    return True


def _reaches_below(inner: Interval, outer: Interval) -> bool:
    if inner.lower != outer.lower:
        return inner.lower < outer.lower
    return inner.lower_end is End.ATOM and outer.lower_end is End.OPEN


def _reaches_above(inner: Interval, outer: Interval) -> bool:
    if inner.upper != outer.upper:
        return inner.upper > outer.upper
    return inner.upper_end is End.ATOM and outer.upper_end is End.OPEN


def _is_subset_of_structured(inner: Set, outer: Structured) -> bool | None:
    if isinstance(inner, Structured):
        name: str | None = _SAME.get(inner.name, inner.name)
        wanted = _SAME.get(outer.name, outer.name)
        while name is not None:
            if name == wanted:
                return True
            name = _PARENTS.get(name)
        if wanted in ("square", "symmetric") and inner.name in ("simplex", "sphere"):
            return None
        return None if (inner.name, wanted) in _NEARLY else False
    if inner.upper < outer.elements.lower or inner.lower > outer.elements.upper:
        return False
    if outer.name in _POSITIVE_DIAGONAL and inner.upper <= 0.0:
        return False
    if outer.name == "square" or inner.is_point or not inner.free:
        return None
    return False


def hull(first: Set, second: Set) -> Set:
    """The smallest known set that holds both; intervals widen, structures meet in their parents."""
    if first == second:
        return first
    if is_subset(first, second) is True and _ends_agree(first, second):
        return second
    if is_subset(second, first) is True and _ends_agree(second, first):
        return first
    one, other = projection(first), projection(second)
    lower, lower_end = min((one.lower, -one.lower_end), (other.lower, -other.lower_end))
    upper, upper_end = max((one.upper, one.upper_end), (other.upper, other.upper_end))
    integer = one.integer and other.integer
    return Interval(lower, upper, End(-lower_end), End(upper_end), integer, free=False)


def _ends_agree(inner: Set, outer: Set) -> bool:
    one, other = projection(inner), projection(outer)
    return not (one.lower == other.lower and one.lower_end > other.lower_end) and not (
        one.upper == other.upper and one.upper_end > other.upper_end
    )


def increasing(members: Interval, function: Callable[[float], float]) -> Interval:
    """The image under a continuous increasing function that is told its limits at infinity."""
    return Interval(
        function(members.lower),
        function(members.upper),
        members.lower_end,
        members.upper_end,
        integer=False,
        free=members.free,
    )


def negated(members: Interval) -> Interval:
    """``-x``"""
    return Interval(
        -members.upper,
        -members.lower,
        members.upper_end,
        members.lower_end,
        members.integer,
        members.free,
    )


def _both(one: End, other: End) -> End:
    return min(one, other)


def added(one: Interval, other: Interval) -> Interval:
    """``x + y`` for independent x and y."""
    return Interval(
        _plus(one.lower, other.lower, -math.inf),
        _plus(one.upper, other.upper, math.inf),
        _both(one.lower_end, other.lower_end),
        _both(one.upper_end, other.upper_end),
        one.integer and other.integer,
        one.free or other.free,
    )


def _plus(one: float, other: float, undefined: float) -> float:
    total = one + other
    return undefined if math.isnan(total) else total


def multiplied(one: Interval, other: Interval) -> Interval:
    """``x * y`` for independent x and y."""
    corners = [
        (_times(a, b), _product_end(a, a_end, b, b_end))
        for a, a_end in ((one.lower, one.lower_end), (one.upper, one.upper_end))
        for b, b_end in ((other.lower, other.lower_end), (other.upper, other.upper_end))
    ]
    lower, lower_end = min(corners, key=lambda corner: (corner[0], -corner[1]))
    upper, upper_end = max(corners, key=lambda corner: (corner[0], corner[1]))
    free = other.free if one.is_point else one.free and other.is_point
    return Interval(lower, upper, lower_end, upper_end, one.integer and other.integer, free)


def _times(one: float, other: float) -> float:
    return 0.0 if one == 0.0 or other == 0.0 else one * other


def _product_end(one: float, one_end: End, other: float, other_end: End) -> End:
    # A zero that is attained wins over whatever the other factor does; one only approached by
    # the first factor is approached by the product.
    if one == 0.0 and one_end is End.ATOM:
        return End.ATOM
    if other == 0.0 and other_end is End.ATOM:
        return End.ATOM
    return _both(one_end, other_end)


def reciprocal(members: Interval) -> Interval | None:
    """``1 / x``, None where zero may be met inside."""
    if members.lower < 0.0 < members.upper:
        return None
    if (members.lower == 0.0 and members.lower_end is End.ATOM) or (
        members.upper == 0.0 and members.upper_end is End.ATOM
    ):
        return None
    upper = math.inf if members.lower == 0.0 else 1.0 / members.lower
    lower = -math.inf if members.upper == 0.0 else 1.0 / members.upper
    return Interval(lower, upper, members.upper_end, members.lower_end, free=members.free)


def clamped(members: Interval, minimum: float | None, maximum: float | None) -> Interval:
    """``clamp(x, min, max)``: a bound that cuts something off is met on a region."""
    lower, lower_end = members.lower, members.lower_end
    upper, upper_end = members.upper, members.upper_end
    if minimum is not None:
        if lower < minimum:
            lower, lower_end = minimum, End.ATOM
        if upper <= minimum:
            upper, upper_end = minimum, End.ATOM
    if maximum is not None:
        if upper > maximum:
            upper, upper_end = maximum, End.ATOM
        if lower >= maximum:
            lower, lower_end = maximum, End.ATOM
    whole = all(bound is None or float(bound).is_integer() for bound in (minimum, maximum))
    integer = members.integer and whole
    return Interval(lower, upper, lower_end, upper_end, integer, members.free)


def absolute(members: Interval) -> Interval:
    """``|x|``: zero inside the interval is met with probability zero, so the end is CLOSED."""
    if members.lower >= 0.0:
        return members
    if members.upper <= 0.0:
        return negated(members)
    high = max(-members.lower, members.upper)
    end = members.upper_end if members.upper >= -members.lower else members.lower_end
    return Interval(0.0, high, End.CLOSED, end, members.integer, members.free)


def peak(within: Interval, reaches: Interval | None) -> float:
    """The largest magnitude that an element of a value certainly has.

    Ends that are attained count, where they are known to be exact; else what lies nearest to zero.
    """
    nearest = 0.0
    if within.lower > 0.0 or within.upper < 0.0:
        nearest = min(abs(within.lower), abs(within.upper))
    if reaches is None:
        return nearest
    attained = [
        abs(bound)
        for bound, end in (
            (reaches.lower, reaches.lower_end),
            (reaches.upper, reaches.upper_end),
        )
        if end is End.ATOM
    ]
    return max([nearest, *attained])


def describe(members: Set | None) -> str:
    """A member of the set as a noun that fits a sentence: ``a number above 0``, ``0 or 1``."""
    if members is None:
        return "unknown"
    if isinstance(members, Structured):
        return _STRUCTURED_WORDS.get(members.name, f"a {members.name.replace('_', ' ')}")
    low, high = _number(members.lower), _number(members.upper)
    if members.is_point:
        return low
    kind = "integer" if members.integer else "number"
    article = "an" if members.integer else "a"
    has_lower, has_upper = members.lower_end is not End.OPEN, members.upper_end is not End.OPEN
    match members.lower == -math.inf, members.upper == math.inf:
        case True, True:
            return "any integer" if members.integer else "any real number"
        case False, True:
            bound = f"of at least {low}" if has_lower else f"above {low}"
        case True, False:
            bound = f"of at most {high}" if has_upper else f"below {high}"
        case _:
            if members.integer and has_lower and has_upper and members.upper - members.lower == 1:
                return f"{low} or {high}"
            bound = f"in {'[' if has_lower else '('}{low}, {high}{']' if has_upper else ')'}"
    return f"{article} {kind} {bound}"


_STRUCTURED_WORDS = {
    "simplex": "a simplex (non-negative, summing to 1)",
    "one_hot": "a one-hot vector",
    "sphere": "a unit vector",
    "ordered_vector": "an increasing vector",
    "positive_ordered_vector": "an increasing vector of positive numbers",
    "square": "a square matrix",
    "symmetric": "a symmetric matrix",
    "lower_triangular": "a lower triangular matrix",
    "lower_cholesky": "a lower Cholesky factor (positive diagonal)",
    "softplus_lower_cholesky": "a lower Cholesky factor (positive diagonal)",
    "unit_lower_cholesky": "a lower triangular matrix with ones on its diagonal",
    "corr_cholesky": "a Cholesky factor of a correlation matrix",
    "corr_matrix": "a correlation matrix",
    "positive_semidefinite": "a positive semidefinite matrix",
    "positive_definite": "a positive definite matrix",
}


def _number(value: float) -> str:
    # Adding zero takes the sign off a minus zero.
    return f"{value + 0.0:g}"


def constraint_code(members: Set) -> str | None:
    """Code for the constraint of this set, library names in braces; None where there is none.

    A braced dotted name is written as the file's own imports let it (see ``finding``).
    """
    module = "pyro.distributions.constraints"
    if isinstance(members, Structured):
        return f"{{{module}.{members.name}}}"
    if members.integer:
        return None
    low, high = members.lower, members.upper
    if (low, high) == (-math.inf, math.inf):
        return f"{{{module}.real}}"
    if (low, high) == (0.0, math.inf):
        return f"{{{module}.{'nonnegative' if members.lower_end is End.CLOSED else 'positive'}}}"
    if (low, high) == (0.0, 1.0):
        return f"{{{module}.unit_interval}}"
    if high == math.inf:
        return f"{{{module}.greater_than}}({low!r})"
    if low == -math.inf:
        return f"{{{module}.less_than}}({high!r})"
    return f"{{{module}.interval}}({low!r}, {high!r})"
