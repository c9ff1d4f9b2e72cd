"""Transfer functions: what arithmetic and elementwise functions do to numeric values.

Each function maps the three intervals of a value (``within``, ``reaches``, ``start``) alike.
``reaches`` survives only where the image is exact: the operands share no origin, and what is not
known of the other operand cannot undo the reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from pyrolint.semantics import sets
from pyrolint.semantics.alternatives import alternatives, choose, contradict
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.sets import End, Interval, Set, Structured, projection
from pyrolint.semantics.values import (
    Applied,
    Choice,
    Constant,
    Literal,
    Numeric,
    Origin,
    OriginKind,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

IntervalMap = Callable[[Interval], Interval | None]


def from_constant(value: bool | int | float) -> Numeric:
    """The numeric view of a Python number."""
    number = math.copysign(math.inf, value) if abs(value) >= 2**1000 else float(value)
    dtype = "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "float"
    if math.isnan(number):
        return Numeric(dtype="float", form="number", independent=True)
    members = sets.point(number)
    literal = Literal((number,), ())
    return Numeric(
        members, members, members, (), dtype, "number", literal, shape=(), independent=True
    )


def as_numeric(value: Value) -> Numeric | None:
    """The numeric view of a plain value; None for what is no number."""
    match value:
        case Numeric():
            return value
        case Constant(bool() | int() | float() as number):
            return from_constant(number)
        case Unknown(origins=origins, independent=independent, raw=raw):
            if not independent:
                origins = (*origins, Origin(OriginKind.OPAQUE, value.place or _NOWHERE))
            return Numeric(origins=origins, raw=raw, independent=independent)
        case _:
            return None


_NOWHERE = Place("", 0)


def lift(
    function: Callable[[Numeric], Value], value: Value, place: Place, reason: str = "not a number"
) -> Value:
    """Apply a function of one numeric value to each alternative of a value."""
    options: list[tuple[tuple[tuple[object, int], ...], Value]] = []
    for guard, option in alternatives(value):
        number = as_numeric(option)
        result = (
            function(number)
            if number is not None
            else Unknown(reason, place, origins_of(option), is_independent(option))
        )
        options.append((guard, result))
    return options[0][1] if len(options) == 1 and not options[0][0] else choose(options, place)


def lift2(
    function: Callable[[Numeric, Numeric], Value], left: Value, right: Value, place: Place
) -> Value:
    """Apply a function of two numeric values to each pair of alternatives that can meet."""
    if not isinstance(left, Choice) and not isinstance(right, Choice):
        return _pair(function, left, right, place)
    options = [
        (
            one + tuple(decision for decision in other if decision not in one),
            _pair(function, first, second, place),
        )
        for one, first in alternatives(left)
        for other, second in alternatives(right)
        if not contradict(one, other)
    ]
    return choose(options, place)


def _pair(
    function: Callable[[Numeric, Numeric], Value], left: Value, right: Value, place: Place
) -> Value:
    one, other = as_numeric(left), as_numeric(right)
    if one is None or other is None:
        origins = (*origins_of(left), *origins_of(right))
        independent = is_independent(left) and is_independent(right)
        return Unknown("arithmetic on what is no number", place, origins, independent)
    return function(one, other)


def mapped(
    number: Numeric, function: IntervalMap, *, exact: bool = True, keeps_form: bool = True
) -> Numeric:
    """The image under an elementwise function given by its action on intervals."""
    within = function(projection(number.within)) if number.within is not None else None
    reaches = None
    if exact and number.reaches is not None:
        reaches = function(projection(number.reaches))
    start = function(number.start) if number.start is not None else None
    form = "tensor" if number.form == "number" and not keeps_form else number.form
    return Numeric(
        within,
        reaches,
        start,
        number.origins,
        "float",
        form,
        shape=number.shape,
        independent=number.independent,
    )


def bounded(number: Numeric, members: Set) -> Numeric:
    """A function whose values lie in ``members`` whatever it is given, exactly which unknown."""
    return Numeric(
        members,
        None,
        None,
        number.origins,
        "float",
        number.form,
        shape=number.shape,
        independent=number.independent,
    )


def applied(
    result: Numeric,
    function: str,
    place: Place,
    argument: Value,
    argument_place: Place | None = None,
    dimension: int | None = None,
    caller: Place | None = None,
) -> Numeric:
    """The value with a note of the function that made it."""
    note = Applied(function, place, argument, argument_place, dimension, caller)
    return Numeric(
        result.within,
        result.reaches,
        result.start,
        result.origins,
        result.dtype,
        result.form,
        result.literal,
        result.raw,
        note,
        result.shape,
        result.independent,
    )


# --- elementwise functions -------------------------------------------------------------------


def _exp(x: float) -> float:
    if x == -math.inf:
        return 0.0
    return math.exp(x) if x < 709.0 else math.inf


def _log(members: Interval) -> Interval | None:
    if members.lower < 0.0:
        return None
    return sets.increasing(
        members, lambda x: -math.inf if x == 0 else math.inf if x == math.inf else math.log(x)
    )


def _scaled(members: Interval | None, factor: float) -> Interval | None:
    return sets.multiplied(members, sets.point(factor)) if members is not None else None


def _sqrt(members: Interval) -> Interval | None:
    if members.lower < 0.0:
        return None
    return sets.increasing(members, lambda x: math.sqrt(x) if x != math.inf else x)


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + _exp(-x)) if x > -700 else 0.0


def _softplus(x: float) -> float:
    return 0.0 if x == -math.inf else x if x > 30.0 else math.log1p(math.exp(x))


def _monotone(function: Callable[[float], float]) -> IntervalMap:
    return lambda members: sets.increasing(members, function)


def _relu(members: Interval) -> Interval:
    return sets.clamped(members, 0.0, None)


def _square(members: Interval) -> Interval:
    return sets.increasing(sets.absolute(members), lambda x: x * x)


def _wave(members: Interval) -> Interval:
    return Interval(-1.0, 1.0, End.CLOSED, End.CLOSED, free=members.free)


def _elu(x: float) -> float:
    return x if x > 0 else _exp(x) - 1.0


def _above(bound: float) -> IntervalMap:
    return lambda members: Interval(bound, math.inf, End.CLOSED, free=members.free)


_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717
"""The constants of Klambauer et al., Self-Normalizing Neural Networks (2017)."""

ELEMENTWISE: dict[str, IntervalMap] = {
    "exp": _monotone(_exp),
    "expm1": _monotone(lambda x: _exp(x) - 1.0),
    "exp2": _monotone(lambda x: _exp(x * math.log(2.0))),
    "log": _log,
    "log2": lambda members: _scaled(_log(members), 1.0 / math.log(2.0)),
    "log10": lambda members: _scaled(_log(members), 1.0 / math.log(10.0)),
    "log1p": lambda members: _log(sets.added(members, sets.point(1.0))),
    "sqrt": _sqrt,
    "sigmoid": _monotone(_sigmoid),
    "expit": _monotone(_sigmoid),
    "softplus": _monotone(_softplus),
    "logsigmoid": _monotone(lambda x: -_softplus(-x)),
    "tanh": _monotone(math.tanh),
    "atan": _monotone(math.atan),
    "arctan": _monotone(math.atan),
    "erf": _monotone(math.erf),
    "relu": _relu,
    "relu6": lambda members: sets.clamped(members, 0.0, 6.0),
    "hardtanh": lambda members: sets.clamped(members, -1.0, 1.0),
    "hardsigmoid": lambda members: sets.clamped(
        sets.multiplied(sets.added(members, sets.point(3.0)), sets.point(1.0 / 6.0)), 0.0, 1.0
    ),
    "leaky_relu": _monotone(lambda x: x if x > 0 else 0.01 * x),
    "elu": _monotone(_elu),
    "selu": _monotone(lambda x: _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * (_exp(x) - 1.0))),
    "celu": _monotone(_elu),
    "softsign": _monotone(lambda x: math.copysign(1.0, x) if math.isinf(x) else x / (1 + abs(x))),
    "abs": sets.absolute,
    "absolute": sets.absolute,
    "square": _square,
    "neg": sets.negated,
    "negative": sets.negated,
    "reciprocal": sets.reciprocal,
    "sin": _wave,
    "cos": _wave,
    "cosh": _above(1.0),
}
"""Elementwise functions by the name that torch, numpy and tensor methods give them."""

EXACT_ON_THE_LINE = frozenset({"sin", "cos", "cosh"})
"""Functions whose given image is exact only for arguments that reach the whole line."""


def elementwise(name: str, number: Numeric) -> Numeric:
    """The image under the elementwise function ``name`` of the table."""
    exact = name not in EXACT_ON_THE_LINE or (
        isinstance(number.reaches, Interval) and number.reaches.is_real_line
    )
    result = mapped(number, ELEMENTWISE[name], exact=exact, keeps_form=False)
    if name in EXACT_ON_THE_LINE:
        everywhere = ELEMENTWISE[name](sets.REAL)
        return replaced(result, within=everywhere, start=None)
    if result.within is None and number.within is None:
        everywhere = ELEMENTWISE[name](sets.REAL)
        return replaced(result, within=everywhere)
    return result


def replaced(number: Numeric, **changes: object) -> Numeric:
    """A copy of the value with some fields replaced."""
    return msgspec.structs.replace(number, **changes)


# --- arithmetic ------------------------------------------------------------------------------


def _share_origin(left: Numeric, right: Numeric) -> bool:
    return any(
        origin.kind is not OriginKind.DATA and origin in right.origins for origin in left.origins
    )


def _is_whole_line(number: Numeric) -> bool:
    return isinstance(number.reaches, Interval) and number.reaches.is_real_line


def _overpowers(one: Numeric, other: Numeric) -> bool:
    """Whether ``one`` takes every real value whatever ``other`` is, which shares no origin."""
    return _is_whole_line(one) and (
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
    shape = left.shape if right.shape == () else right.shape if left.shape == () else None
    independent = (left.independent or not left.origins) and (
        right.independent or not right.origins
    )
    literal = _literal_arithmetic(left, right, function) if elementwise else None
    if literal is not None:
        within = reaches = start = literal_bounds(literal)
    elif _is_settled(left) and _is_settled(right):
        # Which elements of two constants meet is not known, so neither is what comes of it.
        reaches = start = None
    return Numeric(
        within, reaches, start, origins, dtype, form, literal, (), None, shape, independent
    )


def literal_bounds(literal: Literal) -> Interval:
    """The bounds of a constant's elements, which are met."""
    integer = all(value.is_integer() for value in literal.values)
    ends = End.ATOM, End.ATOM
    return Interval(min(literal.values), max(literal.values), *ends, integer, free=False)


def _is_settled(number: Numeric) -> bool:
    """Whether a value is a constant of several elements, each of which is settled."""
    members = number.reaches
    return (
        not number.origins
        and isinstance(members, Interval)
        and not (members.is_point or members.free)
    )


def some_of(number: Numeric) -> Numeric:
    """Some elements of a value, or averages of them: constants need not meet their bounds there."""
    if _is_settled(number):
        return replaced(number, reaches=None, start=None, literal=None)
    return number


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
        return mapped(left, _square, exact=False)
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

    return _combine(left, right, quotient, line_stays=_is_whole_line(left), division=True)


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
    if result.reaches is not None and not sets.projection(result.reaches).is_real_line:
        if not (_is_half_line(left.reaches) and _is_half_line(right.reaches)):
            # A sum of bounded products is bounded, by a number of terms that is not known.
            result = replaced(result, reaches=None, literal=None)
    whole = kept and (_is_whole_line(left) or _is_whole_line(right))
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
    members = projection(base.within) if base.within is not None else None
    if members is not None and members.lower >= 0.0 and members.lower_end is not End.ATOM:
        return replaced(
            _combine(base, exponent, lambda a, b: None, line_stays=False), within=sets.POSITIVE
        )
    result = _combine(base, exponent, lambda a, b: None, line_stays=False)
    if base.literal is not None and all(value > 0 for value in base.literal.values):
        if _is_whole_line(exponent):
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


def clamp(number: Numeric, minimum: float | None, maximum: float | None) -> Numeric:
    """``clamp(x, min, max)`` for constant bounds."""
    result = mapped(number, lambda m: sets.clamped(m, minimum, maximum))
    if number.within is None:
        return replaced(result, within=sets.clamped(sets.REAL, minimum, maximum))
    return result


def softmax(number: Numeric) -> Numeric:
    """``softmax``: the simplex, exactly where the argument reaches the whole line."""
    reach = sets.SIMPLEX if _is_whole_line(number) else None
    result = bounded(number, sets.SIMPLEX)
    start = sets.UNIT_INTERVAL if number.start is not None else None
    return replaced(result, reaches=reach, start=start)


def joined(parts: list[Numeric]) -> Numeric:
    """``stack`` and ``cat``: every element is an element of one of the parts."""
    within: Set | None = parts[0].within if parts else None
    reaches: Set | None = parts[0].reaches if parts else None
    start = parts[0].start if parts else None
    for part in parts[1:]:
        within = sets.hull(within, part.within) if within and part.within else None
        reaches = sets.hull(reaches, part.reaches) if reaches and part.reaches else None
        start = projection(sets.hull(start, part.start)) if start and part.start else None
    origins = tuple(dict.fromkeys(origin for part in parts for origin in part.origins))
    if len(parts) > 1:
        within = _assembled(within)
        reaches = _assembled(reaches)
    dtypes = {part.dtype for part in parts}
    return Numeric(
        within,
        reaches,
        start,
        origins,
        dtypes.pop() if len(dtypes) == 1 else None,
        "tensor",
        _joined_literal(parts),
        tuple(dict.fromkeys(place for part in parts for place in part.raw)),
        independent=all(part.independent or not part.origins for part in parts),
    )


def _assembled(members: Set | None) -> Set | None:
    if isinstance(members, Interval):
        return Interval(
            members.lower,
            members.upper,
            members.lower_end,
            members.upper_end,
            members.integer,
            free=False,
        )
    return members


def _joined_literal(parts: list[Numeric]) -> Literal | None:
    values: list[float] = []
    for part in parts:
        if part.literal is None or part.literal.shape != ():
            return None
        values.append(part.literal.values[0])
    return Literal(tuple(values), (len(values),))


def diagonal(number: Numeric) -> Numeric:
    """``diag`` and ``diag_embed`` of a vector: a triangular matrix with that diagonal.

    A positive diagonal makes a matrix that is both a Cholesky factor and positive definite, for
    which the lattice has no one name: it is left unknown.
    """
    reach: Set | None = None
    members = number.reaches
    if isinstance(members, Interval) and sets.is_subset(members, sets.POSITIVE) is False:
        reach = Structured("lower_triangular", members)
    return Numeric(
        None, reach, number.start, number.origins, number.dtype, number.form,
        independent=number.independent,
    )  # fmt: skip


def triangular(number: Numeric) -> Numeric:
    """``tril``: any lower-triangular matrix where the elements were free on the line."""
    reach = sets.LOWER_TRIANGULAR if _is_whole_line(number) else None
    return Numeric(
        None, reach, None, number.origins, number.dtype, number.form,
        independent=number.independent,
    )  # fmt: skip
