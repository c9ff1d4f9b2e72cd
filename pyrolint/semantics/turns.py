"""Turns of loops: what each hands out, by which names that are built of it are told apart."""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from pyrolint.semantics.machine import MAX_UNROLLED, Machine
from pyrolint.semantics.names import Item, LoopRun, Part, SiteName
from pyrolint.semantics.strings import pattern_of
from pyrolint.semantics.values import (
    Constant,
    Hole,
    LibraryObject,
    Numeric,
    Pattern,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def known_by(value: Value) -> Hashable:
    """What another value is known to be the same by."""
    match value:
        case Constant(content):
            return content
        case Numeric(size=str() as size):
            return ("size", size)
        case Sequence(counted=counted) if counted:
            return counted
        case LibraryObject(kind="plate", arguments=arguments):
            return ("range", known_by(arguments.get("size", value)))
        case _:
            return Hole(value)


def begin_loop(
    machine: Machine,
    place: Place,
    target: ir.Expression | None,
    iterable: Value | None,
    contents: tuple[Value, ...] | Value,
) -> LoopRun:
    """A loop that is about to run; ``target`` is what it binds, None for ``while``."""
    is_exact = isinstance(contents, tuple) and len(contents) <= MAX_UNROLLED
    key = known_by(iterable) if iterable is not None else object()
    counter = None
    if target is not None and iterable is not None:
        counter = _counter(target, iterable, contents)
    return LoopRun(place, key, machine.path, is_exact, counter)


def _counter(
    target: ir.Expression, iterable: Value, contents: tuple[Value, ...] | Value
) -> str | None:
    """The variable that holds another number in each turn."""
    first = target
    if isinstance(target, ir.Display) and target.elements:
        first = target.elements[0]
    if not isinstance(first, ir.Name):
        return None
    if isinstance(contents, tuple):
        heads = [_head(each) if first is not target else each for each in contents]
        numbers = [
            each.value for each in heads if isinstance(each, Constant) and type(each.value) is int
        ]
        is_counted = len(set(numbers)) == len(contents)
        return first.id if is_counted and contents else None
    if isinstance(iterable, Sequence) and iterable.counted:
        is_first = iterable.counted[0] == "enumerate"
        return first.id if is_first == (first is not target) else None
    is_plate = isinstance(iterable, LibraryObject) and iterable.kind == "plate"
    return first.id if is_plate and first is target else None


def _head(value: Value) -> Value | None:
    return value.items[0] if isinstance(value, Tuple) and value.items else None


def handed_out(machine: Machine, loop: LoopRun, number: int, element: Value) -> Value:
    """What a turn gets of a loop that hands out the like of ``element``: a value of its own."""
    return _own(machine, loop, number, element, ())


def _own(
    machine: Machine, loop: LoopRun, number: int, value: Value, position: tuple[int, ...]
) -> Value:
    match value:
        case Tuple(items):
            return Tuple(
                tuple(
                    _own(machine, loop, number, each, (*position, index))
                    for index, each in enumerate(items)
                )
            )
        case Numeric() | Unknown() | Pattern():
            own = msgspec.structs.replace(value)
            machine.items[id(own)] = (
                own,
                Item(loop, number, position, _is_counted(loop, position)),
            )
            return own
        case _:
            return value


def _is_counted(loop: LoopRun, position: tuple[int, ...]) -> bool:
    """Whether what stands there is another number in each turn."""
    match loop.iterable:
        case ("range", *_):
            return position == ()
        case ("enumerate", *_):
            return position == (0,)
        case _:
            return False


def site_name(machine: Machine, name: Value) -> SiteName:
    """A name, with what a loop handed out known as that."""
    pattern = pattern_of(name)
    parts: list[Part] = []
    for hole in pattern.holes:
        kept = machine.items.get(id(hole.value))
        parts.append(kept[1] if kept is not None else hole)
    return SiteName(pattern.text, tuple(parts))
