"""``torch.nn`` layers and containers, and modules of the project that build on them."""

from __future__ import annotations

from pyrolint.semantics import sets
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import known_entries, new_list
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.layer_shapes import shape_of_output
from pyrolint.semantics.library.markers import read_weights
from pyrolint.semantics.library.modules import (
    PYRO_MODULE,
    Module,
    hold,
    hold_items,
    in_context,
    is_pyro,
    plain_class,
)
from pyrolint.semantics.library.registration import (
    calling,
    freeze,
    manage,
    note_weights,
    parameters_of,
    set_mode,
)
from pyrolint.semantics.library.tensors import call_tensor_function, shaped
from pyrolint.semantics.library.unfollowed import note_base
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.module_facts import ModuleCall
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.raw_features import note_product
from pyrolint.semantics.rows import rows_of, with_rows
from pyrolint.semantics.sizes import shape_of
from pyrolint.semantics.values import (
    FALSE,
    TRUE,
    Constant,
    Instance,
    Items,
    LibraryObject,
    List,
    Numeric,
    Origin,
    OriginKind,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

_UNBOUNDED = ("Linear", "Conv", "Bilinear", "MaskedLinear", "LazyLinear", "LazyConv", "DenseNN")
_LEARNING = (
    *_UNBOUNDED, "Embedding", "RNN", "LSTM", "GRU", "MultiheadAttention", "Transformer", "PReLU",
    "AutoRegressiveNN", "ConditionalAutoRegressiveNN",
    "ConditionalDenseNN",
)  # fmt: skip
"""How the names of layers begin that have parameters of their own."""
_FUNCTIONS = {
    "ReLU": "relu",
    "ReLU6": "relu6",
    "Softplus": "softplus",
    "Sigmoid": "sigmoid",
    "Hardsigmoid": "hardsigmoid",
    "Tanh": "tanh",
    "Hardtanh": "hardtanh",
    "ELU": "elu",
    "CELU": "celu",
    "SELU": "selu",
    "LeakyReLU": "leaky_relu",
    "LogSigmoid": "logsigmoid",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
    "Softsign": "softsign",
}
_PASSING = ("Dropout", "Identity", "Flatten", "Unflatten", "AlphaDropout")
_HARMLESS = frozenset(
    "state_dict buffers modules named_modules children named_children zero_grad extra_repr".split()
)
"""Methods of modules that neither train nor freeze their parameters."""
_CONTAINERS = ("torch.nn.ModuleList", "pyro.nn.PyroModuleList", "torch.nn.ParameterList")


def short(name: str) -> str:
    """The layer's own name, without its module or a wrapping ``PyroModule[…]``."""
    return plain_class(name).rsplit(".", 1)[-1]


def make_layer(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """A layer, or a container of layers."""
    if name in _CONTAINERS:
        return _module_list(machine, name, arguments, place)
    fact = knowledge().layers[plain_class(name)]
    values, places = arguments.bind([parameter.name for parameter in fact.parameters])
    if short(name) == "Sequential":
        parts = arguments.positional
        if len(parts) == 1 and isinstance(parts[0], Tuple | List):
            contents = machine.iterate(parts[0], place)
            parts = contents if isinstance(contents, tuple) else ()
        entries = known_entries(machine, parts[0]) if len(parts) == 1 else None
        if entries is not None:
            parts = tuple(entries.values())
        made = LibraryObject(name, "layer", {}, place, {}, machine.store.allocate())
        known = parts if not arguments.is_open else None
        machine.store.write(made.identity, "#children", Items(known))
        keys = map(str, range(len(parts)) if entries is None else entries)
        for key, part in zip(keys, parts, strict=True):
            hold(machine, made, Constant(key), part)
            machine.store.write(made.identity, key, part)
        return made
    layer = LibraryObject(name, "layer", values, place, places, machine.store.allocate())
    for key, value in values.items():
        hold(machine, layer, Constant(key), value)
    if name == PYRO_MODULE and "name" in values:
        machine.store.write(layer.identity, "#name", values["name"])
    return layer


def _module_list(machine: Machine, name: str, arguments: Arguments, place: Place) -> List:
    items = arguments.get(0, "modules")
    contents = machine.iterate(items, place) if items is not None else ()
    if isinstance(contents, tuple):
        held = Items(contents)
    else:
        held = Items(None, contents)
    made = new_list(machine, held.items, held.element)
    machine.store.write(made.identity, "#module", LibraryObject(name, "container", {}, place))
    hold_items(machine, made, held)
    return made


def call_layer(
    machine: Machine,
    layer: LibraryObject,
    arguments: Arguments,
    place: Place,
    owner: Instance | None = None,
) -> Value:
    """What a layer's forward gives; ``owner`` is an instance of a class that derives from it."""
    module = owner or layer

    def run() -> Value:
        weights = read_weights(machine, module, place) if is_pyro(machine, module) else ()
        return _forward(machine, layer, arguments, place, weights)

    if is_pyro(machine, module) is not False:
        return in_context(machine, module, run)
    if short(layer.name).startswith(_LEARNING):
        note_weights(machine, module, place)
    return calling(machine, ModuleCall(layer, place), run) if owner is None else run()


def _forward(
    machine: Machine,
    layer: LibraryObject,
    arguments: Arguments,
    place: Place,
    weights: tuple[Value, ...],
) -> Value:
    name = short(layer.name)
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"{name} of nothing", arguments, place)
    if name == "Sequential":
        return _call_sequential(machine, layer, source, place)
    if machine.store.read(layer.identity, "#changed") is not None:
        return opaque("a layer changed after it was made", arguments, place)
    function = _FUNCTIONS.get(name)
    if function is not None:
        options = {name: value for name, value in layer.arguments.items() if name != "inplace"}
        call = Arguments((source,), options, (place,))
        result = call_tensor_function(machine, function, call, place)
        return result if result is not None else opaque(name, arguments, place)
    shape = shape_of_output(layer, name, shape_of(source))
    if name.startswith(_PASSING):
        return shaped(source, shape, keeps=False)
    parts = Tuple((source, *weights))
    if name.startswith(_UNBOUNDED):
        note_network_input(machine, source, place)
        result = replaced(unbounded_output(layer.place, name, parts), shape=shape)
        return with_rows(result, rows_of(source))
    if name == "Embedding":
        return replaced(unbounded_output(layer.place, name, parts), shape=shape)
    reason = f"the output of {name}"
    result = Unknown(reason, place, origins_of(parts), is_independent(parts), shape=shape)
    return with_rows(result, rows_of(source)) if _is_by_row(name) else result


def _is_by_row(name: str) -> bool:
    """Whether a layer makes each row of a batch a row of its own."""
    return name.startswith(("BatchNorm", "LayerNorm", "GroupNorm")) or "Pool" in name


def unbounded_output(place: Place, name: str, source: Value) -> Numeric:
    """The output of a layer with trained weights: any real number, of its own origin."""
    # What went through an earlier layer is listed by what that was applied to, so that a deep
    # network stays as small as a shallow one.
    inputs = tuple(
        dict.fromkeys(
            each
            for origin in origins_of(source)
            for each in (origin.inputs if origin.kind is OriginKind.NETWORK else (origin,))
        )
    )
    origin = Origin(OriginKind.NETWORK, place, name, sets.REAL, inputs=inputs)
    return Numeric(sets.REAL, sets.REAL, None, (origin,), "float", "tensor")


def note_network_input(machine: Machine, source: Value, place: Place) -> None:
    """Raw data that goes into a network's first layer is multiplied by its weights."""
    if raw_of(source):
        note_product(machine, source, unbounded_output(place, "a network", source), place)


def _call_sequential(machine: Machine, layer: LibraryObject, value: Value, place: Place) -> Value:
    children = machine.store.read(layer.identity, "#children")
    if not isinstance(children, Items) or children.items is None:
        return Unknown("a Sequential of unknown layers", place, origins_of(value))
    if machine.store.read(layer.identity, "#changed") is not None:
        return Unknown("a Sequential changed after it was made", place, origins_of(value))
    for child in children.items:
        value = machine.call(child, Arguments((value,), {}, (place,)), place)
    return value


def call_layer_method(
    machine: Machine, layer: LibraryObject, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of layers and modules: moves keep them, changes make them unknown."""
    match name:
        case "requires_grad_" | "train" | "eval" | "parameters":
            return _switch(machine, layer, name, arguments, place)
        case "to" | "cuda" | "cpu" | "double" | "float":
            return layer
        case "forward" | "__call__":
            call = ModuleCall(layer, place, is_bare=False)
            return calling(machine, call, lambda: call_layer(machine, layer, arguments, place))
        case "append" | "extend" | "insert" | "add_module" | "register_module" | "__setitem__":
            machine.store.write(layer.identity, "#changed", Constant(True))
            return layer
        case "__getitem__":
            children = machine.store.read(layer.identity, "#children")
            index = arguments.get(0, "index")
            if isinstance(children, Items) and children.items is not None:
                if isinstance(index, Constant) and isinstance(index.value, int):
                    if -len(children.items) <= index.value < len(children.items):
                        return children.items[index.value]
            return Unknown("a child of a container", place)
        case "apply":
            return layer
        case _:
            if name not in _HARMLESS:
                manage(machine, layer)
            return Unknown(f"`{name}` of a layer", place)


def _switch(
    machine: Machine, module: Module, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods that ask for a module's parameters, or say whether and how they are trained."""
    match name:
        case "parameters":
            return parameters_of(machine, module, place)
        case "requires_grad_":
            freeze(machine, module, arguments.get(0, "requires_grad") or TRUE, place)
        case _:
            mode = FALSE if name == "eval" else arguments.get(0, "mode") or TRUE
            set_mode(machine, module, mode)
    return module


def call_module_method(
    machine: Machine, instance: Instance, name: str, arguments: Arguments, place: Place
) -> Value:
    """What ``nn.Module`` itself offers an instance of a project's class."""
    match name:
        case "requires_grad_" | "train" | "eval" | "parameters":
            return _switch(machine, instance, name, arguments, place)
        case "to" | "cuda" | "cpu" | "double" | "float" | "half" | "apply":
            return instance
        case "register_buffer":
            _set(machine, instance, arguments, place)
            return Constant(None)
        case "register_parameter" | "add_module" | "register_module" | "__setattr__":
            _set(machine, instance, arguments, place)
            return Constant(None)
        case "__call__" | "forward":
            base = machine.store.read(instance.identity, "#base")
            if isinstance(base, LibraryObject) and base.kind == "layer":
                return call_layer(machine, base, arguments, place, instance)
            if base is not None:
                return machine.call(base, arguments, place)
            note_base(machine, instance, name, place)
            return Unknown("a forward method that is not known", place)
        case "__enter__":
            return instance
        case _:
            if name not in _HARMLESS:
                manage(machine, instance)
            base = machine.store.read(instance.identity, "#base")
            if base is not None:
                return machine.call_method(base, name, arguments, place)
            note_base(machine, instance, name, place)
            return Unknown(f"the method `{name}` is a library's", place)


def _set(machine: Machine, instance: Instance, arguments: Arguments, place: Place) -> None:
    name, value = arguments.get(0, "name"), arguments.get(1, "tensor")
    value = value or arguments.get(1, "param") or arguments.get(1, "module")
    if isinstance(name, Constant) and isinstance(name.value, str) and value is not None:
        machine.set_attribute(instance, name.value, value, place)


def layer_attribute(layer: LibraryObject, name: str) -> Value | None:
    """``layer.weight`` and ``layer.bias``: trained over the whole line."""
    if name in ("weight", "bias"):
        origin = Origin(OriginKind.PARAMETER, layer.place, name, sets.REAL)
        return Numeric(sets.REAL, sets.REAL, None, (origin,), "float", "tensor")
    return None
