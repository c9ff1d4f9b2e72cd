"""Methods and attributes of tensors, and of what may be one."""

from __future__ import annotations

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library import data, handlers, plates, tensors
from pyrolint.semantics.library.registration import manage
from pyrolint.semantics.library.tensor_shapes import REARRANGING, shape_of_call
from pyrolint.semantics.library.unfollowed import note_method_call
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.provenance import without_gradient
from pyrolint.semantics.sizes import a_size, measure, shape_of, size_of, sizes_of
from pyrolint.semantics.values import (
    NONE,
    Bound,
    Constant,
    Cut,
    Function,
    LibraryMethod,
    LibraryObject,
    Numeric,
    Partial,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def tensor_attribute(machine: Machine, value: Numeric, name: str, place: Place) -> Value:
    """An attribute of a tensor."""
    if name in ("T", "mT", "H"):
        shape = value.shape
        return replaced(value, shape=shape and (*shape[:-2], *reversed(shape[-2:])))
    if name == "data":
        return without_gradient(value, Cut(".data", place))
    if name == "real":
        return value
    if name == "shape":
        return sizes_of(machine, value, place)
    if name == "ndim":
        return _rank(value, place)
    if name in ("device", "dtype", "grad"):
        return Unknown(f"`{name}` of a tensor", place, independent=True)
    return LibraryMethod(value, name, place)


def call_tensor_method(
    machine: Machine, receiver: Value, name: str, arguments: Arguments, place: Place
) -> Value:
    """What ``receiver.name(arguments)`` gives for a tensor, array or number."""
    call = arguments.with_first(receiver, place=place)
    result = tensors.call_tensor_function(machine, name, call, place)
    if result is not None:
        return result
    if name == "__enter__":
        return NONE
    if name == "item":
        return replaced(receiver, shape=()) if isinstance(receiver, Numeric) else receiver
    if name == "size":
        return _size(machine, receiver, arguments, place)
    if name in ("dim", "ndimension"):
        return _rank(receiver, place)
    if name in ("numel", "nelement"):
        return Unknown(f"`{name}` of a tensor", place, independent=True)
    return opaque(f"`{name}` of a tensor", call, place)


def _size(machine: Machine, receiver: Value, arguments: Arguments, place: Place) -> Value:
    dimension = arguments.get(0, "dim")
    if dimension is None:
        return sizes_of(machine, receiver, place)
    number = size_of(dimension)
    return measure(machine, receiver, number) if isinstance(number, int) else a_size(None)


def _rank(receiver: Value, place: Place) -> Value:
    shape = shape_of(receiver)
    if shape is None:
        return Unknown("`dim` of a tensor", place, independent=True)
    return Constant(len(shape))


_UNKNOWN_AS_TENSOR = frozenset(
    "clamp clip clamp_min clamp_max exp sigmoid softplus softmax abs relu sqrt square norm std var"
    " log_softmax cumsum matmul mm bmm mv dot tanh".split()
)


def call_unknown_method(
    machine: Machine, receiver: Unknown, name: str, arguments: Arguments, place: Place
) -> Value:
    """What a method gives of a value that is not known, and may be a tensor."""
    if name in _UNKNOWN_AS_TENSOR and (receiver.independent or receiver.origins):
        return call_tensor_method(machine, receiver, name, arguments, place)
    if name == "size":
        return _size(machine, receiver, arguments, place)
    for each in arguments.values():
        manage(machine, each)
    programs = [each for each in arguments.values() if isinstance(each, Function | Bound | Partial)]
    if programs and machine.recorder is not None:
        machine.recorder.note_unknown("a function is handed to a method", place)
    if name == "enter_context" and receiver.source == handlers.STACK:
        context = arguments.get(0, "cm")
        if isinstance(context, LibraryObject) and context.kind == "plate":
            return plates.enter_plate(machine, context)
        if handlers.enter_in_stack(machine, context):
            return NONE
    note_method_call(machine, receiver, name, place)
    result = data.call_unknown_method(receiver, name, arguments, place)
    if name in REARRANGING and not arguments.is_open:
        call = arguments.with_first(receiver, place=place)
        return tensors.shaped(result, shape_of_call(machine, name, call, place), keeps=False)
    return result
