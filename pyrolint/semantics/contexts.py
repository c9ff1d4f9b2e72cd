"""Contexts: ``with`` over plates, effect handlers and switches."""

from __future__ import annotations

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.binding import bind
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.handlers import STACK, SwitchScope
from pyrolint.semantics.library.unfollowed import may_hold_sites
from pyrolint.semantics.machine import HandlerScope, Machine
from pyrolint.semantics.values import (
    Choice,
    External,
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
    obscured = recorder is not None and recorder.is_obscured
    switches = SwitchScope(machine)
    for item in node.items:
        context = machine.evaluate(frame, item.context)
        if recorder is not None and not _is_clear(context):
            recorder.is_obscured = True
            if not (isinstance(context, Unknown) and context.source in _WITHOUT_SITES):
                at = Place(frame.path, item.context.at)
                recorder.note_unknown("a context that is not known", at)
        switches.enter(context)
        bound = _enter(machine, context, Place(frame.path, item.context.at))
        if item.target is not None:
            bind(machine, frame, item.target, bound)
    falls = machine.execute(frame, node.body)
    switches.leave()
    machine.handlers = handlers
    if recorder is not None:
        recorder.active_plates = plates
        recorder.is_obscured = obscured
    return falls


_WITHOUT_SITES = ("pyro.plate_stack", STACK, "contextlib.nullcontext", "contextlib.suppress")
"""Contexts that may hold plates, or others that are entered where they can be seen."""


def _is_clear(context: Value) -> bool:
    """Whether it is known which plates are entered with a context."""
    match context:
        case LibraryObject(kind="generator"):
            return False
        case LibraryObject() | Handled() | Sequence() | Tuple() | External():
            return True
        case Unknown(source=str() as source):
            # Of the libraries, only Pyro's own contexts are plates; a stack holds what it is given.
            if source.startswith("pyro.util."):
                return True
            return not (may_hold_sites(source) or source.startswith(("pyro.", "contextlib.")))
        case _:
            return False


def _enter(machine: Machine, context: Value, place: Place) -> Value:
    match context:
        case LibraryObject(name=name, kind="handler", arguments=arguments):
            machine.handlers = (*machine.handlers, HandlerScope(name, arguments, place))
            return context
        case Handled(handler=name, arguments=arguments):
            machine.handlers = (*machine.handlers, HandlerScope(name, arguments, place))
            return context
        case Choice():
            entry = machine.path
            for guard, option in context.alternatives:
                machine.path = (*entry, *(each for each in guard if each not in entry))
                _enter(machine, option, place)
            machine.path = entry
            return Unknown("one of several contexts", place)
        case Sequence() | Tuple():
            return context
        case Unknown(source=source) if source == STACK:
            return context
        case _:
            return machine.call_method(context, "__enter__", Arguments(), place)
