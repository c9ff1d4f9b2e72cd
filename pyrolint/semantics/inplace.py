"""Methods that write their tensor in place: ``t.fill_(1.0)``, ``nn.init.normal_(t)``."""

from __future__ import annotations

import math

import msgspec

from pyrolint.semantics import sets
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.flow import is_own, lose
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.tensors import call_tensor_function
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import as_numeric, replaced
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.values import (
    Choice,
    Constant,
    External,
    Instance,
    LibraryObject,
    Numeric,
    OriginKind,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

INITIALIZERS = "torch.nn.init."
_KEEPING = frozenset(
    "requires_grad_ squeeze_ unsqueeze_ t_ transpose_ resize_ detach_ share_memory_ rename_"
    " retain_grad_ swapaxes_".split()
)
"""Methods that leave the elements as they are."""
_LEARNT = (OriginKind.PARAMETER, OriginKind.NETWORK)


def note_inplace(
    machine: Machine,
    frame: Frame,
    node: ir.Call,
    receiver: Value,
    arguments: Arguments,
) -> Value | None:
    """Write over what a method whose name ends in an underscore changes, under all its names.

    The answer is what the tensor holds afterwards, None where nothing is known to be written.
    """
    assert isinstance(node.callee, ir.Attribute)
    name = node.callee.attr
    if not name.endswith("_") or name.endswith("__") or name in _KEEPING:
        return None
    target: ir.Expression = node.callee.value
    given = arguments
    if isinstance(receiver, External):
        if not receiver.name.startswith(INITIALIZERS[:-1]) or not node.arguments:
            return None
        target = node.arguments[0].value
        receiver = machine.evaluate(frame, target)
        given = arguments.without_first()
    place = Place(frame.path, node.at)
    if isinstance(target, ir.Attribute) and target.attr == "data":
        target = target.value
    if isinstance(target, ir.Attribute):
        owner = machine.evaluate(frame, target.value)
        held = (
            machine.store.read(owner.identity, target.attr) if isinstance(owner, Instance) else None
        )
        receiver = held if isinstance(held, LibraryObject) else receiver
    if is_learnt(receiver):
        # Where it starts is another, but what is learnt stays what it is.
        lose(machine, *given.values())
        return None
    match receiver:
        case Numeric() | Unknown() | Choice():
            content = _content(machine, receiver, name, given, place)
        case LibraryObject(kind="nn_parameter"):
            start = Unknown("initialised in place", place, independent=True)
            content = msgspec.structs.replace(
                receiver, arguments={**receiver.arguments, "data": start}
            )
        case _:
            return None
    write_over(machine, frame, target, receiver, content)
    return content


def is_learnt(value: Value) -> bool:
    """Whether a value is made of parameters or of a network's weights."""
    return isinstance(value, Numeric) and any(each.kind in _LEARNT for each in value.origins)


def write_over(
    machine: Machine, frame: Frame, target: ir.Expression, old: Value, new: Value
) -> None:
    """Put a tensor's new content under every name and attribute that it goes by."""
    if not isinstance(target, ir.Name | ir.Attribute):
        machine.store.share(old)
    aliases = machine.store.aliases_of(old)
    is_local = isinstance(target, ir.Name) and machine.store.read(frame.identity, target.id)
    if not is_local or not all(is_own(machine, identity) for identity, _ in aliases):
        lose(machine, new)
    for identity, key in aliases:
        machine.store.write(identity, key, new)
    if not aliases:
        machine.bind(frame, target, new)


def _content(machine: Machine, receiver: Value, name: str, given: Arguments, place: Place) -> Value:
    """What the tensor holds afterwards."""
    numbers = [
        each.value if isinstance(each, Constant) and isinstance(each.value, int | float) else None
        for each in given.positional
    ]
    match name:
        case "zero_" | "zeros_":
            return _filled(Constant(0.0), place)
        case "ones_":
            return _filled(Constant(1.0), place)
        case "fill_" | "constant_" | "copy_" if given.positional:
            return _filled(given.positional[0], place)
        case "uniform_" if None not in numbers:
            low, high = (float(each or 0.0) for each in (numbers or [0.0, 1.0])[:2])
            members = sets.Interval(low, high, sets.End.CLOSED)
            return Numeric(members, None, None, (), "float", "tensor", independent=True)
        case "normal_":
            return Numeric(sets.REAL, None, None, (), "float", "tensor", independent=True)
        case "exponential_":
            members = sets.Interval(0.0, math.inf)
            return Numeric(members, None, None, (), "float", "tensor", independent=True)
    result = call_tensor_function(machine, name, given.with_first(receiver, place=place), place)
    if result is not None and as_numeric(result) is not None:
        return result
    return Unknown(
        f"written in place by `{name}`",
        place,
        origins_of(receiver),
        is_independent(receiver),
        is_written_over=True,
    )


def _filled(value: Value, place: Place) -> Value:
    number = as_numeric(value)
    if number is None:
        return Unknown("filled in place", place, origins_of(value), is_written_over=True)
    return replaced(number, form="tensor", shape=None)
