"""Methods of lists, sets and dicts."""

from __future__ import annotations

from pyrolint.semantics.alternatives import summary
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import (
    constant_key,
    elements_of,
    entries_of,
    items_of,
    key_value,
    known_entries,
    new_dictionary,
    new_list,
)
from pyrolint.semantics.library.modules import container, hold_items
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import (
    NONE,
    Constant,
    Dictionary,
    Entries,
    Items,
    List,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def one_of(parts: list[Value], place: Place) -> Value | None:
    """What an item may be of a list that was changed: of constants, which of them is left."""
    if all(isinstance(part, Constant) for part in parts) and len(set(map(id, parts))) > 1:
        return Unknown("an item of a list that was changed", place, independent=True)
    return summary(parts)


def call_list_method(
    machine: Machine, receiver: List, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of lists and sets."""
    contents = items_of(machine, receiver)
    value = arguments.positional[0] if arguments.positional else None
    updated: Items | None = None
    match name:
        case "append" | "add" if value is not None:
            if contents.items is not None:
                updated = Items((*contents.items, value))
            else:
                updated = Items(None, summary([*elements_of(contents), value]))
        case "extend" | "update" | "__iadd__" if value is not None:
            more = machine.iterate(value, place)
            if contents.items is not None and isinstance(more, tuple):
                updated = Items(contents.items + more)
            else:
                parts = elements_of(contents)
                parts.extend(more if isinstance(more, tuple) else [more])
                updated = Items(None, summary(parts))
        case "pop":
            if contents.items:
                index = value.value if isinstance(value, Constant) else -1
                if isinstance(index, int) and -len(contents.items) <= index < len(contents.items):
                    rest = list(contents.items)
                    item = rest.pop(index)
                    machine.store.write(receiver.identity, "items", Items(tuple(rest)))
                    return item
            return contents.element or Unknown("an item of a list", place)
        case "copy":
            return new_list(machine, contents.items, contents.element)
        case "clear":
            updated = Items(())
        case "reverse" if contents.items is not None:
            updated = Items(contents.items[::-1])
        case "insert" | "remove" | "sort" | "reverse" | "__delitem__":
            parts = elements_of(contents)
            parts.extend(arguments.positional[1:])
            updated = Items(None, one_of(parts, place))
        case "__getitem__":
            return contents.element or Unknown("an item of a list", place)
        case _:
            return Unknown(f"`{name}` of a list", place)
    if updated is not None:
        machine.store.write(receiver.identity, "items", updated)
        if container(machine, receiver) is not None:
            hold_items(machine, receiver, updated)
    return NONE


def call_dictionary_method(
    machine: Machine, receiver: Dictionary, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of dicts."""
    entries = entries_of(machine, receiver)
    first = arguments.positional[0] if arguments.positional else None
    complete = entries.rest is None
    match name:
        case "get" | "pop" | "setdefault":
            known_by = constant_key(first)
            if name == "pop":
                left = {key: value for key, value in entries.known.items() if key != known_by}
                written = left if known_by is not None else {}
                rest = entries.rest if known_by is not None else Unknown("what is left", place)
                machine.store.write(receiver.identity, "entries", Entries(written, rest))
            if known_by is not None and known_by in entries.known:
                return entries.known[known_by]
            if complete and known_by is not None:
                default = arguments.positional[1] if len(arguments.positional) > 1 else NONE
                if name == "setdefault":
                    known = {**entries.known, known_by: default}
                    machine.store.write(receiver.identity, "entries", Entries(known))
                return default
            return entries.rest or Unknown("an entry of a dict", place)
        case "values" if complete:
            return Tuple(tuple(entries.known.values()))
        case "keys" if complete:
            return Tuple(tuple(key_value(key) for key in entries.known))
        case "items" if complete:
            return Tuple(
                tuple(Tuple((key_value(key), value)) for key, value in entries.known.items())
            )
        case "copy":
            return new_dictionary(machine, entries.known, entries.rest, entries.places)
        case "update":
            known = dict(entries.known)
            places = {**entries.places, **arguments.keyword_places}
            rest = entries.rest
            if first is not None:
                more = known_entries(machine, first)
                if more is not None:
                    known.update(more)
                    if isinstance(first, Dictionary):
                        places.update(entries_of(machine, first).places)
                else:
                    known = {}
                    rest = Unknown("a dict updated by what is not known", place)
            known.update(arguments.keywords)
            if arguments.is_open:
                known, rest = {}, Unknown("a dict updated by what is not known", place)
            machine.store.write(receiver.identity, "entries", Entries(known, rest, places))
            return NONE
        case "clear":
            machine.store.write(receiver.identity, "entries", Entries({}, None))
            return NONE
        case "popitem" | "__delitem__":
            left_over = Unknown("an entry that may have been removed", place)
            machine.store.write(receiver.identity, "entries", Entries({}, left_over))
            return left_over
        case _:
            return Unknown(f"`{name}` of a dict", place)
