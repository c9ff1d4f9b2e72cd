"""Binding: what assignment does to names, attributes, elements and patterns of these."""

from __future__ import annotations

from pyrolint.semantics.alternatives import choose, summary
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import constant_key, entries_of, items_of, new_list
from pyrolint.semantics.flow import keep_in, lose
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.inplace import is_learnt, write_over
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.sizes import measure
from pyrolint.semantics.values import (
    Choice,
    Constant,
    Dictionary,
    Entries,
    Guard,
    Items,
    LibraryObject,
    List,
    Numeric,
    Pattern,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def write_name(machine: Machine, frame: Frame, name: str, value: Value) -> None:
    """Assign a value to a name, in the frame that it was declared to be of."""
    kind = frame.declared.get(name)
    if kind is not None:
        lose(machine, value)
    if kind == "global":
        frame = frame.module
    elif kind == "nonlocal":
        for outer in frame.chain():
            if outer is not frame and machine.store.read(outer.identity, name) is not None:
                frame = outer
                break
    machine.store.write(frame.identity, name, value)


def bind(machine: Machine, frame: Frame, target: ir.Expression, value: Value) -> None:
    """Assign a value to a name, an attribute, an element or a pattern of such."""
    match target:
        case ir.Name(_, name):
            write_name(machine, frame, name, value)
        case ir.Attribute(at, owner, attr):
            receiver = machine.evaluate(frame, owner)
            if attr == "grad":
                machine.facts.training.clear()
            if attr == "data" and isinstance(receiver, Numeric):
                if is_learnt(receiver):
                    # Where it starts is another, but what is learnt stays what it is.
                    lose(machine, value)
                else:
                    write_over(machine, frame, owner, receiver, value)
                return
            machine.set_attribute(receiver, attr, value, Place(frame.path, at))
        case ir.Display(at, _, elements):
            _unpack(machine, frame, elements, value, Place(frame.path, at))
        case ir.Starred(_, inner):
            bind(machine, frame, inner, value)
        case ir.Subscript(at, owner, indices):
            _bind_element(machine, frame, owner, indices, value, Place(frame.path, at))
        case _:
            pass


def _unpack(
    machine: Machine, frame: Frame, targets: tuple[ir.Expression, ...], value: Value, place: Place
) -> None:
    if isinstance(value, Choice):
        columns: list[list[tuple[Guard, Value]]] = [[] for _ in targets]
        for guard, option in value.alternatives:
            for column, item in zip(columns, _split(machine, targets, option, place), strict=True):
                column.append((guard, item))
        items = [choose(column, place) for column in columns]
    else:
        items = _split(machine, targets, value, place)
    for target, item in zip(targets, items, strict=True):
        bind(machine, frame, target, item)


def _split(
    machine: Machine, targets: tuple[ir.Expression, ...], value: Value, place: Place
) -> list[Value]:
    contents = machine.iterate(value, place)
    count = len(targets)
    star = next((i for i, target in enumerate(targets) if isinstance(target, ir.Starred)), None)
    if isinstance(value, Unknown) and value.measured is not None and star is None:
        contents = tuple(measure(machine, value.measured, axis) for axis in range(count))
    if not isinstance(contents, tuple):
        return [
            new_list(machine, None, contents) if isinstance(target, ir.Starred) else contents
            for target in targets
        ]
    if star is not None and len(contents) >= count - 1:
        tail = count - star - 1
        middle = contents[star : len(contents) - tail]
        last = contents[len(contents) - tail :] if tail else ()
        return [*contents[:star], new_list(machine, middle), *last]
    if len(contents) == count:
        return list(contents)
    lose(machine, value)
    return [Unknown("unpacking of another length", place, origins_of(value)) for _ in targets]


def _bind_element(
    machine: Machine,
    frame: Frame,
    owner: ir.Expression,
    indices: tuple[ir.Expression, ...],
    value: Value,
    place: Place,
) -> None:
    receiver = machine.evaluate(frame, owner)
    index = [machine.evaluate(frame, each) for each in indices]
    key = index[0] if len(index) == 1 else None
    keep_in(machine, receiver, *index, value)
    if isinstance(receiver, Dictionary):
        entries = entries_of(machine, receiver)
        name = constant_key(key if len(index) == 1 else Tuple(tuple(index)))
        if name is not None:
            places = {**entries.places, **({name: place} if isinstance(name, str) else {})}
            entries = Entries({**entries.known, name: value}, entries.rest, places)
        else:
            known = {k: v for k, v in entries.known.items() if not _may_equal(key, k)}
            others = [each for each in (entries.rest, value) if each is not None]
            if len(known) < len(entries.known):
                others = [Unknown("an entry that may be another", place, origins_of(value))]
            entries = Entries(known, summary(others))
        machine.store.write(receiver.identity, "entries", entries)
    elif isinstance(receiver, List):
        items = items_of(machine, receiver)
        if items.items is not None and isinstance(key, Constant) and isinstance(key.value, int):
            if -len(items.items) <= key.value < len(items.items):
                updated = list(items.items)
                updated[key.value] = value
                machine.store.write(receiver.identity, "items", Items(tuple(updated)))
                return
        lose(machine, receiver, value)
        machine.store.write(
            receiver.identity, "items", Items(None, Unknown("list written in place", place))
        )
    elif isinstance(receiver, LibraryObject):
        given = Arguments((*index, value))
        machine.call_method(receiver, "__setitem__", given, place)
    elif isinstance(receiver, Numeric | Unknown | Choice):
        # A tensor or table written in place: its content, and so its scale, is another.
        origins = tuple(dict.fromkeys((*origins_of(receiver), *origins_of(value))))
        independent = is_independent(receiver) and is_independent(value)
        content = Unknown("written in place", place, origins, independent, is_written_over=True)
        write_over(machine, frame, owner, receiver, content)


def _may_equal(key: Value | None, name: object) -> bool:
    """Whether a key that is not known may be this one."""
    if isinstance(key, Pattern) and isinstance(name, str):
        return key.may_be(name)
    return not isinstance(key, Numeric) or isinstance(name, int | float)
