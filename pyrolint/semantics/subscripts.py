"""Subscripts: elements of sequences and tensors, entries of dicts, programs chosen by a key."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics import numeric, sets
from pyrolint.semantics.alternatives import choose, summary
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.arrays import indexed, indexed_shape
from pyrolint.semantics.contents import constant_key, entries_of, items_of, new_list
from pyrolint.semantics.flow import lose
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.data import draws_of
from pyrolint.semantics.library.modules import PYRO_MODULE, mixed_in
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.provenance import choosers_of, origins_of
from pyrolint.semantics.rows import taken
from pyrolint.semantics.sizes import measure, size_of
from pyrolint.semantics.values import (
    Bound,
    Choice,
    Class,
    Constant,
    Dictionary,
    External,
    Function,
    Handled,
    LibraryObject,
    List,
    Numeric,
    Origin,
    OriginKind,
    Partial,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def evaluate_subscript(machine: Machine, frame: Frame, node: ir.Subscript) -> Value:
    """``value[indices]``"""
    value = machine.evaluate(frame, node.value)
    indices = tuple(machine.evaluate(frame, index) for index in node.indices)
    place = Place(frame.path, node.at)
    lose(machine, *indices)
    if isinstance(value, Dictionary) and len(indices) == 1 and isinstance(indices[0], Choice):
        ways = indices[0].alternatives
        return choose([(guard, element(machine, value, (key,), place)) for guard, key in ways])
    if isinstance(value, Choice):
        return choose(
            [
                (
                    guard,
                    taken(machine, each, indices, element(machine, each, indices, place), place),
                )
                for guard, each in value.alternatives
            ]
        )
    return taken(machine, value, indices, element(machine, value, indices, place), place)


def element(machine: Machine, value: Value, indices: tuple[Value, ...], place: Place) -> Value:
    """What indexing a value gives."""
    key = indices[0] if len(indices) == 1 else None
    match value:
        case Tuple(items):
            return _item(items, key, place)
        case List():
            contents = items_of(machine, value)
            if contents.items is not None:
                if isinstance(key, Tuple):
                    return new_list(machine, _sliced(contents.items, key))
                return _item(contents.items, key, place)
            if isinstance(key, Constant) and _is_one_of_constants(contents.element):
                return Unknown("one certain item of a list", place, independent=True)
            return contents.element or Unknown("an empty list", place)
        case Dictionary():
            entries = entries_of(machine, value)
            name = constant_key(key if len(indices) == 1 else Tuple(indices))
            if name is not None and name in entries.known:
                return entries.known[name]
            if name is not None and entries.rest is not None:
                return entries.rest
            every = [*entries.known.values(), *([entries.rest] if entries.rest else [])]
            if (
                entries.rest is None
                and key is not None
                and all(_is_program(machine, each) for each in every)
            ):
                return _chosen(entries.known, key, place)
            origins = tuple(dict.fromkeys(o for each in every for o in origins_of(each)))
            return Unknown("dict read by an unknown key", place, origins)
        case LibraryObject(kind="prediction", place=asked):
            return draws_of(machine, asked, key, place)
        case Sequence(inner):
            return inner
        case Numeric():
            return _part(value, indices)
        case Unknown(measured=measured) if measured is not None:
            return _size(machine, value, measured, key)
        case Unknown():
            return numeric.replaced(
                value,
                shape=indexed_shape(value.shape, indices),
                origins=tuple(dict.fromkeys((*value.origins, *_choosers(indices)))),
            )
        case External() if value.name == PYRO_MODULE:
            mixed = mixed_in(machine, key, value) if key is not None else None
            return mixed or Unknown("a PyroModule of what?", place)
        case _:
            return machine.call_method(value, "__getitem__", Arguments(indices), place)


def _size(machine: Machine, sizes: Unknown, tensor: Value, key: Value | None) -> Value:
    """``tensor.shape[key]``; of several sizes nothing is known."""
    number = size_of(key)
    if isinstance(number, int):
        return measure(machine, tensor, number)
    return numeric.replaced(sizes, measured=None)


def _part(value: Numeric, indices: tuple[Value, ...]) -> Numeric:
    """Some elements of a tensor: of a literal those very ones, else any of them."""
    shape = indexed_shape(value.shape, indices)
    chosen_by = tuple(dict.fromkeys((*value.chosen_by, *_choosers(indices))))
    part = numeric.replaced(value, literal=None, shape=shape, applied=None, chosen_by=chosen_by)
    if value.origins or value.within is None or sets.projection(value.within).is_point:
        return part
    chosen = indexed(value.literal, indices) if value.literal is not None else None
    if chosen is None or not chosen.values:
        # A constant meets its bounds somewhere, but not in every part of it.
        return numeric.replaced(part, reaches=None, start=None)
    low, high = min(chosen.values), max(chosen.values)
    integer = all(each.is_integer() for each in chosen.values)
    members = sets.Interval(low, high, sets.End.ATOM, sets.End.ATOM, integer, free=False)
    return numeric.replaced(
        part, within=members, reaches=members, start=members, literal=chosen, shape=chosen.shape
    )


def _choosers(indices: tuple[Value, ...]) -> list[Origin]:
    """The latents that decide which elements are taken."""
    found = [each for index in indices for each in (*origins_of(index), *choosers_of(index))]
    return [each for each in found if each.kind is OriginKind.LATENT]


def _is_program(machine: Machine, value: Value) -> bool:
    """Whether a value is a function or a class that draws samples, itself or through a helper."""
    match value:
        case Function(definition=ir.Function() as definition, frame=frame):
            return _draws(machine, definition, frame)
        case Bound(function=inner) | Partial(callee=inner) | Handled(program=inner):
            return _is_program(machine, inner)
        case Tuple(items=items):
            return bool(items) and all(_is_program(machine, item) for item in items)
        case LibraryObject(kind=kind):
            return kind == "autoguide"
        case Class(definition=definition, place=place):
            methods = [each for each in definition.body if isinstance(each, ir.Function)]
            module = machine.module_frame(place.path)
            return module is not None and any(_draws(machine, each, module) for each in methods)
        case _:
            return False


def _draws(machine: Machine, definition: ir.Function, frame: Frame) -> bool:
    if "sample" in definition.mentions:
        return True
    module = frame.module.identity
    called = (machine.store.read(module, name) for name in definition.calls)
    return any(
        isinstance(each, Function)
        and isinstance(each.definition, ir.Function)
        and "sample" in each.definition.mentions
        for each in called
    )


def _is_one_of_constants(value: Value | None) -> bool:
    return isinstance(value, Choice) and all(
        isinstance(option, Constant) for _, option in value.alternatives
    )


def _chosen(known: Mapping[object, Value], key: Value, place: Place) -> Value:
    """One of a dict's programs, by a key that is not known.

    Two dicts that are read by the same key, such as one of models and one of guides, choose alike.
    """
    if isinstance(key, Unknown) and key.place is not None:
        place = key.place
    return choose(
        [
            (tuple((("key", place, other), int(other == name)) for other in known), value)
            for name, value in known.items()
        ],
        place,
    )


def _item(items: tuple[Value, ...], key: Value | None, place: Place) -> Value:
    if isinstance(key, Constant) and isinstance(key.value, int):
        if -len(items) <= key.value < len(items):
            return items[key.value]
    if isinstance(key, Tuple):
        return Tuple(_sliced(items, key))
    one = summary(list(items))
    return one if one is not None else Unknown("an empty sequence", place)


def _sliced(items: tuple[Value, ...], key: Tuple) -> tuple[Value, ...]:
    bounds = [
        each.value if isinstance(each, Constant) and isinstance(each.value, int) else None
        for each in key.items
    ]
    return items[slice(*bounds)] if len(bounds) == 3 and bounds[2] != 0 else items


def evaluate_slice(machine: Machine, frame: Frame, node: ir.Slice) -> Value:
    """A slice, as the tuple of its bounds."""
    parts = (node.lower, node.upper, node.step)
    return Tuple(
        tuple(
            machine.evaluate(frame, each) if each is not None else Constant(None) for each in parts
        )
    )
