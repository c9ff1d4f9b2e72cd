"""Loops: turns that are run one by one, or twice where nobody can say how many there are."""

from __future__ import annotations

from collections.abc import Callable

from pyrolint.semantics.alternatives import alternatives, summary
from pyrolint.semantics.branches import join, merge, note_test
from pyrolint.semantics.comparisons import truth
from pyrolint.semantics.frames import Changes, Frame, Loop
from pyrolint.semantics.iteration import length_of
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.names import LoopRun, Turn
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.turns import begin_loop, handed_out
from pyrolint.semantics.values import (
    NONE,
    Choice,
    Constant,
    Entries,
    Items,
    Numeric,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def run_for(machine: Machine, frame: Frame, node: ir.For) -> bool:
    """``for``: a turn for each item where all are known, else turns with what an item is like."""
    recorder = machine.recorder
    plates = recorder.active_plates if recorder is not None else ()
    iterable = machine.evaluate(frame, node.iterable)
    place = Place(frame.path, node.iterable.at)
    contents = machine.iterate(iterable, place)
    loop = Loop(machine.store.mark(), machine.path)
    run = begin_loop(machine, place, node.target, iterable, contents)
    _enter(machine, frame, node, length_of(iterable, contents))
    if isinstance(contents, tuple) and run.is_exact:
        falls = True
        for number, item in enumerate(contents):
            machine.bind(frame, node.target, item)
            falls = _turn(machine, frame, node.body, loop, Turn(run, number))
            if not falls:
                break
    else:
        element = contents if not isinstance(contents, tuple) else summary(list(contents))

        def start(number: int) -> None:
            item = element or NONE
            if recorder is not None:
                item = handed_out(machine, run, number, item)
            machine.bind(frame, node.target, item)

        _repeat(machine, frame, node, loop, run, start)
        falls = True
    if recorder is None:
        machine.facts.training.leave()
    else:
        # A sequential plate ends with its loop.
        recorder.active_plates = plates
    return _leave(machine, frame, node, loop, falls=falls)


def run_while(machine: Machine, frame: Frame, node: ir.While) -> bool:
    """``while``: turns of a loop of unknown length; one whose test is true ends by ``break``."""
    loop = Loop(machine.store.mark(), machine.path)
    test = machine.evaluate(frame, node.test)
    note_test(machine, origins_of(test), Place(frame.path, node.test.at))
    holds = truth(machine, test)
    endless = holds is True and _is_endless(node)
    if holds is not False:
        run = begin_loop(machine, Place(frame.path, node.test.at), None, None, NONE)
        _enter(machine, frame, node, None)
        _repeat(machine, frame, node, loop, run, lambda _: None)
        if machine.recorder is None:
            machine.facts.training.leave()
    return _leave(machine, frame, node, loop, falls=not endless)


def _enter(machine: Machine, frame: Frame, node: ir.For | ir.While, length: Value | None) -> None:
    if machine.recorder is None:
        place = Place(frame.path, node.at)
        machine.facts.training.enter(place, machine.path, machine.store.identities, length)


def run_jump(machine: Machine, frame: Frame, node: ir.Jump) -> bool:
    """``break`` and ``continue``: the path ends here, and goes on after the loop or its turn."""
    if not frame.loops:
        return True
    loop = frame.loops[-1]
    if node.kind == "break":
        loop.breaks.append((machine.path[len(loop.entry) :], machine.store.changes(loop.mark)))
    else:
        loop.continues.append(
            (machine.path[len(loop.turn_entry) :], machine.store.changes(loop.turn_mark))
        )
    return False


def _turn(
    machine: Machine, frame: Frame, body: tuple[ir.Statement, ...], loop: Loop, turn: Turn
) -> bool:
    """One turn; False where no path goes on to the next."""
    entry = machine.path
    loop.turn_mark, loop.turn_entry = machine.store.mark(), entry
    loop.continues = []
    frame.loops.append(loop)
    frame.turns = (*frame.turns, turn.number)
    machine.turning += 1
    outer = machine.turns
    machine.turns = (*outer, turn)
    falls = machine.execute(frame, body)
    machine.turns = outer
    machine.turning -= 1
    frame.turns = frame.turns[:-1]
    frame.loops.pop()
    if loop.continues:
        states = loop.continues
        changes = machine.store.rewind(loop.turn_mark)
        if falls:
            states = [*states, (machine.path[len(entry) :], changes)]
        merge(machine, states)
        machine.path = (*entry, *(states[0][0] if len(states) == 1 else ()))
        falls = True
    return falls


def _leave(
    machine: Machine, frame: Frame, node: ir.For | ir.While, loop: Loop, *, falls: bool
) -> bool:
    """The end of a loop: its ``else``, then what the paths left behind that broke off."""
    if falls:
        falls = machine.execute(frame, node.orelse)
    if not loop.breaks:
        return falls
    states = loop.breaks
    changes = machine.store.rewind(loop.mark)
    if falls:
        states = [*states, (machine.path[len(loop.entry) :], changes)]
    merge(machine, states)
    machine.path = (*loop.entry, *(states[0][0] if len(states) == 1 else ()))
    return True


def _repeat(
    machine: Machine,
    frame: Frame,
    node: ir.For | ir.While,
    loop: Loop,
    run: LoopRun,
    start: Callable[[int], None],
) -> None:
    """Two turns of a loop of unknown length: as it enters, and with what a turn left behind.

    Where ``break`` may end it later than that, a third shows what it leaves behind then.
    """
    store = machine.store
    entry = machine.path
    key = (frame.identity, node.at, "turn")
    first: Changes = {}
    for number in range(2):
        mark = store.mark()
        start(number)
        falls = _turn(machine, frame, node.body, loop, Turn(run, number))
        run.turns, run.goes_on = number + 1, falls
        machine.path = entry
        after = store.rewind(mark)
        if not falls:
            return
        carried = {
            cell: value for cell, value in after.items() if not _same(store.cells.get(cell), value)
        }
        if not number and _is_run_again(machine, carried):
            first = carried
            join(machine, (key, 1), carried, {})
            continue
        # A loop is taken to run: what it replaced is gone, what it added to may be any size.
        grown: Changes = {
            c: each for c, each in carried.items() if isinstance(each, Items | Entries)
        }
        join(machine, (key, number + 1), grown, {})
        before = first or {c: store.cells[c] for c in carried if c in store.cells}
        settled = {
            cell: _widened(before.get(cell), value)
            for cell, value in carried.items()
            if cell not in grown
        }
        store.apply(settled)
        if loop.breaks or _is_endless(node):
            if any(settled[cell] is not carried[cell] for cell in settled):
                # How the loop is left after many turns, with what is not known of them.
                mark = store.mark()
                start(number + 1)
                _turn(machine, frame, node.body, loop, Turn(run, number + 1))
                machine.path = entry
                store.rewind(mark)
        return


def _is_endless(node: ir.For | ir.While) -> bool:
    return isinstance(node, ir.While) and isinstance(node.test, ir.Constant)


def _is_run_again(machine: Machine, carried: Changes) -> bool:
    """Whether a turn changed what the next one may read.

    In a program anything counts. In plain code numbers do, and only in the outermost loop: inside
    it, and in what it calls, each loop would double the work of the one around it.
    """
    if machine.recorder is not None:
        return any(cell in machine.store.cells for cell in carried)
    return machine.turning == 0 and any(
        cell in machine.store.cells and _is_number(value) for cell, value in carried.items()
    )


def _widened(before: Value | None, after: Value) -> Value:
    """A cell after any number of turns: what differs from turn to turn is not known.

    ``before`` is its content a turn earlier.
    """
    if before is None or not (_is_number(before) and _is_number(after)):
        return after
    if [option for _, option in alternatives(before)] == [o for _, o in alternatives(after)]:
        return after
    if isinstance(before, Numeric) and isinstance(after, Numeric):
        same = before.within == after.within and before.reaches == after.reaches
        return replaced(
            after,
            within=after.within if before.within == after.within else None,
            reaches=after.reaches if same else None,
            literal=None,
            start=None,
        )
    return Unknown("changes from turn to turn", None, origins_of(after), is_independent(after))


def _is_number(value: Value) -> bool:
    match value:
        case Numeric():
            return True
        case Constant(content):
            return isinstance(content, int | float) and not isinstance(content, bool)
        case Choice(alternatives=options):
            return all(_is_number(option) for _, option in options)
        case _:
            return False


def _same(one: Value | None, other: Value) -> bool:
    return one is other or (type(one) is type(other) and one == other)
