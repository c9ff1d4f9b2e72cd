"""Plates: as contexts and as loops."""

from __future__ import annotations

from pyrolint.semantics import sets
from pyrolint.semantics.machine import Arguments, Machine
from pyrolint.semantics.program import PlateUse
from pyrolint.semantics.strings import name_of
from pyrolint.semantics.values import Guard, LibraryObject, Numeric, Value
from pyrolint.syntax.ir import Place


def make_plate(machine: Machine, arguments: Arguments, place: Place) -> LibraryObject:
    """``pyro.plate(name, size, …)``"""
    values, places = arguments.bind(
        ["name", "size", "subsample_size", "subsample", "dim", "use_cuda", "device"]
    )
    return LibraryObject("pyro.plate", "plate", values, place, places)


def _plate_use(plate: LibraryObject, guard: Guard, *, is_sequential: bool = False) -> PlateUse:
    """The plate as the sites inside see it."""
    given = plate.arguments
    name = given.get("name")
    text, is_known = name_of(name) if name is not None else (None, False)
    return PlateUse(
        text,
        plate.place,
        given.get("size"),
        given.get("subsample_size"),
        given.get("subsample"),
        given.get("dim"),
        is_sequential,
        is_known,
        guard,
    )


def enter_plate(machine: Machine, plate: LibraryObject, *, is_sequential: bool = False) -> Value:
    """``with plate as index`` or ``for index in plate``."""
    recorder = machine.recorder
    if recorder is not None:
        use = _plate_use(plate, machine.path, is_sequential=is_sequential)
        if not any(each.place == use.place for each in recorder.plates):
            recorder.plates.append(use)
        recorder.active_plates = (*recorder.active_plates, use)
    return Numeric(
        sets.Interval(0.0, float("inf"), sets.End.CLOSED, integer=True),
        None,
        dtype="int",
        form="tensor",
        independent=True,
    )
