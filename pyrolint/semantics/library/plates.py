"""Plates: as contexts and as loops, and the dimensions that they take."""

from __future__ import annotations

import math

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.extents import declared
from pyrolint.semantics.library.statements import note_site, note_statement
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.program import PlateUse, StatementKind
from pyrolint.semantics.recorder import Recorder
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.shapes import Dimension, Shape
from pyrolint.semantics.sizes import measure, size_of
from pyrolint.semantics.strings import concatenated, name_of
from pyrolint.semantics.values import (
    NONE,
    Constant,
    LibraryObject,
    Numeric,
    Rows,
    RowsKind,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def make_plate(machine: Machine, arguments: Arguments, place: Place) -> LibraryObject:
    """``pyro.plate(name, size, …)``"""
    values, places = arguments.bind(
        ["name", "size", "subsample_size", "subsample", "dim", "use_cuda", "device"]
    )
    name = values.get("name")
    if name is None:
        note_site(machine, "a plate without a name", place)
    elif values.get("size", NONE) != NONE:
        # What of the plate is looked at is drawn as the plate is made.
        note_statement(machine, StatementKind.PLATE, name, place, places.get("name"))
    return LibraryObject("pyro.plate", "plate", values, place, places, machine.store.allocate())


def make_stack(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.plate_stack(prefix, sizes, …)``: plates of which it is not known how many they are."""
    prefix = arguments.get(0, "prefix") or Unknown("a prefix")
    name = concatenated((prefix, Constant("_"), Unknown("a number")))
    note_statement(machine, StatementKind.PLATE, name, place, None)
    return Unknown("a stack of plates", place, source="pyro.plate_stack")


def _plate_use(machine: Machine, plate: LibraryObject, *, is_sequential: bool) -> PlateUse:
    """The plate as the sites inside see it."""
    given = plate.arguments
    name = given.get("name")
    text, is_known = name_of(name) if name is not None else (None, False)
    recorder = machine.recorder
    allocated = None
    if recorder is not None and not is_sequential:
        # A plate keeps the dimension that it was first given.
        kept = machine.store.read(plate.identity, "#dim")
        allocated = _allocated(recorder, kept or given.get("dim"))
        if allocated is not None:
            machine.store.write(plate.identity, "#dim", Constant(allocated))
    return PlateUse(
        text,
        plate.place,
        given.get("size"),
        given.get("subsample_size"),
        given.get("subsample"),
        given.get("dim"),
        is_sequential,
        is_known,
        machine.path,
        allocated,
        _extent(machine, plate),
        recorder.active_plates if recorder is not None else (),
        plate.places.get("dim"),
        plate.identity,
    )


def _allocated(recorder: Recorder, dim: Value | None) -> int | None:
    """The dimension that a plate takes: the one asked for, or the rightmost one left free."""
    if dim is not None and dim != NONE:
        asked = size_of(dim)
        return asked if isinstance(asked, int) and asked < 0 else None
    taken = {each.allocated for each in recorder.active_plates if not each.is_sequential}
    if None in taken or recorder.is_obscured:
        return None
    return next(free for free in range(-1, -2 - len(taken), -1) if free not in taken)


def _extent(machine: Machine, plate: LibraryObject) -> Dimension:
    """How many elements of a plate a run sees, None where that is not known."""
    given = {name: value for name, value in plate.arguments.items() if value != NONE}
    subsample = given.get("subsample")
    if subsample is not None:
        return size_of(measure(machine, subsample, 0))
    return size_of(given.get("subsample_size", given.get("size")))


def enter_plate(machine: Machine, plate: LibraryObject, *, is_sequential: bool = False) -> Value:
    """``with plate as index`` or ``for index in plate``."""
    recorder = machine.recorder
    use = _plate_use(machine, plate, is_sequential=is_sequential)
    if recorder is not None:
        if not any(each.is_again(use) for each in recorder.plates):
            recorder.plates.append(use)
        recorder.active_plates = (*recorder.active_plates, use)
    shape: Shape = () if is_sequential else (use.extent,)
    members = Interval(0.0, math.inf, End.CLOSED, integer=True)
    drawn = Rows(RowsKind.PLATE, plate.place)
    return Numeric(
        members, None, dtype="int", form="tensor", shape=shape, independent=True, rows=drawn
    )


def in_subsample(machine: Machine, value: Value, event_dim: Value | None) -> Value:
    """What the plates around take of a tensor that declares its event dimensions.

    In the dimension of each plate, it has as many elements as the plate's subsample.
    """
    recorder = machine.recorder
    if recorder is None or not isinstance(value, Numeric) or value.shape is None:
        return value
    if event_dim in (None, NONE):
        return value
    events, sizes = size_of(event_dim), declared(recorder.active_plates)
    if not isinstance(events, int) or sizes is None or recorder.is_obscured:
        return replaced(value, shape=None)
    shape = list(value.shape)
    for dimension, extent in sizes.items():
        if events - dimension <= len(shape) and shape[dimension - events] != 1:
            shape[dimension - events] = extent
    return replaced(value, shape=tuple(shape))
