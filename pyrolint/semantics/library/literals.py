"""Literal tensors: nested lists of numbers, read whole."""

from __future__ import annotations

from pyrolint.semantics import sets
from pyrolint.semantics.assembly import joined
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import as_numeric, replaced
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import (
    Constant,
    Literal,
    Numeric,
    Tuple,
    Value,
)
from pyrolint.syntax.ir import Place

MAX_ELEMENTS = 4096
"""Literals of more elements keep only their bounds."""

MAX_DIMENSIONS = 8
"""Lists nested deeper are no tensors that anyone writes out, or hold themselves."""

COLUMN_RATIO = 1e3
"""Columns of a written-out table this far apart were not brought to one scale."""


def literal_tensor(
    machine: Machine, value: Value, form: str, dtype: str | None, place: Place
) -> Numeric | None:
    """The tensor of a nested list of numbers; None where it is none or not all are known."""
    numbers: list[Numeric] = []
    shape = _collect(machine, value, numbers, place)
    if shape is None or not numbers:
        return None
    if not all(number.literal is not None and not number.literal.is_eye for number in numbers):
        return replaced(joined(numbers), form=form, dtype=dtype or joined(numbers).dtype)
    values = tuple(number.literal.values[0] for number in numbers if number.literal is not None)
    low, high = min(values), max(values)
    integer = all(each.is_integer() for each in values)
    members = Interval(low, high, End.ATOM, End.ATOM, integer, free=False)
    if low == high:
        members = sets.point(low)
    kinds = {number.dtype for number in numbers}
    kind = dtype or ("float" if "float" in kinds else "int" if "int" in kinds else "bool")
    literal = Literal(values, shape, place=place) if len(values) <= MAX_ELEMENTS else None
    return Numeric(
        members, members, members, (), kind, form, literal, shape=shape, independent=True
    )


def as_data(value: Value) -> Value:
    """A value that a program is given: a table whose columns lie far apart is raw data."""
    match value:
        case Numeric(literal=Literal(place=Place() as place) as literal, raw=()):
            if _columns_apart(literal.values, literal.shape):
                return replaced(value, raw=(place,))
            return value
        case Tuple(items):
            return Tuple(tuple(map(as_data, items)))
        case _:
            return value


def _columns_apart(values: tuple[float, ...], shape: tuple[int, ...]) -> bool:
    """Whether a table's columns lie orders of magnitude apart, as raw features do."""
    if len(shape) != 2:
        return False
    width = shape[1]
    sizes = [max(map(abs, values[column::width])) for column in range(width)]
    known = [size for size in sizes if size > 0.0]
    return bool(known) and max(known) >= COLUMN_RATIO * min(known)


def _collect(
    machine: Machine, value: Value, numbers: list[Numeric], place: Place, depth: int = 0
) -> tuple[int, ...] | None:
    if isinstance(value, Constant | Numeric):
        number = as_numeric(value)
        if number is None or (
            number.literal is not None and number.literal.shape not in ((), None)
        ):
            return None
        numbers.append(number)
        return ()
    contents = machine.iterate(value, place)
    if not isinstance(contents, tuple) or not contents or len(contents) > MAX_ELEMENTS:
        return None
    if depth >= MAX_DIMENSIONS:
        return None
    shapes = [_collect(machine, each, numbers, place, depth + 1) for each in contents]
    if any(shape is None or shape != shapes[0] for shape in shapes) or shapes[0] is None:
        return None
    return (len(contents), *shapes[0])
