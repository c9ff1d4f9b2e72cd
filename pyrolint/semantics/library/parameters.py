"""Parameters: ``pyro.param`` and the declaration of any other."""

from __future__ import annotations

from pyrolint.semantics import sets
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.constraints import as_constraint
from pyrolint.semantics.library.plates import in_subsample
from pyrolint.semantics.library.statements import each_way, note_statement
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import ParamSite, StatementKind
from pyrolint.semantics.sets import Interval, projection
from pyrolint.semantics.sizes import size_of
from pyrolint.semantics.strings import is_choice_of_words, name_of
from pyrolint.semantics.values import (
    NONE,
    ConstraintValue,
    Function,
    Numeric,
    Origin,
    OriginKind,
    Value,
)
from pyrolint.syntax.ir import Place


def param(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.param(name, init, constraint, event_dim)``"""
    name = arguments.get(0, "name")
    if name is None:
        return opaque("pyro.param without a name", arguments, place)
    note_statement(machine, StatementKind.PARAM, name, place, arguments.place(0, "name"))
    if is_choice_of_words(name):
        return each_way(machine, name, lambda option: _param(machine, option, arguments, place))
    value = _param(machine, name, arguments, place)
    return in_subsample(machine, value, arguments.get(3, "event_dim"))


def _param(machine: Machine, name: Value, arguments: Arguments, place: Place) -> Value:
    text, name_known = name_of(name)
    init = arguments.get(1, "init_tensor")
    if init == NONE:
        init = None
    if init is None:
        if not arguments.is_open and text is not None and text in machine.parameters:
            return machine.parameters[text]
        origin = Origin(OriginKind.PARAMETER, place, text)
        record_parameter(machine, text, name_known, place, "pyro.param", None, None, None, None)
        return Numeric(None, None, None, (origin,), "float", "tensor")
    return parameter(
        machine,
        text,
        name_known,
        init,
        arguments.place(1, "init_tensor"),
        arguments.get(2, "constraint"),
        arguments.place(2, "constraint"),
        place,
        "pyro.param",
        event_dims=_event_dims(arguments),
    )


def _event_dims(arguments: Arguments) -> int | None:
    """How many dimensions a statement declares as those of one event, where it says so."""
    declared = arguments.get(3, "event_dim")
    return size if declared is not None and isinstance(size := size_of(declared), int) else None


def parameter(
    machine: Machine,
    name: str | None,
    name_known: bool,
    init: Value,
    init_place: Place | None,
    constraint: Value | None,
    constraint_place: Place | None,
    place: Place,
    kind: str,
    *,
    event_dims: int | None = None,
) -> Numeric:
    """Declare a parameter and give its value: all of its constraint's set."""
    if isinstance(init, Function):
        init = machine.call(init, Arguments(), place)
        init_place = None
    given = as_constraint(constraint, constraint_place or place)
    if constraint is None or constraint == NONE:
        members: sets.Set | None = sets.REAL
    else:
        members = given.members if given is not None else None
    record_parameter(
        machine, name, name_known, place, kind, init, init_place, given, constraint_place,
        constraint_unknown=constraint not in (None, NONE) and given is None, event_dims=event_dims,
    )  # fmt: skip
    constrained = given is not None
    origin = Origin(OriginKind.PARAMETER, place, name, members, constrained, kind, constraint_place)
    number = as_numeric(init)
    shape = number.shape if number is not None else None
    value = Numeric(members, members, starting_set(init), (origin,), "float", "tensor", shape=shape)
    if name is not None and kind == "pyro.param":
        # The store keeps what stands first; a later statement of the same name reads it.
        machine.parameters.setdefault(name, value)
        if machine.parameters[name].origins[0].place != place:
            machine.parameters[name] = value
    return value


def starting_set(init: Value) -> Interval | None:
    """Where an initial value lies, None where it depends on what is not known."""
    number = as_numeric(init)
    if number is None or number.within is None:
        return None
    if any(each.kind is not OriginKind.RANDOM for each in number.origins):
        return None
    return projection(number.within)


def record_parameter(
    machine: Machine,
    name: str | None,
    name_known: bool,
    place: Place,
    kind: str,
    init: Value | None,
    init_place: Place | None,
    constraint: ConstraintValue | None,
    constraint_place: Place | None,
    *,
    constraint_unknown: bool = False,
    event_dims: int | None = None,
) -> None:
    """Note a parameter for the program that runs and for the file."""
    recorder = machine.recorder
    if recorder is not None and any(scope.name.endswith(".lift") for scope in machine.handlers):
        recorder.note_unknown("a parameter that may be lifted to a site", place)
    site = ParamSite(
        name,
        name_known,
        place,
        kind,
        init,
        init_place,
        constraint,
        constraint_place,
        recorder.name if recorder is not None else "",
        machine.path,
        constraint_unknown=constraint_unknown,
        thresholds=machine.thresholds,
        plates=recorder.active_plates if recorder is not None else (),
        event_dims=event_dims,
    )
    if recorder is not None:
        recorder.parameters.append(site)
    machine.facts.parameters.append(site)
