"""Branches: what a test decides, and how the two ways of a decision are run and joined."""

from __future__ import annotations

from collections.abc import Callable

from pyrolint.semantics.alternatives import alternatives, choose, summary
from pyrolint.semantics.comparisons import compare, compared, truth
from pyrolint.semantics.contents import elements_of
from pyrolint.semantics.frames import Changes, Frame, State
from pyrolint.semantics.machine import ASKS, Machine, Test
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.values import (
    Decision,
    Entries,
    External,
    Guard,
    Items,
    Origin,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def condition(machine: Machine, frame: Frame, test: ir.Expression) -> Test:
    """Whether a test holds, and the decision it makes where that is not known."""
    if isinstance(test, ir.Unary) and test.operator == "not":
        return condition(machine, frame, test.operand).negated()
    sides: list[Value] = []
    if isinstance(test, ir.Comparison):
        sides = [machine.evaluate(frame, each) for each in (test.left, *test.rights)]
        value = compared(machine, test.operators, sides[0], sides[1:])
    else:
        value = machine.evaluate(frame, test)
    holds = truth(machine, value)
    if holds is not None:
        return Test(holds)
    where = (frame.identity, test.at, frame.turns)
    if any(map(_asks_library, (value, *sides))):
        return Test(None, ((ASKS, *where), 1))
    key: object = where
    taken = 1
    verdicts: list[tuple[Guard, bool | None]] = []
    if isinstance(test, ir.Comparison) and len(test.rights) == 1:
        operator = test.operators[0]
        subject = sides[0]
        right = test.rights[0]
        if isinstance(right, ir.Constant) and isinstance(subject, Unknown):
            if operator in ("is", "==", "is not", "!="):
                key = ("is", subject, right.value)
                taken = 1 if operator in ("is", "==") else 0
        else:
            other = sides[1]
            verdicts = [
                (guard, compare(machine, operator, option, other))
                for guard, option in alternatives(subject)
            ]
    elif isinstance(value, Unknown):
        key = ("truth", value)
    else:
        verdicts = [(guard, truth(machine, option)) for guard, option in alternatives(value)]
    agreed = {verdict for _, verdict in verdicts}
    if len(agreed) == 1 and (verdict := agreed.pop()) is not None:
        return Test(verdict)
    about = origins_of(value)
    if about:
        machine.tests[key] = about
        note_test(machine, about, Place(frame.path, test.at))
    own = _own_decision(verdicts)
    if own is not None:
        return Test(None, own)
    for known, way in machine.path:
        if known == key:
            return Test(way == taken)
    return Test(
        None,
        (key, taken),
        _left_over(verdicts, ruled_out=False),
        _left_over(verdicts, ruled_out=True),
    )


def _asks_library(value: Value) -> bool:
    """Whether a test is on the version of a library, or on what a module has."""
    name = value.name if isinstance(value, External) else getattr(value, "source", None)
    return name == "builtins.hasattr" or (name is not None and "version" in name)


def note_test(machine: Machine, about: tuple[Origin, ...], place: Place) -> None:
    """Note what a test in a program is about."""
    if machine.recorder is not None:
        machine.recorder.tests.setdefault(place, about)


def _own_decision(verdicts: list[tuple[Guard, bool | None]]) -> Decision | None:
    """The decision that two alternatives hang on, where the test tells them apart."""
    if len(verdicts) != 2 or {verdict for _, verdict in verdicts} != {True, False}:
        return None
    (first, _), (second, _) = verdicts
    if len(first) != 1 or len(second) != 1 or first[0][0] != second[0][0]:
        return None
    if {first[0][1], second[0][1]} != {0, 1}:
        return None
    return next(guard[0] for guard, verdict in verdicts if verdict)


def _left_over(verdicts: list[tuple[Guard, bool | None]], *, ruled_out: bool) -> Guard:
    """What the alternatives have in common that are left where a verdict rules out the others."""
    left = [guard for guard, verdict in verdicts if verdict is not ruled_out]
    if not left or len(left) == len(verdicts):
        return ()
    return tuple(decision for decision in left[0] if all(decision in each for each in left))


def branch(
    machine: Machine,
    test: Test,
    positive: Callable[[], bool],
    negative: Callable[[], bool],
) -> bool:
    """Run both ways of an undecided test and join what they leave behind."""
    assert test.decision is not None
    key, taken = test.decision
    entry = machine.path
    mark = machine.store.mark()
    newest = machine.store.identities
    handlers = machine.handlers
    machine.path = (*entry, (key, taken), *test.when_true)
    positive_falls = positive()
    positive_path = machine.path
    positive_changes = machine.store.rewind(mark)
    machine.path = (*entry, (key, 1 - taken), *test.when_false)
    machine.handlers = handlers
    negative_falls = negative()
    negative_path = machine.path
    negative_changes = machine.store.rewind(mark)
    if positive_falls and negative_falls:
        machine.path = entry
        join(machine, (key, taken), positive_changes, negative_changes)
        return True
    machine.path = positive_path if positive_falls else negative_path if negative_falls else entry
    for falls, changes in ((positive_falls, positive_changes), (negative_falls, negative_changes)):
        machine.store.apply(changes if falls else newer(changes, newest))
    return positive_falls or negative_falls


def newer(changes: Changes, newest: int) -> Changes:
    """The contents of objects made since: what a path that ended here may have returned."""
    return {cell: value for cell, value in changes.items() if cell[0] > newest}


def join(machine: Machine, decision: Decision, positive: Changes, negative: Changes) -> None:
    """Write the cells that either way changed, as alternatives guarded by the decision."""
    key, taken = decision
    merge(machine, [(((key, taken),), positive), (((key, 1 - taken),), negative)])


def merge(machine: Machine, states: list[State]) -> None:
    """Write the cells that any of several paths changed, as alternatives under their guards."""
    store = machine.store
    for cell in dict.fromkeys(cell for _, changes in states for cell in changes):
        old = store.cells.get(cell)
        contents = [
            (guard, content)
            for guard, changes in states
            if (content := changes.get(cell, old)) is not None
        ]
        guard, value = contents[0]
        if all(content is value for _, content in contents):
            store.write(*cell, value)
            continue
        for position, (other_guard, other) in enumerate(contents[1:]):
            value = _joined(value, other, () if position else guard, other_guard)
        store.write(*cell, value)


def _joined(one: Value, other: Value, one_guard: Guard, other_guard: Guard) -> Value:
    for side in (one, other):
        if isinstance(side, Unknown) and side.is_written_over:
            return side
    if isinstance(one, Items) or isinstance(other, Items):
        return _joined_items(one, other)
    if isinstance(one, Entries) and isinstance(other, Entries):
        keys = {**one.known, **other.known}
        known: dict[object, Value] = {}
        for name in keys:
            first, second = one.known.get(name), other.known.get(name)
            if first is not None and second is not None:
                known[name] = choose([(one_guard, first), (other_guard, second)])
            else:
                present = first if first is not None else second
                assert present is not None
                known[name] = present
        rest = one.rest if one.rest is not None else other.rest
        return Entries(known, rest, {**one.places, **other.places})
    return choose([(one_guard, one), (other_guard, other)])


def _joined_items(one: Value, other: Value) -> Value:
    elements: list[Value] = []
    for side in (one, other):
        if isinstance(side, Items):
            elements.extend(elements_of(side))
    return Items(None, summary(elements))
