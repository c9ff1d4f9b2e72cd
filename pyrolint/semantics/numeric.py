"""Numeric values: the numeric view of a value, and functions over its sets and alternatives.

Each function maps the three intervals of a value (``within``, ``reaches``, ``start``) alike.
``reaches`` survives only where the image is exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import msgspec

from pyrolint.semantics import sets
from pyrolint.semantics.alternatives import alternatives, choose, contradict
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.sets import End, Interval, Set, projection
from pyrolint.semantics.values import (
    Applied,
    Choice,
    Constant,
    Guard,
    Literal,
    Numeric,
    Origin,
    OriginKind,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

Known = TypeVar("Known", Numeric, Unknown)
IntervalMap = Callable[[Interval], Interval | None]

_NOWHERE = Place("", 0)


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
        case Unknown(origins=origins, independent=independent, raw=raw, shape=shape):
            if not independent:
                origins = (*origins, Origin(OriginKind.OPAQUE, value.place or _NOWHERE))
            return Numeric(origins=origins, raw=raw, shape=shape, independent=independent)
        case _:
            return None


def lift(function: Callable[[Numeric], Value], value: Value, place: Place) -> Value:
    """Apply a function of one numeric value to each alternative of a value."""
    options: list[tuple[Guard, Value]] = []
    for guard, option in alternatives(value):
        number = as_numeric(option)
        result = (
            function(number)
            if number is not None
            else Unknown("not a number", place, origins_of(option), is_independent(option))
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
        chosen_by=number.chosen_by,
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
        chosen_by=number.chosen_by,
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
    return replaced(result, applied=note)


def replaced(number: Known, **changes: object) -> Known:
    """A copy of the value with some fields replaced."""
    return msgspec.structs.replace(number, **changes)


def is_whole_line(number: Numeric) -> bool:
    """Whether a value takes every real number."""
    return isinstance(number.reaches, Interval) and number.reaches.is_real_line


def literal_bounds(literal: Literal) -> Interval:
    """The bounds of a constant's elements, which are met."""
    integer = all(value.is_integer() for value in literal.values)
    ends = End.ATOM, End.ATOM
    return Interval(min(literal.values), max(literal.values), *ends, integer, free=False)


def is_settled(number: Numeric) -> bool:
    """Whether a value is a constant of several elements, each of which is settled."""
    members = number.reaches
    return (
        not number.origins
        and isinstance(members, Interval)
        and not (members.is_point or members.free)
    )


def some_of(number: Numeric) -> Numeric:
    """Some elements of a value, or averages of them: constants need not meet their bounds there."""
    if is_settled(number):
        return replaced(number, reaches=None, start=None, literal=None)
    return number
