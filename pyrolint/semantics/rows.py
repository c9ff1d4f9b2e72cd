"""Which rows of some data a value holds: a window of it, a batch, those that a plate drew."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.values import (
    Constant,
    Numeric,
    Rows,
    RowsKind,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

DRAWING = frozenset(
    "torch.randperm torch.randint torch.multinomial numpy.random.choice numpy.random.permutation"
    " numpy.random.randint random.sample random.choices".split()
)
"""Functions that draw indices."""


def drawn_indices(machine: Machine, place: Place) -> Rows:
    """What a function gives that draws indices."""
    return Rows(RowsKind.INDICES, place, anew=bool(machine.turns))


def rows_of(value: Value | None) -> Rows | None:
    """Which rows a value holds, None where that is all of them or not known."""
    return value.rows if isinstance(value, Numeric | Unknown) else None


def with_rows(value: Value, rows: Rows | None) -> Value:
    """The value with a note of which rows it holds, through tuples."""
    match value:
        case Numeric() if rows is not None:
            return replaced(value, rows=rows)
        case Unknown() if rows is not None:
            return replaced(value, rows=rows)
        case Tuple(items):
            return Tuple(tuple(with_rows(item, rows) for item in items))
        case _:
            return value


def taken(
    machine: Machine, value: Value, indices: tuple[Value, ...], result: Value, place: Place
) -> Value:
    """What indexing gives, with a note of which rows it takes; rows of a batch are a batch."""
    before = rows_of(value)
    if before is not None and before.kind is not RowsKind.INDICES:
        return result
    found = _taken(machine, indices[0], place) if indices else None
    if before is not None:
        # Some of what was drawn are indices as well.
        moves = found is not None and found.is_batch
        found = msgspec.structs.replace(before, anew=before.anew or moves)
    return with_rows(result, found)


def _taken(machine: Machine, index: Value, place: Place) -> Rows | None:
    match index:
        case Tuple((start, stop, step)):
            return _window(machine, start, stop, step, place)
        case Numeric(rows=Rows() as rows) | Unknown(rows=Rows() as rows):
            if rows.kind is RowsKind.PLATE:
                return Rows(RowsKind.PLATE, place)
            return Rows(RowsKind.DRAWN, place) if rows.anew and machine.turns else None
        case _:
            return None


def _window(machine: Machine, start: Value, stop: Value, step: Value, place: Place) -> Rows | None:
    if step not in (Constant(None), Constant(1)) or stop == Constant(None):
        return None
    if isinstance(start, Constant) and isinstance(stop, Constant):
        first, last = start.value or 0, stop.value
        if isinstance(first, int) and isinstance(last, int) and 0 <= first < last:
            return Rows(RowsKind.WINDOW, place, last - first, machine.recorder is not None)
        return None
    moves = not isinstance(start, Constant) and not isinstance(stop, Constant)
    return Rows(RowsKind.MOVING, place) if moves and machine.turns else None
