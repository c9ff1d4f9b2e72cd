"""Statements that take a name in a program's trace: how they are recorded, and those of no draw."""

from __future__ import annotations

from collections.abc import Callable

from pyrolint.semantics.alternatives import choose
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.enumeration import REPLACES, infer_option
from pyrolint.semantics.library.messengers import Outcome, Statement, under_handlers
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.program import NamedStatement, SampleSite, StatementKind
from pyrolint.semantics.strings import is_choice_of_words
from pyrolint.semantics.turns import site_name
from pyrolint.semantics.values import NONE, TRUE, Choice, Constant, Guard, Value
from pyrolint.syntax.ir import Place


def note_site(machine: Machine, reason: str, place: Place) -> None:
    """There is a site of which nothing is known."""
    if machine.recorder is not None:
        machine.recorder.note_unknown(reason, place)


def each_way(machine: Machine, name: Value, function: Callable[[Value], Value]) -> Value:
    """A statement whose name a test decides, either way on its own path."""
    assert isinstance(name, Choice)
    entry = machine.path
    options: list[tuple[Guard, Value]] = []
    for guard, option in name.alternatives:
        machine.path = (*entry, *(each for each in guard if each not in entry))
        options.append((guard, function(option)))
    machine.path = entry
    return choose(options)


def record(
    machine: Machine,
    kind: StatementKind,
    outcome: Outcome,
    place: Place,
    name_place: Place | None,
    *,
    infer: Value | None = None,
    site: SampleSite | None = None,
    is_declared: bool = True,
) -> None:
    """Note a statement as the handlers around it leave it."""
    recorder = machine.recorder
    if recorder is None or outcome.hidden:
        return
    auxiliary, is_known = infer_option(machine, infer, "is_auxiliary")
    is_known &= not any(scope.name == REPLACES for scope in machine.handlers)
    recorder.statements.append(
        NamedStatement(
            kind,
            site_name(machine, outcome.name),
            place,
            machine.path,
            machine.turns,
            name_place,
            outcome.observed,
            (auxiliary == TRUE) if is_known and isinstance(auxiliary, Constant | None) else None,
            is_declared,
            recorder.active_plates,
            site,
            site is not None and site.prior is not None,
            outcome.is_counted,
            machine.caller,
            any(scope.name.endswith(".trace") for scope in machine.handlers),
        )
    )


def note_statement(
    machine: Machine,
    kind: StatementKind,
    name: Value,
    place: Place,
    name_place: Place | None,
    *,
    is_declared: bool = True,
) -> None:
    """Note a statement that draws nothing."""
    if machine.recorder is None:
        return
    if isinstance(name, Choice) and is_choice_of_words(name):
        entry = machine.path
        for guard, option in name.alternatives:
            machine.path = (*entry, *(each for each in guard if each not in entry))
            note_statement(machine, kind, option, place, name_place, is_declared=is_declared)
        machine.path = entry
        return
    message = "param" if kind is StatementKind.PARAM else "sample"
    outcome = under_handlers(machine, Statement(name, place, type=message))
    if kind in (StatementKind.DETERMINISTIC, StatementKind.FACTOR):
        outcome.observed = True
    record(machine, kind, outcome, place, name_place, is_declared=is_declared)


def deterministic(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.deterministic(name, value)``"""
    value = arguments.get(1, "value")
    name = arguments.get(0, "name")
    if value is None or name is None:
        note_site(machine, "pyro.deterministic without a name or a value", place)
        return opaque("pyro.deterministic", arguments, place)
    note_statement(machine, StatementKind.DETERMINISTIC, name, place, arguments.place(0, "name"))
    return value


def factor(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.factor(name, log_factor, has_rsample=…)``"""
    name = arguments.get(0, "name")
    if name is None:
        note_site(machine, "pyro.factor without a name", place)
        return NONE
    said = arguments.keywords.get("has_rsample", NONE)
    note_statement(
        machine, StatementKind.FACTOR, name, place, arguments.place(0, "name"),
        is_declared=said != NONE or arguments.is_open,
    )  # fmt: skip
    return NONE
