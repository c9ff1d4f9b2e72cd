"""The doors of the library: by name, by receiver, by base class."""

from __future__ import annotations

import msgspec

from pyrolint.semantics import flow
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library import (
    containers,
    data,
    easyguides,
    handlers,
    inference,
    layers,
    markers,
    options,
    plates,
    primitives,
    python,
    randomness,
    tensors,
)
from pyrolint.semantics.library.constraints import make_constraint, to_set
from pyrolint.semantics.library.distributions import call_distribution_method, make_distribution
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.modules import (
    PYRO_MODULE,
    hold_items,
    identity_of,
    plain_class,
)
from pyrolint.semantics.library.registration import freeze, manage
from pyrolint.semantics.library.retired import note_method
from pyrolint.semantics.library.signatures import call_signature
from pyrolint.semantics.library.strings import call_string_method
from pyrolint.semantics.library.tensor_methods import (
    call_tensor_method,
    call_unknown_method,
    tensor_attribute,
)
from pyrolint.semantics.library.tensor_shapes import shape_of_call
from pyrolint.semantics.library.unfollowed import note_call, note_method_call
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import bounded, lift, replaced
from pyrolint.semantics.program import CallSite
from pyrolint.semantics.provenance import raw_of
from pyrolint.semantics.rows import DRAWING, drawn_indices
from pyrolint.semantics.sizes import sizes_of
from pyrolint.semantics.values import (
    NONE,
    TRUE,
    Bound,
    Class,
    Constant,
    Dictionary,
    Distribution,
    External,
    Function,
    Handled,
    Instance,
    Items,
    LibraryMethod,
    LibraryObject,
    List,
    Numeric,
    Partial,
    Pattern,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

_NOTED = frozenset(
    "warnings.filterwarnings warnings.simplefilter warnings.catch_warnings pyro.settings.set"
    " pyro.settings.context".split()
)


def call_library(machine: Machine, callee: Value, arguments: Arguments, place: Place) -> Value:
    """What calling a library's name or object returns."""
    if isinstance(callee, Handled):
        return handlers.call_handled(machine, callee, arguments, place)
    result = _call(machine, callee, arguments, place)
    name = callee.name if isinstance(callee, External) else ""
    if randomness.draws(name):
        result = randomness.drawn(machine, name, arguments, result, place)
    elif isinstance(callee, Distribution):
        result = randomness.drawn_from(machine, callee, "sample", result, place)
    return flow.given_on(machine, name, arguments.values(), result, place)


def _call(machine: Machine, callee: Value, arguments: Arguments, place: Place) -> Value:
    match callee:
        case External(name):
            return _call_name(machine, name, arguments, place)
        case Distribution():
            return call_distribution_method(machine, callee, "__call__", arguments, place)
        case LibraryObject(kind="layer"):
            return layers.call_layer(machine, callee, arguments, place)
        case LibraryObject(kind="handler"):
            return handlers.apply_scope(machine, callee, arguments, place)
        case LibraryObject(kind="easy_guide"):
            return easyguides.decorated(callee, arguments, place)
        case LibraryObject(kind="transform"):
            return _transform(callee, arguments, place)
        case LibraryObject(kind="prior" | "parameter"):
            return markers.decorate(callee, arguments)
        case LibraryObject(kind="plate" | "switch"):
            return handlers.apply_scope(machine, callee, arguments, place)
        case LibraryObject():
            return inference.call_object(machine, callee, arguments, place)
        case _:
            return opaque("a call into a library", arguments, place)


def _call_name(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    facts = knowledge()
    primitive = primitives.PRIMITIVES.get(name)
    if primitive is not None:
        return primitive(machine, arguments, place)
    taught = machine.signature(name)
    if taught is not None:
        return call_signature(machine, taught, arguments, place)
    if name.startswith("signature:"):
        return call_signature(machine, name.removeprefix("signature:"), arguments, place)
    if name in facts.families:
        return make_distribution(machine, name, arguments, place)
    if name in _NOTED or name in facts.validation_switches or _is_class_switch(name):
        return _note_call(machine, name, arguments, place)
    if name == easyguides.DECORATOR:
        return easyguides.make_decorator(place)
    function = python.FUNCTIONS.get(name)
    if function is not None:
        return function(machine, arguments, place)
    constraint = facts.constraints.get(name)
    if constraint is not None and constraint.is_factory:
        made_constraint = make_constraint(name, arguments, place)
        machine.facts.constraints.append(made_constraint)
        return made_constraint
    if handlers.is_handler(name):
        return handlers.make_handler(name, arguments, place)
    short = tensors.short_name(name)
    if short is not None:
        result = tensors.call_tensor_function(machine, short, arguments, place)
        if result is not None:
            return _as_array(result, arguments) if name.startswith("numpy.") else result
        shape = None if arguments.is_open else shape_of_call(machine, short, arguments, place)
        if shape is not None:
            unknown = _unknown_call(machine, name, arguments, place)
            return tensors.shaped(unknown, shape, keeps=False)
    if plain_class(name) in facts.layers:
        return layers.make_layer(machine, name, arguments, place)
    if name in facts.transforms:
        values, places = arguments.bind([p.name for p in facts.transforms[name].parameters])
        return LibraryObject(name, "transform", values, place, places)
    made = inference.make(machine, name, arguments, place)
    if made is not None:
        return made
    read = data.read_data(name, arguments, place)
    if read is not None:
        return read
    return _unknown_call(machine, name, arguments, place)


_WARNING_PARAMETERS = {
    "warnings.filterwarnings": ["action", "message", "category", "module", "lineno", "append"],
    "warnings.simplefilter": ["action", "category", "lineno", "append"],
}


def _as_array(result: Value, arguments: Arguments) -> Value:
    """What numpy makes of numbers and arrays is an array; of tensors it is not known."""
    forms = {getattr(each, "form", "number") for each in arguments.values()}
    if isinstance(result, Numeric) and forms <= {"number", "array"}:
        return msgspec.structs.replace(result, form="array")
    return result


def _is_class_switch(name: str) -> bool:
    """``Normal.set_default_validate_args`` switches the validation of one class."""
    return name.endswith(".set_default_validate_args")


def _note_call(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    facts = knowledge()
    callee = facts.primitives.get(name) or facts.functions.get(name)
    names = [parameter.name for parameter in callee.parameters] if callee is not None else []
    if name.startswith("warnings."):
        names = _WARNING_PARAMETERS.get(name, [])
    values, places = arguments.bind(names or ["value"])
    if not name.startswith("warnings.") and any(each != TRUE for each in values.values()):
        machine.facts.switched_off = True
    recorder = machine.recorder
    machine.facts.calls.append(
        CallSite(
            name, values, places, place, machine.path, recorder.name if recorder else None,
        )
    )  # fmt: skip
    return LibraryObject(name, "switch", values, place)


def _unknown_call(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    for each in arguments.values():
        manage(machine, each)
        if isinstance(each, LibraryObject) and each.kind == "optimizer":
            # Who gets a scheduler may step it.
            machine.facts.training.paced.add(each.identity)
    programs = [each for each in arguments.values() if isinstance(each, Function | Bound | Partial)]
    if programs and machine.recorder is not None and not name.startswith("builtins."):
        machine.recorder.note_unknown(f"a function is handed to `{name}`", place)
    note_call(machine, name, place)
    unknown = opaque(f"`{name}` is not in the tables", arguments, place)
    rows = drawn_indices(machine, place) if name in DRAWING else None
    return replaced(unknown, source=name, rows=rows)


def _transform(transform: LibraryObject, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "x")
    codomain = to_set(knowledge().transforms[transform.name].codomain, transform.arguments)
    if source is None or codomain is None:
        return opaque("a transform", arguments, place)
    return lift(lambda number: bounded(number, codomain), source, place)


def call_library_method(
    machine: Machine, receiver: Value, name: str, arguments: Arguments, place: Place
) -> Value:
    """What a method of a library's value returns."""
    note_method(machine, receiver, name, place)
    result = _call_method(machine, receiver, name, arguments, place)
    if isinstance(receiver, Handled | External):
        return result
    if isinstance(receiver, Distribution):
        result = randomness.drawn_from(machine, receiver, name, result, place)
    return flow.method_given_on(machine, receiver, name, arguments.values(), result, place)


def _call_method(
    machine: Machine, receiver: Value, name: str, arguments: Arguments, place: Place
) -> Value:
    match receiver:
        case Distribution() if name == "set_default_validate_args":
            return _note_call(machine, f"{receiver.name}.{name}", arguments, place)
        case Distribution():
            return call_distribution_method(machine, receiver, name, arguments, place)
        case Numeric():
            return call_tensor_method(machine, receiver, name, arguments, place)
        case Constant(str()) | Pattern():
            return call_string_method(machine, receiver, name, arguments, place)
        case Constant():
            return call_tensor_method(machine, receiver, name, arguments, place)
        case List():
            return containers.call_list_method(machine, receiver, name, arguments, place)
        case Dictionary():
            return containers.call_dictionary_method(machine, receiver, name, arguments, place)
        case LibraryObject(kind="layer"):
            return layers.call_layer_method(machine, receiver, name, arguments, place)
        case LibraryObject(kind="network_parameter"):
            if name == "requires_grad_":
                wanted = arguments.get(0, "requires_grad") or TRUE
                freeze(machine, receiver.arguments["module"], wanted, place)
            return Unknown(f"`{name}` of a module's parameter", place)
        case LibraryObject(kind="plate"):
            if name == "__enter__":
                return plates.enter_plate(machine, receiver)
            return Unknown(f"`{name}` of a plate", place)
        case LibraryObject(kind="generator"):
            if name in ("__enter__", "__next__"):
                return receiver.arguments["element"]
            return opaque(f"`{name}` of a generator", arguments, place)
        case LibraryObject(kind="easyguide"):
            return easyguides.call_guide_method(machine, name, arguments, place)
        case LibraryObject(kind="easygroup"):
            return easyguides.call_group_method(machine, name, arguments, place)
        case LibraryObject(kind="parser"):
            return options.call_parser_method(machine, receiver, name, arguments, place)
        case LibraryObject(kind="handler" | "switch" | "loader" | "dataset" | "transform"):
            if name == "__enter__":
                return NONE
            return opaque(f"`{name}` of a {receiver.kind}", arguments, place)
        case LibraryObject(kind="prediction") if name in ("get", "pop", "__getitem__"):
            return data.draws_of(machine, receiver.place, arguments.get(0, "key"), place)
        case LibraryObject():
            return inference.call_object_method(machine, receiver, name, arguments, place)
        case Handled():
            return handlers.call_handled_method(machine, receiver, name, arguments, place)
        case Instance() if name in easyguides.METHODS and easyguides.is_easy_guide(receiver.cls):
            return easyguides.call_guide_method(machine, name, arguments, place)
        case Instance():
            return layers.call_module_method(machine, receiver, name, arguments, place)
        case Unknown():
            return call_unknown_method(machine, receiver, name, arguments, place)
        case Tuple() | Sequence():
            return Unknown(f"`{name}` of a tuple", place)
        case Class():
            return opaque(f"`{name}` of a class", arguments, place)
        case External(owner):
            return _call_name(machine, f"{owner}.{name}", arguments, place)
        case _:
            note_method_call(machine, receiver, name, place)
            return opaque(f"`{name}`", arguments, place)


def construct_base(
    machine: Machine, instance: Instance, base: External, arguments: Arguments, place: Place
) -> Value:
    """``super().__init__(…)`` of a library's class: what the base itself is, if that is known."""
    facts = knowledge()
    name = base.name
    made: Value | None = None
    if name in facts.families:
        made = make_distribution(machine, name, arguments, place)
        made = _as_overridden(machine, instance, made)
    elif name == PYRO_MODULE:
        given = arguments.get(0, "name")
        if given is not None:
            machine.store.write(instance.identity, "#name", given)
    elif plain_class(name) in facts.layers and name != "torch.nn.Module":
        made = layers.make_layer(machine, name, arguments, place)
        machine.facts.holders.setdefault(identity_of(made), {})[instance.identity] = instance
        children = machine.store.read(identity_of(made), "#children")
        if isinstance(children, Items):
            hold_items(machine, instance, children)
    elif name in facts.autoguides or name in facts.elbos or name in facts.optimizers:
        made = inference.make(machine, name, arguments, place)
    if made is not None:
        machine.store.write(instance.identity, "#base", made)
    else:
        flow.lose(machine, *arguments.values())
    return NONE


def _as_overridden(
    machine: Machine, instance: Instance, distribution: Distribution
) -> Distribution:
    """A subclass that declares its own support or constraints is judged by neither."""
    own = {
        each
        for each in ("support", "arg_constraints", "log_prob", "expand")
        if machine.store.read(instance.cls.identity, each) is not None
    }
    changed = msgspec.structs.replace(distribution, is_base=True)
    if "support" in own:
        changed = msgspec.structs.replace(changed, support=None, enclosure=None)
    if "arg_constraints" in own:
        changed = msgspec.structs.replace(changed, family=None)
    return changed


def library_attribute(machine: Machine, value: Value, name: str, place: Place) -> Value:
    """An attribute of a value that no project class made."""
    match value:
        case Unknown() if name == "shape":
            return sizes_of(machine, value, place)
        case Unknown():
            return data.unknown_attribute(value, name, place)
        case Numeric():
            return tensor_attribute(machine, value, name, place)
        case Distribution():
            if name in value.arguments:
                return value.arguments[name]
            if name in ("base_dist",):
                return value.arguments.get("base_distribution", value)
            return LibraryMethod(value, name, place)
        case LibraryObject(kind="optimizer") if name in ("optim_objs", "param_groups"):
            machine.facts.training.paced.add(value.identity)
            return Unknown(f"`{name}` of an optimizer", place)
        case LibraryObject() if name == "step" and inference.is_scheduler(value):
            machine.facts.training.paced.add(value.identity)
            return LibraryMethod(value, name, place)
        case LibraryObject(kind="svi") if name == "optim":
            return value.arguments.get("optim", Unknown("`optim` of SVI", place))
        case LibraryObject(kind="layer"):
            found = layers.layer_attribute(value, name)
            if found is not None:
                # Whoever reads a weight by its name may train it, or keep it as it is.
                manage(machine, value)
            return found if found is not None else LibraryMethod(value, name, place)
        case LibraryObject(kind="dataset" | "loader"):
            return Unknown(f"`{name}` of a dataset", place, (), True, raw_of(value))
        case LibraryObject(kind="switch" | "prior" | "parameter" | "network_parameter"):
            return Unknown(f"`{name}`", place)
        case Function(name=full) if name in ("__name__", "__qualname__"):
            return Constant(full.rsplit(".", 1)[-1] if name == "__name__" else full)
        case _:
            return LibraryMethod(value, name, place)
