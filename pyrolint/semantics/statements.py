"""Statements: control flow with guarded alternatives, assignments, definitions, imports.

``execute`` answers whether control falls through to what follows. A branch runs on the one store,
is taken back, and is joined with its rival; the decisions that lead somewhere are ``path``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyrolint.semantics import numeric
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.binding import bind, write_name
from pyrolint.semantics.branches import branch, condition, merge, newer
from pyrolint.semantics.contexts import run_with
from pyrolint.semantics.definitions import define_class, define_function
from pyrolint.semantics.expressions import hand_on
from pyrolint.semantics.frames import Changes, Frame, State
from pyrolint.semantics.imports import import_from, import_modules
from pyrolint.semantics.inplace import write_over
from pyrolint.semantics.loops import run_for, run_jump, run_while
from pyrolint.semantics.machine import TRIES, Machine, Test
from pyrolint.semantics.operators import BINARY
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.values import NONE, Guard, List, Numeric, Unknown, Value
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def execute(machine: Machine, frame: Frame, body: tuple[ir.Statement, ...]) -> bool:
    """Run statements in order; False where no path reaches their end."""
    for statement in body:
        if not _STATEMENTS[type(statement)](machine, frame, statement):
            return False
    return True


def _expression(machine: Machine, frame: Frame, node: ir.ExpressionStatement) -> bool:
    machine.evaluate(frame, node.value)
    return True


def _assign(machine: Machine, frame: Frame, node: ir.Assign) -> bool:
    value = machine.evaluate(frame, node.value)
    if len(node.targets) > 1 or isinstance(node.value, ir.Name | ir.Attribute):
        machine.store.share(value)
    hand_on(machine, value, node.value, frame.path)
    for target in node.targets:
        bind(machine, frame, target, value)
    return True


def _augmented(machine: Machine, frame: Frame, node: ir.AugmentedAssign) -> bool:
    target = machine.evaluate(frame, node.target)
    value = machine.evaluate(frame, node.value)
    place = Place(frame.path, node.at)
    if isinstance(target, List) and node.operator == "+":
        machine.call_method(target, "extend", Arguments((value,), {}, (place,)), place)
        return True
    function = BINARY.get(node.operator)
    result: Value
    if function is not None:
        result = numeric.lift2(function, target, value, place)
    else:
        origins = (*origins_of(target), *origins_of(value))
        result = Unknown("augmented assignment", place, origins)
    if isinstance(target, Numeric) and target.form == "tensor":
        write_over(machine, frame, node.target, target, result)
    else:
        bind(machine, frame, node.target, result)
    return True


def _return(machine: Machine, frame: Frame, node: ir.Return) -> bool:
    value: Value = NONE
    if node.value is not None:
        value = machine.evaluate(frame, node.value)
        recorder = machine.recorder
        if recorder is None or machine.nesting > recorder.nesting + 1:
            # What the program itself returns is for others to use.
            hand_on(machine, value, node.value, frame.path)
    frame.returns.append((machine.path[frame.path_at_entry :], value))
    return False


def _raise(machine: Machine, frame: Frame, node: ir.Raise) -> bool:
    if node.value is not None:
        machine.evaluate(frame, node.value)
    return False


def _assert(machine: Machine, frame: Frame, node: ir.Assert) -> bool:
    machine.evaluate(frame, node.test)
    return True


def _declaration(machine: Machine, frame: Frame, node: ir.Declaration) -> bool:
    for name in node.names:
        frame.declared[name] = node.kind
    return True


def _delete(machine: Machine, frame: Frame, node: ir.Delete) -> bool:
    for target in node.targets:
        if not isinstance(target, ir.Name):
            bind(machine, frame, target, Unknown("deleted", Place(frame.path, node.at)))
    return True


def _opaque(machine: Machine, frame: Frame, node: ir.OpaqueStatement) -> bool:
    place = Place(frame.path, node.at)
    if machine.recorder is not None:
        machine.recorder.note_unknown("a statement of no known kind", place)
    for name in node.bound:
        machine.store.write(frame.identity, name, Unknown("a statement of no known kind", place))
    return True


def _import(machine: Machine, frame: Frame, node: ir.Import) -> bool:
    import_modules(machine, frame, node)
    return True


def _import_from(machine: Machine, frame: Frame, node: ir.ImportFrom) -> bool:
    import_from(machine, frame, node)
    return True


def _function(machine: Machine, frame: Frame, node: ir.Function) -> bool:
    if frame.closure is None:
        machine.note_replaced(frame, node.name)
    write_name(machine, frame, node.name, define_function(machine, frame, node))
    return True


def _class(machine: Machine, frame: Frame, node: ir.Class) -> bool:
    write_name(machine, frame, node.name, define_class(machine, frame, node))
    return True


def _if(machine: Machine, frame: Frame, node: ir.If) -> bool:
    test = condition(machine, frame, node.test)
    if test.decision is None:
        return execute(machine, frame, node.body if test.holds else node.orelse)
    return branch(
        machine,
        test,
        lambda: execute(machine, frame, node.body),
        lambda: execute(machine, frame, node.orelse),
    )


def _match(machine: Machine, frame: Frame, node: ir.Match) -> bool:
    machine.evaluate(frame, node.subject)
    return _cases(machine, frame, node.cases)


def _cases(machine: Machine, frame: Frame, cases: tuple[ir.Case, ...]) -> bool:
    entry = machine.path
    mark = machine.store.mark()
    newest = machine.store.identities
    handlers = machine.handlers
    states: list[State] = []
    ended: Changes = {}
    refuted: Guard = ()
    for case in (*cases, None):
        machine.path = (*entry, *refuted)
        machine.handlers = handlers
        test = _case_test(machine, frame, case)
        if test.holds is False:
            continue
        if test.decision is not None:
            machine.path = (*machine.path, test.decision, *test.when_true)
        falls = case is None or execute(machine, frame, case.body)
        path = machine.path[len(entry) :]
        changes = machine.store.rewind(mark)
        if falls:
            states.append((path, changes))
        else:
            ended.update(newer(changes, newest))
        if test.decision is None:
            break
        key, taken = test.decision
        refuted = (*refuted, (key, 1 - taken), *test.when_false)
    machine.handlers = handlers
    machine.store.apply(ended)
    merge(machine, states)
    machine.path = (*entry, *(states[0][0] if len(states) == 1 else ()))
    return bool(states)


def _case_test(machine: Machine, frame: Frame, case: ir.Case | None) -> Test:
    """Whether a case is taken; None stands for no case at all."""
    if case is None:
        return Test(True)
    place = Place(frame.path, case.at)
    for name in case.bound:
        machine.store.write(frame.identity, name, Unknown("bound by a pattern", place))
    if case.irrefutable:
        return Test(True)
    if case.test is not None:
        return condition(machine, frame, case.test)
    return Test(None, ((frame.identity, case.at, frame.turns), 1))


def _try(machine: Machine, frame: Frame, node: ir.Try) -> bool:
    place = Place(frame.path, node.at)

    def body() -> bool:
        return execute(machine, frame, node.body) and execute(machine, frame, node.orelse)

    def handlers() -> bool:
        falls = False
        for index, handler in enumerate(node.handlers):
            if handler.name is not None:
                machine.store.write(
                    frame.identity, handler.name, Unknown("an exception", place, independent=True)
                )
            if index == 0:
                falls = execute(machine, frame, handler.body)
            elif machine.recorder is not None:
                machine.recorder.note_unknown("a further handler of exceptions", place)
        return falls

    returned = len(frame.returns)
    falls = (
        branch(
            machine, Test(None, ((TRIES, frame.identity, node.at, frame.turns), 1)), body, handlers
        )
        if node.handlers
        else body()
    )
    ahead = len(frame.returns)
    if execute(machine, frame, node.finalbody):
        return falls
    # A return in ``finally`` takes the place of those before it.
    del frame.returns[returned:ahead]
    return False


_STATEMENTS: Mapping[type, Callable[[Machine, Frame, Any], bool]] = {
    ir.ExpressionStatement: _expression,
    ir.Assign: _assign,
    ir.AugmentedAssign: _augmented,
    ir.Return: _return,
    ir.If: _if,
    ir.For: run_for,
    ir.While: run_while,
    ir.With: run_with,
    ir.Try: _try,
    ir.Function: _function,
    ir.Class: _class,
    ir.Import: _import,
    ir.ImportFrom: _import_from,
    ir.Declaration: _declaration,
    ir.Delete: _delete,
    ir.Raise: _raise,
    ir.Assert: _assert,
    ir.Jump: run_jump,
    ir.Match: _match,
    ir.OpaqueStatement: _opaque,
}
