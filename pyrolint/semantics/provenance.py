"""Provenance: what a value was made of, and whether that is learnt, drawn or raw."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pyrolint.semantics.values import (
    Choice,
    Constant,
    Cut,
    Distribution,
    External,
    ModuleNamespace,
    Numeric,
    Origin,
    Pattern,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def origins_of(value: Value) -> tuple[Origin, ...]:
    """The origins of a value, through tuples and alternatives."""
    match value:
        case Numeric() | Unknown():
            return value.origins
        case Tuple() | Choice() | Sequence() | Distribution():
            found = (each.origins for each in _leaves(value) if isinstance(each, Numeric | Unknown))
            return tuple(dict.fromkeys(origin for origins in found for origin in origins))
        case _:
            return ()


def _leaves(value: Value) -> Iterator[Value]:
    """What tuples, sequences, alternatives and distributions are made of, each part once."""
    pending = [value]
    seen: set[int] = set()
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        match part:
            case Tuple(items):
                pending.extend(reversed(items))
            case Choice(options):
                pending.extend(option for _, option in reversed(options))
            case Sequence(element):
                pending.append(element)
            case Distribution():
                pending.extend(reversed(list(part.arguments.values())))
            case _:
                yield part


def choosers_of(value: Value) -> tuple[Origin, ...]:
    """What decides which elements a value is, through tuples and alternatives."""
    match value:
        case Numeric():
            return value.chosen_by
        case Tuple() | Choice() | Sequence() | Distribution():
            found = (each.chosen_by for each in _leaves(value) if isinstance(each, Numeric))
            return tuple(dict.fromkeys(origin for origins in found for origin in origins))
        case _:
            return ()


def raw_of(value: Value) -> tuple[Place, ...]:
    """The places of raw data that arrive in a value unscaled, through tuples and alternatives."""
    match value:
        case Numeric() | Unknown():
            return value.raw
        case Tuple() | Choice() | Sequence():
            found = (each.raw for each in _leaves(value) if isinstance(each, Numeric | Unknown))
            return tuple(dict.fromkeys(place for places in found for place in places))
        case _:
            return ()


def is_independent(value: Value) -> bool:
    """Whether a value certainly holds nothing that is optimised or drawn in a program."""
    match value:
        case Constant() | Pattern() | External() | ModuleNamespace():
            return True
        case Numeric():
            return value.independent or not value.origins
        case Unknown():
            return value.independent
        case Tuple(items):
            return all(map(is_independent, items))
        case Choice(options):
            return all(is_independent(item) for _, item in options)
        case Sequence(element):
            return is_independent(element)
        case _:
            return False


def without_gradient(value: Value, cut: Cut) -> Value:
    """The value, cut off from the gradients of what it was made of."""
    match value:
        case Numeric() | Unknown():
            if not value.origins:
                return value
            origins = tuple(_severed(each, cut) for each in value.origins)
            return msgspec.structs.replace(value, origins=origins)
        case Tuple(items):
            return Tuple(tuple(without_gradient(item, cut) for item in items))
        case Choice(options):
            return Choice(tuple((guard, without_gradient(item, cut)) for guard, item in options))
        case Sequence():
            return msgspec.structs.replace(value, element=without_gradient(value.element, cut))
        case _:
            return value


def _severed(origin: Origin, cut: Cut) -> Origin:
    if origin.cuts and origin.cuts[-1] == cut:
        return origin
    inputs = tuple(_severed(each, cut) for each in origin.inputs)
    return msgspec.structs.replace(origin, cuts=(*origin.cuts, cut), inputs=inputs)
