"""Expressions: from the intermediate representation to abstract values."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any

from pyrolint.semantics import numeric
from pyrolint.semantics.alternatives import choose, under
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.branches import condition
from pyrolint.semantics.comparisons import evaluate_boolean, evaluate_comparison
from pyrolint.semantics.definitions import function_value
from pyrolint.semantics.displays import (
    evaluate_comprehension,
    evaluate_dict,
    evaluate_display,
    evaluate_formatted,
)
from pyrolint.semantics.flow import lose
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.inplace import note_inplace
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.operators import evaluate_binary, evaluate_unary
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.subscripts import evaluate_slice, evaluate_subscript
from pyrolint.semantics.values import (
    Choice,
    Constant,
    Dictionary,
    Entries,
    External,
    Function,
    Numeric,
    OriginKind,
    Super,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

BUILTINS = frozenset(dir(builtins))


def evaluate_name(machine: Machine, frame: Frame, node: ir.Name) -> Value:
    """A variable, looked up through the frames it can see."""
    cells = machine.store.cells
    name = node.id
    scope: Frame | None = frame
    while scope is not None:
        value = cells.get((scope.identity, name))
        if value is not None:
            if isinstance(value, Choice) and machine.path:
                value = under(value, machine.path)
            if isinstance(value, Numeric):
                note_read(machine, value, Place(frame.path, node.at))
            return value
        scope = scope.closure
    if name in BUILTINS:
        return External("builtins." + name)
    return Unknown(f"`{name}` is not known here", Place(frame.path, node.at))


def note_read(machine: Machine, value: Numeric, place: Place) -> None:
    """Count a read of a value that a noted function made, or of a bare parameter."""
    if value.applied is not None:
        machine.facts.reads.setdefault(value.applied.place, set()).add(place)
    elif len(value.origins) == 1:
        origin = value.origins[0]
        if origin.kind is OriginKind.PARAMETER and not origin.cuts:
            machine.facts.reads.setdefault(origin.place, set()).add(place)


def _forget_reads(machine: Machine, arguments: Arguments) -> None:
    """To hand a value on to the project's own function is no use of it: the function's is."""
    for value, place in zip(arguments.positional, arguments.positional_places, strict=False):
        _forget_read(machine, value, place)
    for name, place in arguments.keyword_places.items():
        _forget_read(machine, arguments.keywords[name], place)


def hand_on(machine: Machine, value: Value, node: ir.Expression, path: str) -> None:
    """To return a variable, or to give it another name, is no use of what it holds."""
    if isinstance(node, ir.Name):
        _forget_read(machine, value, Place(path, node.at))
    elif isinstance(node, ir.Display) and isinstance(value, Tuple):
        for part, element in zip(value.items, node.elements, strict=False):
            hand_on(machine, part, element, path)


def _forget_read(machine: Machine, value: Value, place: Place) -> None:
    if isinstance(value, Numeric):
        made = value.applied.place if value.applied is not None else None
        for origin in (made, *(each.place for each in value.origins)):
            if origin is not None and origin in machine.facts.reads:
                machine.facts.reads[origin].discard(place)


def evaluate_constant(machine: Machine, frame: Frame, node: ir.Constant) -> Value:
    """A literal."""
    return Constant(node.value)


def evaluate_attribute(machine: Machine, frame: Frame, node: ir.Attribute) -> Value:
    """``value.attr``"""
    place = Place(frame.path, node.at)
    value = machine.attribute(machine.evaluate(frame, node.value), node.attr, place)
    if isinstance(value, Numeric):
        note_read(machine, value, place)
    return value


def evaluate_arguments(
    machine: Machine, frame: Frame, arguments: tuple[ir.Argument, ...]
) -> Arguments:
    """The values that a call passes, stars expanded where their contents are known."""
    positional: list[Value] = []
    positional_places: list[Place] = []
    keywords: dict[str, Value] = {}
    keyword_places: dict[str, Place] = {}
    is_open = False
    path = frame.path
    for argument in arguments:
        value = machine.evaluate(frame, argument.value)
        if isinstance(argument.value, ir.Name | ir.Attribute):
            machine.store.share(value)
        place = Place(path, argument.value.at)
        if argument.star == 1:
            items = machine.iterate(value, place)
            if isinstance(items, tuple):
                positional.extend(items)
                positional_places.extend(place for _ in items)
            else:
                lose(machine, value)
                is_open = True
        elif argument.star == 2:
            entries = (
                machine.store.read(value.identity, "entries")
                if isinstance(value, Dictionary)
                else None
            )
            if isinstance(entries, Entries):
                # They have no places of their own, where they could be mended.
                named = {k: each for k, each in entries.known.items() if isinstance(k, str)}
                keywords.update(named)
            if not isinstance(entries, Entries) or entries.rest is not None:
                lose(machine, value)
                is_open = True
        elif argument.keyword is not None:
            keywords[argument.keyword] = value
            keyword_places[argument.keyword] = place
        else:
            positional.append(value)
            positional_places.append(place)
    return Arguments(tuple(positional), keywords, tuple(positional_places), keyword_places, is_open)


def evaluate_call(machine: Machine, frame: Frame, node: ir.Call) -> Value:
    """``callee(arguments)``; method calls go to the receiver's own table."""
    callee = node.callee
    place = Place(frame.path, node.at)
    if isinstance(callee, ir.Name) and callee.id == "super" and frame.owner is not None:
        if frame.receiver is not None:
            return Super(frame.receiver, frame.owner)
    if isinstance(callee, ir.Name) and callee.id in ("locals", "globals", "vars"):
        return Unknown("a namespace as a dict", place)
    if isinstance(callee, ir.Attribute):
        receiver = machine.evaluate(frame, callee.value)
        arguments = evaluate_arguments(machine, frame, node.arguments)
        result = machine.call_method(receiver, callee.attr, arguments, place)
        if callee.attr.endswith("_"):
            content = note_inplace(machine, frame, node, receiver, arguments)
            result = content if content is not None else result
        name = callee.attr
        if name == "forward" and isinstance(callee.value, ir.Attribute):
            name = callee.value.attr
        return _given_out(machine, result, name, frame)
    function = machine.evaluate(frame, callee)
    arguments = evaluate_arguments(machine, frame, node.arguments)
    if isinstance(function, Function):
        _forget_reads(machine, arguments)
    result = machine.call(function, arguments, place)
    name = callee.id if isinstance(callee, ir.Name) else ""
    return _given_out(machine, result, name, frame)


def _given_out(machine: Machine, value: Value, name: str, frame: Frame) -> Value:
    """What a call gives: where several functions call it, its probabilities are wanted as such."""
    match value:
        case Numeric() if value.applied is not None and machine.is_shared(name, frame):
            if value.applied.caller != machine.caller:
                return numeric.replaced(value, applied=None)
            return value
        case Tuple(items):
            return Tuple(tuple(_given_out(machine, item, name, frame) for item in items))
        case _:
            return value


def evaluate_conditional(machine: Machine, frame: Frame, node: ir.Conditional) -> Value:
    """``body if test else orelse``: guarded alternatives where the test is not known."""
    test = condition(machine, frame, node.test)
    if test.decision is None:
        return machine.evaluate(frame, node.body if test.holds else node.orelse)
    key, taken = test.decision
    entry = machine.path
    machine.path = (*entry, (key, taken), *test.when_true)
    body = machine.evaluate(frame, node.body)
    machine.path = (*entry, (key, 1 - taken), *test.when_false)
    orelse = machine.evaluate(frame, node.orelse)
    machine.path = entry
    return choose([(((key, taken),), body), (((key, 1 - taken),), orelse)])


def evaluate_named(machine: Machine, frame: Frame, node: ir.NamedExpression) -> Value:
    """``target := value``"""
    value = machine.evaluate(frame, node.value)
    while frame.is_comprehension and frame.closure is not None:
        frame = frame.closure
    machine.bind(frame, node.target, value)
    return value


def evaluate_lambda(machine: Machine, frame: Frame, node: ir.Lambda) -> Value:
    """A function value."""
    return function_value(machine, frame, node, "<lambda>")


def evaluate_starred(machine: Machine, frame: Frame, node: ir.Starred) -> Value:
    """``*value`` out of place: its value."""
    return machine.evaluate(frame, node.value)


def evaluate_yield(machine: Machine, frame: Frame, node: ir.Yield) -> Value:
    """``yield``: the activation collects what it hands out."""
    place = Place(frame.path, node.at)
    if node.value is not None:
        value = machine.evaluate(frame, node.value)
        contents = machine.iterate(value, place) if node.delegates else value
        frame.yields.extend(contents if isinstance(contents, tuple) else (contents,))
    else:
        frame.yields.append(Constant(None))
    return Unknown("what is sent to a generator", place)


def evaluate_opaque(machine: Machine, frame: Frame, node: ir.Opaque) -> Value:
    """An expression without a reading: its operands are evaluated, the result is unknown."""
    values = [machine.evaluate(frame, each) for each in node.operands]
    origins = tuple(dict.fromkeys(o for value in values for o in origins_of(value)))
    independent = all(map(is_independent, values))
    return Unknown("an opaque expression", Place(frame.path, node.at), origins, independent)


EXPRESSIONS: Mapping[type, Callable[[Machine, Frame, Any], Value]] = {
    ir.Name: evaluate_name,
    ir.Constant: evaluate_constant,
    ir.Attribute: evaluate_attribute,
    ir.Call: evaluate_call,
    ir.Slice: evaluate_slice,
    ir.Subscript: evaluate_subscript,
    ir.Unary: evaluate_unary,
    ir.Binary: evaluate_binary,
    ir.Boolean: evaluate_boolean,
    ir.Comparison: evaluate_comparison,
    ir.Conditional: evaluate_conditional,
    ir.Starred: evaluate_starred,
    ir.Display: evaluate_display,
    ir.Dict: evaluate_dict,
    ir.Comprehension: evaluate_comprehension,
    ir.FormattedString: evaluate_formatted,
    ir.NamedExpression: evaluate_named,
    ir.Lambda: evaluate_lambda,
    ir.Yield: evaluate_yield,
    ir.Opaque: evaluate_opaque,
}
"""The evaluation of every kind of expression."""
