"""Clashes: two statements of one execution that take the same name in its trace."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pyrolint.semantics.names import Item, Likeness, LoopRun
from pyrolint.semantics.program import NamedStatement, Program, StatementKind
from pyrolint.semantics.values import Guard


class Clash(msgspec.Struct, frozen=True, eq=False):
    """A statement whose name is taken when it is come by, and the one that took it.

    ``loop`` is the loop whose turns come by the same statement, where they do.
    """

    first: NamedStatement
    second: NamedStatement
    loop: LoopRun | None = None

    @property
    def is_of_plates(self) -> bool:
        """Whether both are plates, of which it is the subsamples that take the name."""
        return self.first.kind is self.second.kind is StatementKind.PLATE


def clashes(program: Program) -> Iterator[Clash]:
    """The statements of an execution that certainly find their name taken, each of them once."""
    if not _is_traced(program):
        return
    earlier: dict[str, list[NamedStatement]] = {}
    for statement in program.statements:
        if program.inference_kind == "root" and statement.is_traced_apart:
            continue
        same_text = earlier.setdefault(statement.name.text, [])
        loop = _repeating(statement)
        before = next((each for each in same_text if _are_of_one_run(each, statement)), None)
        if before is not None:
            yield Clash(before, statement, _shared_loop(before, statement))
        elif loop is not None:
            yield Clash(statement, statement, loop)
        same_text.append(statement)


def _is_traced(program: Program) -> bool:
    """Whether a program that nobody is seen to run is certainly one: simulators draw by name too.

    One that observes, or declares parameters, is a model or a guide.
    """
    declared = {each.place for each in program.parameters if each.init is not None}
    return program.inference_kind != "root" or any(
        statement.caller == program.place and (statement.place in declared or statement.observed)
        for statement in program.statements
    )


def _are_of_one_run(one: NamedStatement, other: NamedStatement) -> bool:
    """Whether an execution that comes by one of them certainly comes by both, and cannot."""
    if one.kind is other.kind is StatementKind.PARAM:
        return False
    if one.is_counted or other.is_counted or (one.is_attribute and other.is_attribute):
        return False
    if one.name.compared(other.name) is not Likeness.EQUAL:
        return False
    if _hangs_on_turn(one.guard) or _hangs_on_turn(other.guard):
        return False
    first, second = set(one.guard), set(other.guard)
    return first <= second or second <= first


def _hangs_on_turn(guard: Guard) -> bool:
    """Whether a decision is about which turn it is: another state of the same, then."""
    return any(isinstance(key, tuple) and key[-1] == "turn" for key, _ in guard)


def _shared_loop(one: NamedStatement, other: NamedStatement) -> LoopRun | None:
    """The innermost loop whose turns the two statements, which are one in the text, stand in."""
    if one.place != other.place:
        return None
    shared = [
        turn.loop
        for turn, twin in zip(one.turns, other.turns, strict=False)
        if turn.loop is twin.loop and turn.number != twin.number
    ]
    return shared[0] if shared else None


def _repeating(statement: NamedStatement) -> LoopRun | None:
    """The loop of unknown length that comes by a statement, of the same name, in each turn."""
    if statement.kind is StatementKind.PARAM:
        return None
    if statement.is_counted or statement.is_attribute:
        return None
    for turn in reversed(statement.turns):
        loop = turn.loop
        if loop.is_exact or loop.turns != 1 or not loop.goes_on:
            # Of a loop that was run twice, the two turns are compared.
            continue
        if not set(statement.guard) <= set(loop.entry):
            continue
        around = {outer.loop for outer in statement.turns} - {loop}
        if all(isinstance(part, Item) and part.loop in around for part in statement.name.parts):
            return loop
    return None
