"""Iteration: the items of lists, dicts, tensors, plates, loaders and of alternatives of these."""

from __future__ import annotations

from pyrolint.semantics.alternatives import choose
from pyrolint.semantics.contents import items_of, key_value, known_entries
from pyrolint.semantics.library import data, plates
from pyrolint.semantics.machine import MAX_UNROLLED, Machine
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.sizes import a_size
from pyrolint.semantics.values import (
    Choice,
    Constant,
    Dictionary,
    Instance,
    LibraryObject,
    List,
    Numeric,
    Pattern,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def iterate(machine: Machine, value: Value, place: Place) -> tuple[Value, ...] | Value:
    """The items of an iterable where all are known, else what each of them is like."""
    match value:
        case Tuple(items):
            return items
        case List():
            contents = items_of(machine, value)
            if contents.items is not None:
                return contents.items
            return contents.element or Unknown("an item of a list", place)
        case Dictionary():
            entries = known_entries(machine, value)
            if entries is not None:
                return tuple(map(key_value, entries))
            return Pattern("{}")
        case Sequence(element):
            return element
        case Numeric():
            shape = value.shape
            return replaced(value, literal=None, shape=shape[1:] if shape else None)
        case Unknown(measured=measured) if measured is not None:
            return a_size(None)
        case Unknown(shape=shape):
            return replaced(value, shape=shape[1:] if shape else None)
        case Constant(str() as text) if len(text) <= MAX_UNROLLED:
            return tuple(Constant(letter) for letter in text)
        case LibraryObject(kind="plate"):
            return plates.enter_plate(machine, value, is_sequential=True)
        case LibraryObject(kind="generator"):
            return value.arguments["element"]
        case LibraryObject(kind="loader"):
            return data.batch(machine, value, place)
        case Choice():
            parts = [(guard, iterate(machine, each, place)) for guard, each in value.alternatives]
            plain = [(g, p) for g, p in parts if not isinstance(p, tuple)]
            if len(plain) == len(parts):
                return choose(plain, place)
            if len({len(p) for _, p in parts if isinstance(p, tuple)}) == 1 and not plain:
                rows = [(guard, part) for guard, part in parts if isinstance(part, tuple)]
                return tuple(
                    choose([(guard, row[index]) for guard, row in rows])
                    for index in range(len(rows[0][1]))
                )
            return Unknown("one of several iterables", place, origins_of(value))
        case Instance():
            return Unknown("an item of an object", place)
        case _:
            return Unknown(
                "an item of an iterable", place, origins_of(value), is_independent(value),
                raw_of(value),
            )  # fmt: skip


def length_of(iterable: Value, contents: tuple[Value, ...] | Value) -> Value | None:
    """How many items an iterable has that gives these contents, where that is known."""
    if isinstance(contents, tuple):
        return Constant(len(contents))
    return iterable.length if isinstance(iterable, Sequence) else None
