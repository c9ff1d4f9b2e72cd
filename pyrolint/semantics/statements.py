"""Statements: control flow with guarded alternatives, assignments, definitions, imports.

``execute`` answers whether control falls through to what follows. A branch runs on the one store,
is taken back, and is joined with its rival; the decisions that lead somewhere are ``path``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyrolint.semantics import numeric
from pyrolint.semantics.alternatives import choose, summary
from pyrolint.semantics.branches import branch, condition, merge, newer
from pyrolint.semantics.contents import constant_key, entries_of, items_of, new_list
from pyrolint.semantics.definitions import define_class, define_function
from pyrolint.semantics.expressions import hand_on
from pyrolint.semantics.frames import Changes, Frame, State
from pyrolint.semantics.imports import import_from, import_modules
from pyrolint.semantics.inplace import write_over
from pyrolint.semantics.library.handlers import SwitchScope
from pyrolint.semantics.loops import run_for, run_jump, run_while
from pyrolint.semantics.machine import Arguments, HandlerScope, Machine, Test
from pyrolint.semantics.operators import BINARY
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.values import (
    NONE,
    Choice,
    Constant,
    Dictionary,
    Entries,
    Guard,
    Handled,
    Items,
    LibraryObject,
    List,
    Numeric,
    Pattern,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def execute(machine: Machine, frame: Frame, body: tuple[ir.Statement, ...]) -> bool:
    """Run statements in order; False where no path reaches their end."""
    for statement in body:
        if not _STATEMENTS[type(statement)](machine, frame, statement):
            return False
    return True


# --- simple statements -----------------------------------------------------------------------


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
    _write(machine, frame, node.name, define_function(machine, frame, node))
    return True


def _class(machine: Machine, frame: Frame, node: ir.Class) -> bool:
    _write(machine, frame, node.name, define_class(machine, frame, node))
    return True


# --- binding ---------------------------------------------------------------------------------


def _write(machine: Machine, frame: Frame, name: str, value: Value) -> None:
    kind = frame.declared.get(name)
    if kind == "global":
        frame = frame.module
    elif kind == "nonlocal":
        for outer in frame.chain():
            if outer is not frame and machine.store.read(outer.identity, name) is not None:
                frame = outer
                break
    machine.store.write(frame.identity, name, value)


def bind(machine: Machine, frame: Frame, target: ir.Expression, value: Value) -> None:
    """Assign a value to a name, an attribute, an element or a pattern of such."""
    match target:
        case ir.Name(_, name):
            _write(machine, frame, name, value)
        case ir.Attribute(at, owner, attr):
            receiver = machine.evaluate(frame, owner)
            if attr == "data" and isinstance(receiver, Numeric):
                write_over(machine, frame, owner, receiver, value)
                return
            machine.set_attribute(receiver, attr, value, Place(frame.path, at))
        case ir.Display(at, _, elements):
            _unpack(machine, frame, elements, value, Place(frame.path, at))
        case ir.Starred(_, inner):
            bind(machine, frame, inner, value)
        case ir.Subscript(at, owner, indices):
            _bind_element(machine, frame, owner, indices, value, Place(frame.path, at))
        case _:
            pass


def _unpack(
    machine: Machine, frame: Frame, targets: tuple[ir.Expression, ...], value: Value, place: Place
) -> None:
    if isinstance(value, Choice):
        columns: list[list[tuple[Guard, Value]]] = [[] for _ in targets]
        for guard, option in value.alternatives:
            for column, item in zip(columns, _split(machine, targets, option, place), strict=True):
                column.append((guard, item))
        items = [choose(column, place) for column in columns]
    else:
        items = _split(machine, targets, value, place)
    for target, item in zip(targets, items, strict=True):
        bind(machine, frame, target, item)


def _split(
    machine: Machine, targets: tuple[ir.Expression, ...], value: Value, place: Place
) -> list[Value]:
    contents = machine.iterate(value, place)
    count = len(targets)
    if not isinstance(contents, tuple):
        return [
            new_list(machine, None, contents) if isinstance(target, ir.Starred) else contents
            for target in targets
        ]
    star = next((i for i, target in enumerate(targets) if isinstance(target, ir.Starred)), None)
    if star is not None and len(contents) >= count - 1:
        tail = count - star - 1
        middle = contents[star : len(contents) - tail]
        last = contents[len(contents) - tail :] if tail else ()
        return [*contents[:star], new_list(machine, middle), *last]
    if len(contents) == count:
        return list(contents)
    return [Unknown("unpacking of another length", place, origins_of(value)) for _ in targets]


def _bind_element(
    machine: Machine,
    frame: Frame,
    owner: ir.Expression,
    indices: tuple[ir.Expression, ...],
    value: Value,
    place: Place,
) -> None:
    receiver = machine.evaluate(frame, owner)
    index = [machine.evaluate(frame, each) for each in indices]
    key = index[0] if len(index) == 1 else None
    if isinstance(receiver, Dictionary):
        entries = entries_of(machine, receiver)
        name = constant_key(key if len(index) == 1 else Tuple(tuple(index)))
        if name is not None:
            entries = Entries({**entries.known, name: value}, entries.rest)
        else:
            known = {k: v for k, v in entries.known.items() if not _may_equal(key, k)}
            others = [each for each in (entries.rest, value) if each is not None]
            if len(known) < len(entries.known):
                others = [Unknown("an entry that may be another", place, origins_of(value))]
            entries = Entries(known, summary(others))
        machine.store.write(receiver.identity, "entries", entries)
    elif isinstance(receiver, List):
        items = items_of(machine, receiver)
        if items.items is not None and isinstance(key, Constant) and isinstance(key.value, int):
            if -len(items.items) <= key.value < len(items.items):
                updated = list(items.items)
                updated[key.value] = value
                machine.store.write(receiver.identity, "items", Items(tuple(updated)))
                return
        machine.store.write(
            receiver.identity, "items", Items(None, Unknown("list written in place", place))
        )
    elif isinstance(receiver, LibraryObject):
        given = Arguments((*index, value))
        machine.call_method(receiver, "__setitem__", given, place)
    elif isinstance(receiver, Numeric | Unknown | Choice):
        # A tensor or table written in place: its content, and so its scale, is another.
        origins = tuple(dict.fromkeys((*origins_of(receiver), *origins_of(value))))
        independent = is_independent(receiver) and is_independent(value)
        content = Unknown("written in place", place, origins, independent, is_written_over=True)
        write_over(machine, frame, owner, receiver, content)


def _may_equal(key: Value | None, name: object) -> bool:
    """Whether a key that is not known may be this one."""
    if isinstance(key, Pattern) and isinstance(name, str):
        return key.may_be(name)
    return not isinstance(key, Numeric) or isinstance(name, int | float)


# --- branches --------------------------------------------------------------------------------


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
        return falls

    returned = len(frame.returns)
    falls = (
        branch(machine, Test(None, ((frame.identity, node.at, frame.turns), 1)), body, handlers)
        if node.handlers
        else body()
    )
    ahead = len(frame.returns)
    if execute(machine, frame, node.finalbody):
        return falls
    # A return in ``finally`` takes the place of those before it.
    del frame.returns[returned:ahead]
    return False


# --- with ------------------------------------------------------------------------------------


def _with(machine: Machine, frame: Frame, node: ir.With) -> bool:
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
    falls = execute(machine, frame, node.body)
    switches.leave()
    machine.handlers = handlers
    if recorder is not None:
        recorder.active_plates = plates
    return falls


def _enter(machine: Machine, context: Value, place: Place) -> Value:
    match context:
        case LibraryObject(kind="plate"):
            from_plate: Value = machine.call_method(context, "__enter__", Arguments(), place)
            return from_plate
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


_STATEMENTS: Mapping[type, Callable[[Machine, Frame, Any], bool]] = {
    ir.ExpressionStatement: _expression,
    ir.Assign: _assign,
    ir.AugmentedAssign: _augmented,
    ir.Return: _return,
    ir.If: _if,
    ir.For: run_for,
    ir.While: run_while,
    ir.With: _with,
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
