"""Arithmetic on numeric values: sums, products, quotients and powers.

``reaches`` survives where the operands share no origin, and what is not known of the other operand
cannot undo the reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pyrolint.semantics import sets
from pyrolint.semantics.elementwise import squared
from pyrolint.semantics.numeric import is_settled, is_whole_line, literal_bounds, mapped, replaced
from pyrolint.semantics.sets import End, Interval, Set, projection
from pyrolint.semantics.shapes import broadcast, multiplied
from pyrolint.semantics.values import Literal, Numeric, OriginKind


def _share_origin(left: Numeric, right: Numeric) -> bool:
    if not (left.origins and right.origins):
        return False
    # A network shares its weights with itself, whatever it is applied to.
    sources = {(origin.kind, origin.place, origin.name) for origin in right.origins}
    return any(
        origin.kind is not OriginKind.DATA and (origin.kind, origin.place, origin.name) in sources
        for origin in left.origins
    )


def _overpowers(one: Numeric, other: Numeric) -> bool:
    """Whether ``one`` takes every real value whatever ``other`` is, which shares no origin."""
    return is_whole_line(one) and (
        other.independent
        or other.reaches is not None
        or not any(each.kind is OriginKind.OPAQUE for each in other.origins)
    )


def _combine(
    left: Numeric,
    right: Numeric,
    function: Callable[[Interval, Interval], Interval | None],
    *,
    line_stays: bool,
    division: bool = False,
    elementwise: bool = True,
) -> Numeric:
    within = start = None
    if left.within is not None and right.within is not None:
        within = function(projection(left.within), projection(right.within))
    if left.start is not None and right.start is not None:
        start = function(left.start, right.start)
    reaches: Set | None = None
    if not _share_origin(left, right):
        if left.reaches is not None and right.reaches is not None:
            reaches = function(projection(left.reaches), projection(right.reaches))
        elif line_stays and (_overpowers(left, right) or _overpowers(right, left)):
            reaches = sets.REAL
    origins = left.origins
    if right.origins:
        origins = tuple(dict.fromkeys((*origins, *right.origins)))
    forms = (left.form, right.form)
    form = (
        "tensor"
        if "tensor" in forms
        else "array"
        if "array" in forms
        else "number"
        if forms == ("number", "number")
        else None
    )
    dtypes = (left.dtype, right.dtype)
    dtype = None if None in dtypes else "float" if "float" in dtypes or division else "int"
    shape = broadcast(left.shape, right.shape)
    independent = (left.independent or not left.origins) and (
        right.independent or not right.origins
    )
    literal = _literal_arithmetic(left, right, function) if elementwise else None
    if literal is not None:
        within = reaches = start = literal_bounds(literal)
    elif is_settled(left) and is_settled(right):
        # Which elements of two constants meet is not known, so neither is what comes of it.
        reaches = start = None
    chosen_by = left.chosen_by
    if right.chosen_by:
        chosen_by = tuple(dict.fromkeys((*chosen_by, *right.chosen_by)))
    return Numeric(
        within, reaches, start, origins, dtype, form, literal, (), None, shape, independent,
        chosen_by=chosen_by,
    )  # fmt: skip


def _literal_arithmetic(
    left: Numeric, right: Numeric, function: Callable[[Interval, Interval], Interval | None]
) -> Literal | None:
    one, other = left.literal, right.literal
    if one is None or other is None or one.is_eye or other.is_eye:
        return None
    if one.shape and other.shape and one.shape != other.shape:
        return None
    size = max(len(one.values), len(other.values))
    values: list[float] = []
    for index in range(size):
        a = one.values[index if one.shape else 0]
        b = other.values[index if other.shape else 0]
        image = function(sets.point(a), sets.point(b))
        if image is None:
            return None
        values.append(image.lower)
    if not values or any(math.isnan(value) for value in values):
        return None
    return Literal(tuple(values), one.shape or other.shape)


def add(left: Numeric, right: Numeric) -> Numeric:
    """``left + right``"""
    return _combine(left, right, sets.added, line_stays=True)


def subtract(left: Numeric, right: Numeric) -> Numeric:
    """``left - right``"""
    return _combine(left, right, lambda a, b: sets.added(a, sets.negated(b)), line_stays=True)


def multiply(left: Numeric, right: Numeric) -> Numeric:
    """``left * right``; a factor of unknown data is taken to be other than zero."""
    if _share_origin(left, right) and left.origins == right.origins and left == right:
        return mapped(left, squared, exact=False)
    return _combine(left, right, sets.multiplied, line_stays=_is_line_kept(left, right))


def _is_line_kept(left: Numeric, right: Numeric) -> bool:
    """Whether a product with a whole line is the whole line: no factor is zero."""
    return not any(
        isinstance(each.within, Interval) and each.within.lower == each.within.upper == 0.0
        for each in (left, right)
    )


def divide(left: Numeric, right: Numeric) -> Numeric:
    """``left / right``"""

    def quotient(a: Interval, b: Interval) -> Interval | None:
        inverse = sets.reciprocal(b)
        return sets.multiplied(a, inverse) if inverse is not None else None

    return _combine(left, right, quotient, line_stays=is_whole_line(left), division=True)


def _sum_of_products(one: Interval, other: Interval) -> Interval | None:
    """Sums of any number of products: only the signs of the factors survive."""
    product = sets.multiplied(one, other)
    if product.lower >= 0.0:
        return Interval(0.0, math.inf, product.lower_end, free=False)
    if product.upper <= 0.0:
        return Interval(-math.inf, 0.0, End.OPEN, product.upper_end, free=False)
    return None


def _is_half_line(members: Set | None) -> bool:
    return (
        isinstance(members, Interval)
        and 0.0 in (members.lower, members.upper)
        and (members.upper == math.inf or members.lower == -math.inf)
    )


def matrix_multiply(left: Numeric, right: Numeric) -> Numeric:
    """``left @ right``: sums of products, so only the whole line survives as a reach."""
    kept = _is_line_kept(left, right)
    result = _combine(left, right, _sum_of_products, line_stays=kept, elementwise=False)
    result = replaced(result, shape=multiplied(left.shape, right.shape))
    if result.reaches is not None and not sets.projection(result.reaches).is_real_line:
        if not (_is_half_line(left.reaches) and _is_half_line(right.reaches)):
            # A sum of bounded products is bounded, by a number of terms that is not known.
            result = replaced(result, reaches=None, literal=None)
    whole = kept and (is_whole_line(left) or is_whole_line(right))
    if result.reaches is None and whole and not _share_origin(left, right):
        if left.reaches is not None and right.reaches is not None:
            return replaced(result, reaches=sets.REAL)
    return result


def power(base: Numeric, exponent: Numeric) -> Numeric:
    """``base ** exponent``, followed for constant exponents and positive bases."""
    if exponent.literal is not None and exponent.literal.shape == ():
        number = exponent.literal.values[0]
        if number == 1.0:
            return base
        if number > 0 and number % 2 == 0:
            return mapped(
                base, lambda m: sets.increasing(sets.absolute(m), lambda x: _power(x, number))
            )
        return mapped(base, lambda m: _signed_power(m, number))
    result = _combine(base, exponent, lambda _base, _exponent: None, line_stays=False)
    members = projection(base.within) if base.within is not None else None
    if members is not None and members.lower >= 0.0 and members.lower_end is not End.ATOM:
        return replaced(result, within=sets.POSITIVE)
    if base.literal is not None and all(value > 0 for value in base.literal.values):
        if is_whole_line(exponent):
            return replaced(result, within=sets.POSITIVE, reaches=sets.POSITIVE)
        return replaced(result, within=sets.POSITIVE)
    return result


def _power(x: float, exponent: float) -> float:
    try:
        return float(x**exponent)
    except (OverflowError, ZeroDivisionError):
        return math.inf


def _signed_power(members: Interval, exponent: float) -> Interval | None:
    if members.lower < 0.0:
        if exponent > 0 and exponent % 2 == 1:
            return sets.increasing(members, lambda x: math.copysign(_power(abs(x), exponent), x))
        return None
    if exponent > 0:
        return sets.increasing(members, lambda x: _power(x, exponent))
    inverse = sets.reciprocal(members)
    return sets.increasing(inverse, lambda x: _power(x, -exponent)) if inverse else None
