"""Attributes of modules that make sites and parameters: PyroSample, PyroParam, nn.Parameter."""

from __future__ import annotations

import msgspec

from pyrolint.semantics import sets
from pyrolint.semantics.library.parameters import parameter, record_parameter, starting_set
from pyrolint.semantics.library.sampling import sample_site
from pyrolint.semantics.machine import Arguments, Machine, opaque
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.values import (
    NONE,
    Constant,
    Function,
    Instance,
    LibraryObject,
    Numeric,
    Origin,
    OriginKind,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


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


def _read_marker(
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


def _read_nn_parameter(machine: Machine, name: str | None, marker: LibraryObject) -> Numeric:
    """An ``nn.Parameter`` read off its module: any real number."""
    init, kind = marker.arguments["data"], "nn.Parameter"
    record_parameter(
        machine, name, name is not None, marker.place, kind, init, marker.places.get("data"),
        None, None,
    )  # fmt: skip
    origin = Origin(OriginKind.PARAMETER, marker.place, name, sets.REAL, statement=kind)
    return Numeric(sets.REAL, sets.REAL, starting_set(init), (origin,), "float", "tensor")


def read_module_attribute(
    machine: Machine, instance: Instance, name: str, value: Value, place: Place
) -> Value:
    """Reading a PyroSample or PyroParam attribute makes its site or parameter."""
    if isinstance(value, LibraryObject) and value.kind in ("prior", "parameter"):
        return _read_marker(machine, instance, name, value, place)
    if isinstance(value, LibraryObject) and value.kind == "nn_parameter":
        return _read_nn_parameter(machine, name, value)
    return value
