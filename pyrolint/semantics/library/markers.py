"""Attributes of modules that make sites and parameters: PyroSample, PyroParam, nn.Parameter."""

from __future__ import annotations

import re

import msgspec

from pyrolint.semantics import sets
from pyrolint.semantics.alternatives import choose, under
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.modules import (
    Module,
    container,
    context_of,
    convert,
    full_name,
    hold,
    identity_of,
    is_pyro,
    plain_module,
    sets_attributes,
)
from pyrolint.semantics.library.parameters import parameter, record_parameter, starting_set
from pyrolint.semantics.library.registration import (
    freeze,
    manage,
    note_attribute,
    note_weights,
    register,
)
from pyrolint.semantics.library.sampling import draw, sample_site
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.module_facts import MarkedAttribute, ModulePrior
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.strings import name_of
from pyrolint.semantics.values import (
    NONE,
    Choice,
    Constant,
    Function,
    Instance,
    LibraryObject,
    List,
    Numeric,
    Origin,
    OriginKind,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

_MARKERS = frozenset({"prior", "parameter", "nn_parameter"})
_WEIGHTS = re.compile(r"(weight|bias)(_(ih|hh|hr)_l\d+(_reverse)?)?|in_proj_(weight|bias)")


def prior(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``PyroSample(prior)``: an attribute that becomes a site when it is read."""
    values, places = arguments.bind(["prior"])
    return LibraryObject("pyro.nn.PyroSample", "prior", {"prior": NONE, **values}, place, places)


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


def _read_parameter(
    machine: Machine, module: Module, name: Value, marker: LibraryObject, place: Place
) -> Value:
    """What reading a PyroParam attribute gives."""
    init = marker.arguments.get("init_value")
    if isinstance(init, Function) and init.owner is not None:
        # A decorated method.
        init = machine.call(init, Arguments((module,), {}, (place,)), place)
    text, name_known = name_of(name)
    return parameter(
        machine,
        text,
        name_known,
        init or Unknown("no initial value", place),
        marker.places.get("init_value"),
        marker.arguments.get("constraint"),
        marker.places.get("constraint"),
        marker.place,
        "PyroParam",
    )


def _read_prior(
    machine: Machine, module: Module, attribute: str, marker: LibraryObject, place: Place
) -> Value:
    """What reading a PyroSample attribute gives: a site of its own while its module is called.

    It is drawn once in each call of the outermost PyroModule, and kept until that ends.
    """
    context = context_of(machine, module)
    key = f"{identity_of(module)}.{attribute}"
    if context is not None:
        drawn = machine.store.read(context, key)
        if drawn is not None:
            return under(drawn, machine.path)
    distribution = marker.arguments.get("prior", NONE)
    if isinstance(distribution, Function):
        distribution = machine.call(distribution, Arguments((module,), {}, (place,)), place)
    name = full_name(machine, module, attribute)
    if isinstance(distribution, Numeric):
        # A function of the module may give a value: Pyro notes it as it does a deterministic one.
        value: Value = distribution
    elif context is None and is_pyro(machine, module):
        value = draw(machine, distribution, None, marker.place, OriginKind.RANDOM)
    else:
        read = _prior_of(machine, module, attribute, marker, place)
        value = sample_site(machine, name, distribution, None, None, marker.place, prior=read)
    if context is not None:
        machine.store.write(context, key, value)
    return value


def _prior_of(
    machine: Machine, module: Module, attribute: str, marker: LibraryObject, place: Place
) -> ModulePrior:
    prior = marker.arguments["prior"]
    expression = marker.places.get("prior")
    if isinstance(prior, Function):
        definition = prior.definition
        expression = None
        if isinstance(definition, ir.Lambda):
            expression = Place(prior.frame.path, definition.body.at)
    holders = machine.facts.holders.get(module.identity, {}).values()
    plain = (plain_module(machine, each) for each in holders)
    holder = next((each for each in plain if each is not None), None)
    return ModulePrior(module, attribute, place, prior, expression, holder)


def register_module(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.module(name, nn_module)``: its parameters are Pyro's from there on."""
    module = arguments.get(1, "nn_module")
    if module is None:
        return opaque("pyro.module", arguments, place)
    register(machine, module, place)
    return module


def random_module(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.random_module(name, nn_module, prior)``: its parameters become sites when called."""
    if machine.recorder is not None:
        machine.recorder.note_unknown("a module whose parameters are lifted to sites", place)
    return register_module(machine, arguments, place)


def to_pyro_module(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``to_pyro_module_(module, recurse)``: converts it in place."""
    module = arguments.get(0, "m")
    if module is not None:
        convert(machine, module)
    return NONE


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


def _read_nn_parameter(machine: Machine, full: Value, marker: LibraryObject) -> Numeric:
    """An ``nn.Parameter`` read off its module: any real number."""
    name, name_known = name_of(full)
    init, kind = marker.arguments["data"], "nn.Parameter"
    record_parameter(
        machine, name, name_known, marker.place, kind, init, marker.places.get("data"),
        None, None,
    )  # fmt: skip
    origin = Origin(OriginKind.PARAMETER, marker.place, name, sets.REAL, statement=kind)
    return Numeric(sets.REAL, sets.REAL, starting_set(init), (origin,), "float", "tensor")


def read_module_attribute(
    machine: Machine, module: Module, name: str, value: Value, place: Place
) -> Value:
    """Reading a PyroSample or PyroParam attribute makes its site or parameter.

    That of a plain module, while a PyroModule that holds it is called, registers it.
    """
    if isinstance(value, Choice):
        return choose(
            [
                (guard, read_module_attribute(machine, module, name, option, place))
                for guard, option in value.alternatives
            ]
        )
    if not isinstance(value, LibraryObject | Instance | List):
        return value
    pyro = is_pyro(machine, module)
    if not isinstance(value, LibraryObject) or value.kind not in _MARKERS:
        _read_held(machine, module, name, value, pyro, place)
        return value
    if value.kind != "prior" and pyro and context_of(machine, module) is None:
        note_attribute(machine, module, name, place)
    if value.kind == "nn_parameter":
        if pyro is False:
            note_weights(machine, module, place, is_called=False)
        full = full_name(machine, module, name) if pyro else Constant(name)
        return _read_nn_parameter(machine, full, value)
    if pyro is False:
        if machine.store.read(module.identity, name) is None:
            # Written in the class: nothing set it.
            note_marked(machine, module, name, value, value.place)
        return Unknown("a PyroSample or PyroParam of a module that is none of Pyro's", place)
    if value.kind == "parameter":
        return _read_parameter(machine, module, full_name(machine, module, name), value, place)
    return _read_prior(machine, module, name, value, place)


def _read_held(
    machine: Machine, module: Module, name: str, held: Value, pyro: bool | None, place: Place
) -> None:
    """Reading a module off a PyroModule: a plain one is registered, a converted one named."""
    if pyro is not False and context_of(machine, module) is not None:
        if not isinstance(held, List) or container(machine, held) is not None:
            if is_pyro(machine, held) is False:
                register(machine, held, place, name)
            manage(machine, held)
    if pyro and is_pyro(machine, held):
        if machine.store.read(identity_of(held), "#super") is None:
            hold(machine, module, Constant(name), held)


def set_module_attribute(
    machine: Machine, module: Module, name: str, value: Value, place: Place
) -> None:
    """Setting an attribute of a module: what it holds is named by it."""
    if isinstance(module, LibraryObject) and module.kind == "network_parameter":
        if name == "requires_grad":
            freeze(machine, module.arguments["module"], value, place)
        return
    hold(machine, module, Constant(name), value)
    if isinstance(value, LibraryObject) and value.kind in _MARKERS:
        known = machine.store.read(module.identity, "#marked")
        names = known.items if isinstance(known, Tuple) else ()
        machine.store.write(module.identity, "#marked", Tuple((*names, Constant(name))))
        note_marked(machine, module, name, value, place)


def note_marked(
    machine: Machine, module: Module, name: str, marker: LibraryObject, place: Place
) -> None:
    """Remember a PyroSample or PyroParam that a plain module is given, where it does nothing."""
    owner = plain_module(machine, module) if marker.kind != "nn_parameter" else None
    if owner is not None and not (isinstance(module, Instance) and sets_attributes(module.cls)):
        replaces = not owner.is_base and _WEIGHTS.fullmatch(name) is not None
        note = MarkedAttribute(marker, name, place, owner, replaces)
        machine.facts.marked_attributes.append(note)


def read_weights(machine: Machine, module: Module, place: Place) -> tuple[Value, ...]:
    """What a layer's own forward reads of what was set on it: its weights, then its biases."""
    marked = machine.store.read(module.identity, "#marked")
    names = (
        {each.value for each in marked.items if isinstance(each, Constant)}
        if isinstance(marked, Tuple)
        else set()
    )
    known = [str(name) for name in names if _WEIGHTS.fullmatch(str(name))]
    return tuple(
        machine.attribute(module, name, place)
        for name in sorted(known, key=lambda each: ("bias" in each, each))
    )
