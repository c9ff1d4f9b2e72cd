"""Definitions: functions with their decorators, and classes with their namespaces."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.modules import PYRO_METHOD
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import (
    Class,
    External,
    Function,
    Handled,
    LibraryObject,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def function_value(
    machine: Machine,
    frame: Frame,
    node: ir.Function | ir.Lambda,
    name: str,
) -> Function:
    """The function that a definition makes, before its decorators."""
    defaults = {
        parameter.name: machine.evaluate(frame, parameter.default)
        for parameter in node.parameters.items
        if parameter.default is not None
    }
    qualified = f"{frame.name}.{name}" if frame.name else name
    if frame.owner is not None and frame.identity == frame.owner.identity:
        # A method sees the scope around its class, not the class's own.
        assert frame.closure is not None
        return Function(node, frame.closure, defaults, qualified, frame.owner)
    return Function(node, frame, defaults, qualified)


def define_function(machine: Machine, frame: Frame, node: ir.Function) -> Value:
    """The value a ``def`` binds: its decorators are applied, innermost first."""
    value: Value = function_value(machine, frame, node, node.name)
    for decorator in reversed(node.decorators):
        value = _decorated(machine, frame, decorator, value)
    return value


def _decorated(machine: Machine, frame: Frame, node: ir.Expression, value: Value) -> Value:
    place = Place(frame.path, node.at)
    decorator = machine.evaluate(frame, node)
    if isinstance(decorator, External):
        kind = _KINDS.get(decorator.name)
        if isinstance(value, Handled) and value.handler == PYRO_METHOD and kind is not None:
            # Of a property that is a ``pyro_method`` the getter counts.
            value = value.program
        if kind is not None and isinstance(value, Function):
            return msgspec.structs.replace(value, kind=kind)
        if decorator.name == PYRO_METHOD:
            return Handled(PYRO_METHOD, value, {}, place)
    if isinstance(node, ir.Attribute) and node.attr in ("setter", "getter", "deleter"):
        known = machine.evaluate(frame, node.value)
        if isinstance(known, Function) and known.kind == "property":
            if node.attr == "setter":
                machine.store.write(frame.identity, setter_of(known.name), value)
            return known
        return decorator if node.attr != "getter" else value
    result = machine.call(decorator, Arguments((value,), {}, (place,)), place)
    if isinstance(result, Unknown) or (
        isinstance(result, LibraryObject) and result.kind not in ("prior", "parameter", "handler")
    ):
        # What is not known of a decorator from a library is taken to keep the function.
        return value if not _is_ours(decorator) else result
    return result


def setter_of(name: str) -> str:
    """The cell of a class that holds the setter of a property of that name."""
    return f"{name.rsplit('.', 1)[-1]}.setter"


def _is_ours(decorator: Value) -> bool:
    return isinstance(decorator, Function | Class)


_KINDS = {
    "builtins.staticmethod": "static",
    "builtins.classmethod": "class",
    "builtins.property": "property",
    "functools.cached_property": "property",
    "torch.jit.unused": "function",
}


def lookup_order(bases: tuple[Value, ...]) -> tuple[Value, ...]:
    """Bases depth first, of a repeated one the last occurrence, as diamonds ask for."""
    order: list[Value] = []
    for base in bases:
        order.extend((base, *base.order) if isinstance(base, Class) else (base,))
    return tuple(
        each
        for index, each in enumerate(order)
        if not any(each is later for later in order[index + 1 :])
    )


def define_class(machine: Machine, frame: Frame, node: ir.Class) -> Value:
    """The class a ``class`` statement binds: its body runs in a frame of its own."""
    bases = tuple(
        machine.evaluate(frame, base.value)
        for base in node.bases
        if base.keyword is None and base.star == 0
    )
    identity = machine.store.allocate()
    place = Place(frame.path, node.at)
    name = f"{frame.name}.{node.name}" if frame.name else node.name
    cls = Class(identity, name, bases, place, node, lookup_order(bases))
    body = Frame(identity, frame.path, name, frame, owner=cls)
    machine.execute(body, node.body)
    made: Value = cls
    for decorator in reversed(node.decorators):
        function = machine.evaluate(frame, decorator)
        if _is_ours(function):
            result = machine.call(function, Arguments((made,), {}, (place,)), place)
            made = result if isinstance(result, Class) else made
    return made
