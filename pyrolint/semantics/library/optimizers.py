"""Optimizers: what they are made of, with the contents of their dicts of options."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import entries_of
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import (
    Bound,
    Choice,
    Dictionary,
    Entries,
    Function,
    Guard,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

_OPTIONS = ("optim_args", "clip_args")


def with_options(machine: Machine, given: Mapping[str, Value], place: Place) -> dict[str, Value]:
    """An optimizer's arguments, with what their dicts hold as it is made in place of the dicts."""
    return {
        name: _contents(machine, value, place) if name in _OPTIONS else value
        for name, value in given.items()
    }


def _contents(machine: Machine, value: Value, place: Place) -> Value:
    """The entries of a dict, or of what a function of parameters' names answers for any of them."""
    found: list[tuple[Guard, Value]] = []
    for guard, option in alternatives(value):
        match option:
            case Dictionary():
                entries = entries_of(machine, option)
                known = {
                    key: _contents(machine, each, place) if key in _OPTIONS else each
                    for key, each in entries.known.items()
                }
                found.append((guard, Entries(known, entries.rest, entries.places)))
            case Function() | Bound(function=Function()):
                found.extend(
                    ((*guard, *inner), each)
                    for inner, each in alternatives(_for_any_parameter(machine, option, place))
                )
            case _:
                found.append((guard, option))
    return found[0][1] if len(found) == 1 and not found[0][0] else Choice(tuple(found))


def _for_any_parameter(machine: Machine, function: Function | Bound, place: Place) -> Value:
    """What a function of a parameter's name answers, called as the optimizer will call it."""
    inner = function.function if isinstance(function, Bound) else function
    assert isinstance(inner, Function)
    count = len(inner.definition.parameters.items) - isinstance(function, Bound)
    name = Unknown("a parameter's name", place, independent=True)
    mark = machine.store.mark()
    answer = machine.call(function, Arguments((name,) * count, {}, (place,) * count), place)
    found: list[tuple[Guard, Value]] = [
        (guard, _contents(machine, each, place))
        for guard, each in alternatives(answer)
        if isinstance(each, Dictionary)
    ]
    machine.store.rewind(mark)
    # A way that ends without an answer is of names that it is not asked for.
    return Choice(tuple(found)) if found else Unknown("what a function answers", place)
