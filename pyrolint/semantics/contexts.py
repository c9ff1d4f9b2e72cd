"""Contexts: ``with`` over plates, effect handlers and switches."""

from __future__ import annotations

from pyrolint.semantics.binding import bind
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.handlers import SwitchScope
from pyrolint.semantics.machine import Arguments, HandlerScope, Machine
from pyrolint.semantics.values import (
    Choice,
    Handled,
    LibraryObject,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def run_with(machine: Machine, frame: Frame, node: ir.With) -> bool:
    """``with``: what its contexts change holds for its body."""
    handlers = machine.handlers
    recorder = machine.recorder
    plates = recorder.active_plates if recorder is not None else ()
    switches = SwitchScope(machine)
    for item in node.items:
        context = machine.evaluate(frame, item.context)
        switches.enter(context)
        bound = _enter(machine, context, Place(frame.path, item.context.at))
        if item.target is not None:
            bind(machine, frame, item.target, bound)
    falls = machine.execute(frame, node.body)
    switches.leave()
    machine.handlers = handlers
    if recorder is not None:
        recorder.active_plates = plates
    return falls


def _enter(machine: Machine, context: Value, place: Place) -> Value:
    match context:
        case LibraryObject(name=name, kind="handler", arguments=arguments):
            machine.handlers = (*machine.handlers, HandlerScope(name, arguments, place))
            return context
        case Handled(handler=name, arguments=arguments):
            machine.handlers = (*machine.handlers, HandlerScope(name, arguments, place))
            return context
        case Choice():
            for _, option in context.alternatives:
                _enter(machine, option, place)
            return Unknown("one of several contexts", place)
        case Sequence() | Tuple():
            return context
        case _:
            return machine.call_method(context, "__enter__", Arguments(), place)
