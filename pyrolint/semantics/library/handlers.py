"""Effect handlers of ``pyro.poutine``: around programs, as contexts, as decorators."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.flow import GRADIENT_MODES
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.modules import PYRO_METHOD, in_context
from pyrolint.semantics.machine import HandlerScope, Machine, opaque
from pyrolint.semantics.values import (
    NONE,
    Bound,
    Choice,
    Constant,
    Function,
    Handled,
    Instance,
    LibraryObject,
    Partial,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

MARKOV = "pyro.poutine.markov"
SCOPE = "pyro.contrib.autoname.scope"
_OTHERS = {
    "pyro.infer.config_enumerate": ("pyro.infer.config_enumerate", "guide", "default", "expand"),
    SCOPE: (SCOPE, "fn", "prefix", "inner"),
    "pyro.contrib.autoname.scoping.scope": (SCOPE, "fn", "prefix", "inner"),
    "pyro.contrib.autoname.name_count": ("pyro.contrib.autoname.name_count", "fn"),
    "pyro.contrib.autoname.scoping.name_count": ("pyro.contrib.autoname.name_count", "fn"),
}
"""Functions that make handlers: the name of what they make, and their parameters."""

_PASSING = frozenset({"pyro.infer.config_enumerate", MARKOV, "pyro.poutine.trace"})


def is_handler(name: str) -> bool:
    """Whether a canonical name is a handler's; a guide that works by one is a guide."""
    facts = knowledge()
    if name in facts.autoguides:
        return False
    return name in facts.handlers or name in _OTHERS


def make_handler(name: str, arguments: Arguments, place: Place) -> Value:
    """``poutine.block(program, …)``, or the handler alone as a context or decorator."""
    name, *given = _OTHERS.get(name, (name,))
    callee = knowledge().handlers.get(name)
    names = given or ["fn"]
    if callee is not None and not given:
        names = [parameter.name for parameter in callee.parameters]
    first = names[0] if names else "fn"
    values, _ = arguments.bind(names)
    program = values.get(first)
    if name == MARKOV and program is not None and program != NONE and not is_program(program):
        # Over an iterable it hands out what that does.
        return program
    if name == SCOPE and isinstance(program, Function):
        values.setdefault("prefix", Constant(program.name.rsplit(".", 1)[-1]))
    if first in ("fn", "guide", "model", "program", "history") or name in _PASSING:
        if is_program(program):
            assert program is not None
            rest = {key: value for key, value in values.items() if key != first}
            return Handled(name, program, rest, place)
        if program is not None and program != NONE and isinstance(program, Unknown):
            rest = {key: value for key, value in values.items() if key != first}
            return Handled(name, program, rest, place)
    return LibraryObject(name, "handler", values, place)


def is_program(value: Value | None) -> bool:
    """Whether a value can be run as a program."""
    match value:
        case Function() | Bound() | Partial() | Instance() | Handled():
            return True
        case LibraryObject(kind=kind):
            return kind in ("autoguide", "layer", "module")
        case Choice(options):
            return all(is_program(option) for _, option in options)
        case _:
            return False


def call_handled(machine: Machine, handled: Handled, arguments: Arguments, place: Place) -> Value:
    """Run a program under its handler, inside whatever runs now."""
    if handled.handler == PYRO_METHOD:
        given = arguments.positional
        bound = handled.program
        receiver = bound.receiver if isinstance(bound, Bound) else given[0] if given else NONE
        return in_context(machine, receiver, lambda: machine.call(bound, arguments, place))
    before = machine.handlers
    scope = HandlerScope(handled.handler, handled.arguments, handled.place)
    machine.handlers = (*before, scope)
    switches = SwitchScope(machine)
    switches.cover(handled.place)
    result = machine.call(handled.program, arguments, place)
    switches.leave()
    machine.handlers = before
    return result


def call_handled_method(
    machine: Machine, handled: Handled, name: str, arguments: Arguments, place: Place
) -> Value:
    """``poutine.trace(program).get_trace(…)`` runs the program as one."""
    if name == "get_trace":
        machine.run_program(handled, arguments, place, role="program", kind="trace")
        return Unknown("a trace", place, independent=True)
    if isinstance(handled.program, Instance):
        return machine.call_method(handled.program, name, arguments, place)
    return opaque(f"`{name}` of a program under a handler", arguments, place)


def apply_scope(
    machine: Machine, scope: LibraryObject, arguments: Arguments, place: Place
) -> Value:
    """A handler made without a program, called as a decorator with one."""
    program = arguments.get(0, "fn")
    if is_program(program):
        assert program is not None
        if scope.name in GRADIENT_MODES:
            return program
        if scope.kind == "switch":
            SwitchScope.decorate(machine, scope.place)
        return Handled(scope.name, program, scope.arguments, scope.place)
    return opaque("a handler called", arguments, place)


STACK = "contextlib.ExitStack"


def enter_in_stack(machine: Machine, context: Value | None) -> bool:
    """``stack.enter_context(handler)``: it lasts as long as the stack; False for others."""
    if not isinstance(context, LibraryObject) or context.kind != "handler":
        return False
    scope = HandlerScope(context.name, context.arguments, context.place)
    machine.handlers = (*machine.handlers, scope)
    return True


class SwitchScope:
    """A block or a decorated function that a switch (of validation, of warnings) is limited to."""

    def __init__(self, machine: Machine) -> None:
        self._facts = machine.facts
        self._calls = len(machine.facts.calls)
        self._activity = machine.facts.activity
        self._switches: set[Place] = set()
        self._restores_warnings = False

    def enter(self, context: Value) -> None:
        """A context manager is entered."""
        if isinstance(context, LibraryObject) and context.kind == "switch":
            self._switches.add(context.place)
            self._restores_warnings |= context.name == "warnings.catch_warnings"

    def cover(self, switch: Place) -> None:
        """The switch made at a place decorates what runs now."""
        self._switches.add(switch)

    @staticmethod
    def decorate(machine: Machine, switch: Place) -> None:
        """The switch made at a place is a decorator: it works while its function runs."""
        empty = SwitchScope(machine)
        empty.cover(switch)
        empty.leave()

    def leave(self) -> None:
        """Note of the switches whose effect ends here whether an inference ran under them."""
        if not self._switches:
            return
        covers = self._facts.activity > self._activity
        for index, call in enumerate(self._facts.calls):
            own = call.place in self._switches
            inside = self._restores_warnings and index >= self._calls
            if own or (inside and call.name.startswith("warnings.")):
                self._facts.calls[index] = msgspec.structs.replace(
                    call,
                    is_context=call.is_context or own,
                    covers_inference=covers or bool(call.covers_inference),
                )
