"""Alternatives: values that hang on decisions, joined, narrowed and told apart."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.values import (
    Bound,
    Choice,
    Class,
    Function,
    Guard,
    Handled,
    Instance,
    LibraryObject,
    Partial,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

MAX_ALTERNATIVES = 4
MAX_PROGRAMS = 16
"""How many alternatives a value may have; the latter where they are functions or objects."""

_CHOSEN = (Function, Bound, Partial, Handled, Class, Instance, LibraryObject)


def contradict(one: Guard, other: Guard) -> bool:
    """Whether no execution takes the decisions of both."""
    for key, taken in one:
        for other_key, other_taken in other:
            if key == other_key and taken != other_taken:
                return True
    return False


def alternatives(value: Value) -> tuple[tuple[Guard, Value], ...]:
    """The guarded alternatives of a value; a plain value is its own, always."""
    return value.alternatives if isinstance(value, Choice) else (((), value),)


def choose(options: list[tuple[Guard, Value]], place: Place | None = None) -> Value:
    """One value for guarded options: equal ones merge, too many become unknown."""
    flat: list[tuple[Guard, Value]] = []
    for guard, value in _resolved(options):
        for index, (known_guard, known) in enumerate(flat):
            if known is value or (type(known) is type(value) and known == value):
                flat[index] = (tuple(each for each in known_guard if each in guard), known)
                break
        else:
            flat.append((guard, value))
        if len(flat) > MAX_PROGRAMS:
            break
    if len(flat) == 1:
        return flat[0][1]
    if not flat:
        return Unknown("no branch reaches this value", place)
    are_programs = isinstance(flat[0][1], _CHOSEN)
    if are_programs:
        # Which model goes with which guide hangs on the decisions: keep them apart.
        flat = []
        for way in _resolved(options):
            if way not in flat:
                flat.append(way)
    if len(flat) > (MAX_PROGRAMS if are_programs else MAX_ALTERNATIVES):
        origins = tuple(dict.fromkeys(o for _, option in options for o in origins_of(option)))
        return Unknown("too many alternatives", place, origins)
    return Choice(tuple(flat))


def _resolved(options: list[tuple[Guard, Value]]) -> Iterator[tuple[Guard, Value]]:
    """Options with the alternatives inside them, under the decisions of both."""
    for guard, option in options:
        for inner, value in alternatives(option):
            if not contradict(guard, inner):
                yield guard + tuple(each for each in inner if each not in guard), value


def under(value: Value, path: Guard) -> Value:
    """The value as it is on a path: alternatives that contradict the path fall away."""
    if not isinstance(value, Choice) or not path:
        return value
    left = [(guard, option) for guard, option in value.alternatives if not contradict(guard, path)]
    if len(left) == len(value.alternatives) or not left:
        return value
    return left[0][1] if len(left) == 1 else Choice(tuple(left))


def summary(elements: list[Value]) -> Value | None:
    """One value for any of several elements, each under a decision of its own."""
    if not elements:
        return None
    choice = object()
    options: list[tuple[Guard, Value]] = [
        (((choice, index),), element) for index, element in enumerate(elements)
    ]
    return choose(options)
