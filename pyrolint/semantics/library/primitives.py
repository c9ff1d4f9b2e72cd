"""Pyro's primitives by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.markers import (
    module_parameter,
    nn_parameter,
    prior,
    random_module,
    register_module,
    to_pyro_module,
)
from pyrolint.semantics.library.param_store import forget
from pyrolint.semantics.library.parameters import param
from pyrolint.semantics.library.plates import in_subsample, make_plate, make_stack
from pyrolint.semantics.library.sampling import sample
from pyrolint.semantics.library.statements import deterministic, factor
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.values import NONE, LibraryObject, Value
from pyrolint.syntax.ir import Place

Primitive = Callable[[Machine, Arguments, Place], Value]


def _argument(name: str, position: int, keyword: str) -> Primitive:
    """A primitive that gives one of its arguments back."""

    def given(machine: Machine, arguments: Arguments, place: Place) -> Value:
        value = arguments.get(position, keyword)
        return value if value is not None else opaque(name, arguments, place)

    return given


def _parameter_store(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return LibraryObject("pyro.params.param_store.ParamStoreDict", "store", {}, place)


def _nothing(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return NONE


def _clear_store(machine: Machine, arguments: Arguments, place: Place) -> Value:
    forget(machine)
    return NONE


def _clear_gradients(machine: Machine, arguments: Arguments, place: Place) -> Value:
    machine.facts.training.clear()
    return NONE


def _subsample(machine: Machine, arguments: Arguments, place: Place) -> Value:
    value = arguments.get(0, "data")
    if value is None:
        return opaque("pyro.subsample", arguments, place)
    return in_subsample(machine, value, arguments.get(1, "event_dim"))


PRIMITIVES: Mapping[str, Primitive] = {
    "pyro.sample": sample,
    "pyro.param": param,
    **dict.fromkeys(("pyro.plate", "pyro.iarange", "pyro.irange"), make_plate),
    "pyro.plate_stack": make_stack,
    "pyro.deterministic": deterministic,
    "pyro.factor": factor,
    "pyro.module": register_module,
    "pyro.random_module": random_module,
    "pyro.nn.module.to_pyro_module_": to_pyro_module,
    "pyro.subsample": _subsample,
    "pyro.nn.PyroSample": prior,
    "pyro.nn.PyroParam": module_parameter,
    "torch.nn.Parameter": nn_parameter,
    "pyro.get_param_store": _parameter_store,
    "pyro.clear_param_store": _clear_store,
    "pyro.set_rng_seed": _nothing,
    "pyro.infer.util.zero_grads": _clear_gradients,
}
"""By canonical name."""
