"""Sizes as programs handle them: shapes of values, numbers that are sizes, and back again."""

from __future__ import annotations

import math

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.rows import rows_of, with_rows
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.shapes import Dimension, Shape, axis_of
from pyrolint.semantics.values import Choice, Constant, List, Numeric, Tuple, Unknown, Value
from pyrolint.syntax.ir import Place


def shape_of(value: Value) -> Shape | None:
    """The shape of a tensor or number; None where its rank is not known, or hangs on a branch."""
    match value:
        case Numeric() | Unknown():
            return value.shape
        case Constant(bool() | int() | float()):
            return ()
        case Choice():
            shapes = {shape_of(option) for _, option in value.alternatives}
            return shapes.pop() if len(shapes) == 1 else None
        case _:
            return None


def size_of(value: Value | None) -> Dimension:
    """The size that a number means; None where it is not known."""
    match value:
        case Constant(bool()):
            return None
        case Constant(int() as number):
            return number
        case Numeric(size=str() as symbol):
            return symbol
        case Numeric(literal=literal, dtype="int") if literal is not None and not literal.shape:
            return int(literal.values[0])
        case _:
            return None


def sizes_in(machine: Machine, values: tuple[Value, ...], place: Place) -> Shape | None:
    """The shape that ``2, 3`` or ``(2, 3)`` or ``[2, 3]`` means; None where its rank is open."""
    listed = sequence_of(machine, values[0], place) if values else None
    if listed is None and len(values) == 1 and isinstance(values[0], Unknown):
        # It may be one size or a whole tuple of them.
        return None
    sizes = values if listed is None else listed
    if not all(isinstance(each, Constant | Numeric | Unknown) for each in sizes):
        return None
    return tuple(map(size_of, sizes))


def sequence_of(machine: Machine, value: Value, place: Place) -> tuple[Value, ...] | None:
    """The items of a tuple or list that is known; None for anything else."""
    if isinstance(value, Tuple):
        return value.items
    if isinstance(value, List):
        contents = machine.iterate(value, place)
        return contents if isinstance(contents, tuple) else None
    return None


def integers_in(machine: Machine, value: Value | None, place: Place) -> tuple[int, ...] | None:
    """The dimensions that ``dim=1`` or ``dim=(0, 1)`` means; None where they are not known."""
    if value is None:
        return None
    found = [size_of(each) for each in sequence_of(machine, value, place) or (value,)]
    known = tuple(each for each in found if isinstance(each, int))
    return known if len(known) == len(found) else None


def a_size(symbol: str | None) -> Numeric:
    """A whole number from 0 that is not known but by its symbol."""
    members = Interval(0, math.inf, End.CLOSED, integer=True)
    return Numeric(
        members, None, None, (), "int", "number", shape=(), independent=True, size=symbol
    )


def measure(machine: Machine, value: Value, dimension: int) -> Value:
    """``value.shape[dimension]``: a number, or a symbol that is the same at every asking."""
    options = alternatives(value)
    if len(options) > 1:
        sizes = {size_of(measure(machine, option, dimension)) for _, option in options}
        only = sizes.pop() if len(sizes) == 1 else None
        return Constant(only) if isinstance(only, int) else a_size(only)
    rows = rows_of(value)
    if rows is not None and rows.is_batch and dimension == 0:
        size = _measured(machine, value, dimension)
        return with_rows(size, rows)
    return _measured(machine, value, dimension)


def _measured(machine: Machine, value: Value, dimension: int) -> Value:
    shape = shape_of(value)
    if shape is None:
        return a_size(machine.symbol(value, dimension))
    axis = axis_of(dimension, len(shape))
    if axis is None:
        return a_size(None)
    size = shape[axis]
    if isinstance(size, int):
        return Constant(size)
    return a_size(size if size is not None else machine.symbol(value, axis))


def sizes_of(machine: Machine, value: Value, place: Place) -> Value:
    """``value.shape``: a tuple where the rank is known."""
    shape = shape_of(value)
    if shape is None:
        return Unknown("`shape` of a tensor", place, independent=True, measured=value)
    return Tuple(tuple(measure(machine, value, axis) for axis in range(len(shape))))
