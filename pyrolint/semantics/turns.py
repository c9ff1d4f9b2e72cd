"""Turns of loops: what each hands out, by which names that are built of it are told apart."""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from pyrolint.semantics.machine import MAX_UNROLLED, Machine
from pyrolint.semantics.names import Item, LoopRun, Part, SiteName
from pyrolint.semantics.strings import pattern_of
from pyrolint.semantics.values import (
    Constant,
    Dictionary,
    LibraryObject,
    List,
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
    """What another iterable is known by to hand out the same, turn by turn, while both run."""
    match value:
        case Sequence(counted=counted) if counted:
            return counted
        case LibraryObject(kind="plate"):
            return ("range", 0, 1)
        case List(identity) | Dictionary(identity):
            return ("held", identity)
        case Tuple(items) if len(items) > 1:
            return _progression(items) or object()
        case _:
            return object()


def _progression(items: tuple[Value, ...]) -> tuple[Hashable, ...] | None:
    """What a range or an enumeration is known by whose items are all known."""
    heads = [_head(each) if isinstance(each, Tuple) else each for each in items]
    numbers = [
        each.value for each in heads if isinstance(each, Constant) and type(each.value) is int
    ]
    if len(numbers) < len(items) or numbers[0] == numbers[1]:
        return None
    start, step = numbers[0], numbers[1] - numbers[0]
    if numbers != list(range(start, start + step * len(numbers), step)):
        return None
    if isinstance(items[0], Tuple):
        return ("enumerate", start) if step == 1 else None
    return ("range", start, step)


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
        if counter == "_":
            counter = None
    return LoopRun(place, key, machine.path, is_exact, counter, machine.caller)


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
            machine.items[id(own)] = (own, _item(loop, number, position))
            return own
        case _:
            return value


def _item(loop: LoopRun, number: int, position: tuple[int, ...]) -> Item:
    match loop.source:
        case ("range", *bounds) if position == ():
            return Item(loop, number, ("count", *bounds), True)
        case ("enumerate", start) if position == (0,):
            return Item(loop, number, ("count", start, 1), True)
        case _:
            return Item(loop, number, (loop.source, position))


def site_name(machine: Machine, name: Value) -> SiteName:
    """A name, with what a loop handed out known as that."""
    pattern = pattern_of(name)
    parts: list[Part] = []
    for hole in pattern.holes:
        kept = machine.items.get(id(hole.value))
        parts.append(kept[1] if kept is not None else hole)
    return SiteName(pattern.text, tuple(parts))
