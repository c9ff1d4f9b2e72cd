"""Pyro's primitives: sample, param, plate, module, deterministic, factor, and module attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from pyrolint.semantics import sets
from pyrolint.semantics.alternatives import alternatives, choose
from pyrolint.semantics.contents import known_entries
from pyrolint.semantics.library.constraints import as_constraint
from pyrolint.semantics.library.distributions import as_distribution, breaches_of
from pyrolint.semantics.machine import Arguments, HandlerScope, Machine, opaque
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import Breach, ParamSite, PlateUse, SampleSite
from pyrolint.semantics.sets import Interval, projection
from pyrolint.semantics.strings import name_of
from pyrolint.semantics.values import (
    NONE,
    Choice,
    Constant,
    ConstraintValue,
    Distribution,
    Function,
    Guard,
    Instance,
    LibraryObject,
    Numeric,
    Origin,
    OriginKind,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

# --- sample ------------------------------------------------------------------------------------


def sample(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.sample(name, fn, *args, obs=…, obs_mask=…, infer=…)``"""
    name = arguments.get(0, "name")
    distribution = arguments.get(1, "fn")
    if name is None or distribution is None:
        return opaque("pyro.sample without a name or a distribution", arguments, place)
    observation = arguments.keywords.get("obs")
    return sample_site(
        machine, name, distribution, observation, arguments.keywords.get("infer"), place,
        is_partial="obs_mask" in arguments.keywords,
    )  # fmt: skip


def sample_site(
    machine: Machine,
    name: Value,
    distribution: Value,
    observation: Value | None,
    infer: Value | None,
    place: Place,
    *,
    is_partial: bool = False,
) -> Value:
    """Record a site as the handlers around it leave it, and give what it returns."""
    text, name_known = name_of(name)
    resolved = _resolve(machine, distribution)
    observed, value, hidden, reparameterised = _handled(
        machine, text, name_known, observation, place
    )
    recorder = machine.recorder
    if recorder is not None and not hidden:
        recorder.sites.append(
            SampleSite(
                text,
                name_known,
                place,
                resolved,
                None if is_partial else observed,
                value,
                machine.path,
                recorder.name,
                recorder.active_plates,
                infer,
                _breaches(machine, resolved),
                inference_kind=recorder.kind,
                is_reparameterised=reparameterised,
                thresholds=machine.thresholds,
                role=recorder.role,
                caller=machine.caller,
            )
        )
    if observed and value is not None and not is_partial:
        return value
    drawn = draw(machine, resolved, text, place)
    if observed is None and value is not None:
        return choose([(((("observed", place), 1),), value), (((("observed", place), 0),), drawn)])
    return drawn


def _resolve(machine: Machine, distribution: Value) -> Value:
    if isinstance(distribution, Choice):
        return choose([(g, as_distribution(machine, v)) for g, v in distribution.alternatives])
    return as_distribution(machine, distribution)


def _breaches(machine: Machine, distribution: Value) -> tuple[Breach, ...]:
    """The arguments that break their constraints; none that a test on this path is about."""
    found: list[Breach] = []
    for _, option in alternatives(distribution):
        if isinstance(option, Distribution):
            found.extend(breaches_of(option))
    tested = {origin for key, _ in machine.path for origin in machine.tests.get(key, ())}
    return tuple(each for each in found if not tested.intersection(each.value.origins))


def draw(machine: Machine, distribution: Value, name: str | None, place: Place) -> Value:
    """A draw from a site: a latent with the support as its set."""
    kind = OriginKind.LATENT if machine.recorder is not None else OriginKind.RANDOM
    options: list[tuple[Guard, Value]] = []
    for guard, option in alternatives(distribution):
        if not isinstance(option, Distribution):
            origin = Origin(kind, place, name)
            options.append((guard, Numeric(None, None, None, (origin,), None, "tensor")))
            continue
        origin = Origin(kind, place, name, option.support)
        discrete = option.family is not None and option.family.is_discrete
        origins: tuple[Origin, ...] = (origin,)
        if option.name.endswith(".Delta"):
            point = as_numeric(option.arguments.get("v", NONE))
            if point is not None and point.origins:
                origins = point.origins
        options.append(
            (
                guard,
                Numeric(
                    option.enclosure,
                    option.support,
                    None,
                    origins,
                    "int" if discrete else "float",
                    "tensor",
                ),
            )
        )
    return options[0][1] if len(options) == 1 else choose(options, place)


def observed_state(observation: Value | None) -> bool | None:
    """Whether an ``obs=`` argument observes: None where it may be None."""
    match observation:
        case None | Constant(None):
            return False
        case Choice(options):
            states = {observed_state(option) for _, option in options}
            return states.pop() if len(states) == 1 else None
        case Unknown(independent=independent):
            return True if independent else None
        case _:
            return True


def _handled(
    machine: Machine, name: str | None, name_known: bool, observation: Value | None, place: Place
) -> tuple[bool | None, Value | None, bool, bool]:
    """Observed or not, the value, hidden or not, reparameterised or not, under the handlers."""
    observed: bool | None = observed_state(observation)
    value = observation if observed is not False else None
    reparameterised = False
    for scope in reversed(machine.handlers):
        match scope.name.rsplit(".", 1)[-1]:
            case "condition" | "do":
                given = _conditioned(machine, scope, name, name_known)
                if isinstance(given, Unknown):
                    observed, value = None, value
                elif given is not None:
                    observed, value = True, given
                    if scope.name.endswith(".do"):
                        return True, given, True, reparameterised
            case "uncondition":
                observed, value = False, None
            case "reparam":
                reparameterised = True
            case "lift":
                pass
            case "block":
                verdict = _is_hidden(machine, scope, name, name_known, bool(observed))
                if verdict is None and machine.recorder is not None:
                    machine.recorder.note_unknown("may be hidden by a block", place)
                if verdict is not False:
                    return observed, value, True, reparameterised
            case _:
                pass
    return observed, value, False, reparameterised


def _conditioned(
    machine: Machine, scope: HandlerScope, name: str | None, name_known: bool
) -> Value | None:
    data = scope.arguments.get("data")
    if data is None:
        return Unknown("conditioned on what is not known")
    known = known_entries(machine, data)
    if known is None:
        return Unknown("conditioned on what is not known")
    if name_known and name in known:
        return known[name]
    return None


def _is_hidden(
    machine: Machine, scope: HandlerScope, name: str | None, name_known: bool, observed: bool
) -> bool | None:
    arguments = {k: v for k, v in scope.arguments.items() if v != NONE and k != "fn"}
    if not arguments:
        return True
    hides: list[str | None] = []
    for key, listed in arguments.items():
        if key in ("hide_fn", "expose_fn"):
            return None
        if key == "hide_all":
            return True
        if key == "expose_all":
            return False
        items = machine.iterate(listed, scope.place)
        if not isinstance(items, tuple):
            return None
        texts = [item.value for item in items if isinstance(item, Constant)]
        if len(texts) != len(items):
            return None
        if key in ("hide", "expose"):
            if not name_known:
                return None
            inside = name in texts
        else:
            inside = ("observe" if observed else "sample") in texts
        hides.append(
            "hide"
            if key.startswith("hide") and inside
            else "show"
            if key.startswith("expose") and inside
            else None
        )
        if key.startswith("expose") and not inside and "hide" not in arguments:
            return True
    return "hide" in hides


# --- param -------------------------------------------------------------------------------------


def param(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.param(name, init, constraint, event_dim)``"""
    name = arguments.get(0, "name")
    if name is None:
        return opaque("pyro.param without a name", arguments, place)
    text, name_known = name_of(name)
    init = arguments.get(1, "init_tensor")
    if init == NONE:
        init = None
    if init is None:
        if not arguments.is_open and text is not None and text in machine.parameters:
            return machine.parameters[text]
        origin = Origin(OriginKind.PARAMETER, place, text)
        _record(machine, text, name_known, place, "pyro.param", None, None, None, None)
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
    )


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
    _record(
        machine, name, name_known, place, kind, init, init_place, given, constraint_place,
        constraint_unknown=constraint not in (None, NONE) and given is None,
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
    if number is None or number.within is None or number.origins:
        return None
    return projection(number.within)


def _record(
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
) -> None:
    recorder = machine.recorder
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
    )
    if recorder is not None:
        recorder.parameters.append(site)
    machine.facts.parameters.append(site)


# --- plates and the rest -----------------------------------------------------------------------


def plate_use(plate: LibraryObject, *, is_sequential: bool = False) -> PlateUse:
    """The plate as the sites inside see it."""
    given = plate.arguments
    name = given.get("name")
    text = name_of(name)[0] if name is not None else None
    return PlateUse(
        text,
        plate.place,
        given.get("size"),
        given.get("subsample_size"),
        given.get("subsample"),
        given.get("dim"),
        is_sequential,
    )


def enter_plate(machine: Machine, plate: LibraryObject, *, is_sequential: bool = False) -> Value:
    """``with plate as index`` or ``for index in plate``."""
    recorder = machine.recorder
    if recorder is not None:
        use = plate_use(plate, is_sequential=is_sequential)
        if not any(each.place == use.place for each in recorder.plates):
            recorder.plates.append(use)
        recorder.active_plates = (*recorder.active_plates, use)
    return Numeric(
        sets.Interval(0.0, float("inf"), sets.End.CLOSED, integer=True),
        None,
        dtype="int",
        form="tensor",
        independent=True,
    )


def deterministic(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.deterministic(name, value)``: the value itself."""
    value = arguments.get(1, "value")
    return value if value is not None else opaque("pyro.deterministic", arguments, place)


def nothing(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """A statement that returns nothing of interest."""
    return NONE


def module(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.module(name, module)``: the module itself."""
    value = arguments.get(1, "nn_module")
    return value if value is not None else opaque("pyro.module", arguments, place)


def subsample(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.subsample(data, event_dim)``: the data."""
    value = arguments.get(0, "data")
    return value if value is not None else opaque("pyro.subsample", arguments, place)


def prior(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``PyroSample(prior)``: an attribute that becomes a site when it is read."""
    value = arguments.get(0, "prior") or NONE
    return LibraryObject("pyro.nn.PyroSample", "prior", {"prior": value}, place)


def module_parameter(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``PyroParam(init, constraint, event_dim)``: an attribute that becomes a parameter."""
    values, places = arguments.bind(["init_value", "constraint", "event_dim"])
    return LibraryObject("pyro.nn.PyroParam", "parameter", values, place, places)


def decorate(marker: LibraryObject, arguments: Arguments) -> LibraryObject:
    """``@PyroParam(constraint=…)`` on a method: the method gives the initial value or prior."""
    name = "prior" if marker.kind == "prior" else "init_value"
    given = arguments.get(0, name)
    if given is None:
        return marker
    return msgspec.structs.replace(marker, arguments={**marker.arguments, name: given})


def read_marker(
    machine: Machine, instance: Instance, name: str, marker: LibraryObject, place: Place
) -> Value:
    """What reading a PyroSample or PyroParam attribute gives."""
    if marker.kind == "parameter":
        init = marker.arguments.get("init_value")
        if isinstance(init, Function):
            init = machine.call(init, Arguments((instance,), {}, (place,)), place)
        return parameter(
            machine,
            name,
            True,
            init or Unknown("no initial value", place),
            marker.places.get("init_value"),
            marker.arguments.get("constraint"),
            marker.places.get("constraint"),
            marker.place,
            "PyroParam",
        )
    distribution = marker.arguments.get("prior", NONE)
    if isinstance(distribution, Function):
        distribution = machine.call(distribution, Arguments((instance,), {}, (place,)), place)
    if not isinstance(distribution, Distribution | Choice):
        distribution = _resolve(machine, distribution)
    return sample_site(machine, Constant(name), distribution, None, None, marker.place)


def nn_parameter(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``nn.Parameter(data)``: trained by Pyro only where a module holds it as an attribute."""
    values, places = arguments.bind(["data", "requires_grad"])
    init = values.get("data")
    if init is None:
        return opaque("nn.Parameter without data", arguments, place)
    if values.get("requires_grad") == Constant(False):
        number = as_numeric(init)
        return number if number is not None else Unknown("a frozen parameter", place)
    return LibraryObject("torch.nn.Parameter", "nn_parameter", values, place, places)


def read_nn_parameter(machine: Machine, name: str | None, marker: LibraryObject) -> Numeric:
    """An ``nn.Parameter`` read off its module: any real number."""
    init, kind = marker.arguments["data"], "nn.Parameter"
    _record(
        machine, name, name is not None, marker.place, kind, init, marker.places.get("data"),
        None, None,
    )  # fmt: skip
    origin = Origin(OriginKind.PARAMETER, marker.place, name, sets.REAL, statement=kind)
    return Numeric(sets.REAL, sets.REAL, starting_set(init), (origin,), "float", "tensor")


PRIMITIVES: Mapping[str, Callable[[Machine, Arguments, Place], Value]] = {
    "pyro.sample": sample,
    "pyro.param": param,
    "pyro.deterministic": deterministic,
    "pyro.factor": nothing,
    "pyro.module": module,
    "pyro.random_module": module,
    "pyro.subsample": subsample,
    "pyro.nn.PyroSample": prior,
    "pyro.nn.PyroParam": module_parameter,
    "torch.nn.Parameter": nn_parameter,
    "pyro.clear_param_store": nothing,
    "pyro.set_rng_seed": nothing,
}
