"""Contents of lists, dicts and namespaces in the store, and the keys that entries go by."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import (
    Constant,
    Dictionary,
    Entries,
    Items,
    LibraryObject,
    List,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def constant_key(value: Value | None) -> object | None:
    """What a dict knows a constant or a tuple of constants by; None for anything else."""
    match value:
        case Constant(content):
            return content
        case Tuple(items):
            parts = tuple(constant_key(item) for item in items)
            return None if None in parts else parts
        case _:
            return None


def key_value(key: object) -> Value:
    """The value that a dict's key is: the inverse of ``constant_key``."""
    if isinstance(key, tuple):
        return Tuple(tuple(map(key_value, key)))
    if isinstance(key, bool | int | float | str):
        return Constant(key)
    return Unknown("a key of a dict")


def items_of(machine: Machine, value: List) -> Items:
    """The contents of a list; not known where it was made on a path that was taken back."""
    contents = machine.store.read(value.identity, "items")
    return contents if isinstance(contents, Items) else Items(None, Unknown("a lost list"))


def entries_of(machine: Machine, value: Dictionary) -> Entries:
    """The contents of a dict; not known where it was made on a path that was taken back."""
    contents = machine.store.read(value.identity, "entries")
    return contents if isinstance(contents, Entries) else Entries({}, Unknown("a lost dict"))


def elements_of(contents: Items) -> list[Value]:
    """What a list may hold: its items where they are known, else what each is like."""
    elements = list(contents.items or ())
    if contents.element is not None:
        elements.append(contents.element)
    return elements


def new_list(
    machine: Machine, items: tuple[Value, ...] | None, element: Value | None = None
) -> List:
    """A fresh list."""
    made = List(machine.store.allocate())
    machine.store.write(made.identity, "items", Items(items, element))
    return made


def new_dictionary(
    machine: Machine,
    known: Mapping[object, Value],
    rest: Value | None = None,
    places: Mapping[str, Place] | None = None,
) -> Dictionary:
    """A fresh dict."""
    made = Dictionary(machine.store.allocate())
    machine.store.write(made.identity, "entries", Entries(known, rest, places or {}))
    return made


def new_namespace(machine: Machine, given: Mapping[str, Value], place: Place) -> Value:
    """A fresh object with these attributes."""
    made = LibraryObject("types.SimpleNamespace", "namespace", {}, place, {},
                         machine.store.allocate())  # fmt: skip
    for name, value in given.items():
        machine.store.write(made.identity, name, value)
    return made


def known_entries(machine: Machine, value: Value) -> Mapping[object, Value] | None:
    """A dict's entries by constant key, None where not all keys are known."""
    if not isinstance(value, Dictionary):
        return None
    entries = entries_of(machine, value)
    return entries.known if entries.rest is None else None
