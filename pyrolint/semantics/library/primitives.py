"""Pyro's primitives by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyrolint.semantics.library.markers import (
    module_parameter,
    nn_parameter,
    prior,
    register_module,
    to_pyro_module,
)
from pyrolint.semantics.library.parameters import param
from pyrolint.semantics.library.plates import make_plate
from pyrolint.semantics.library.sampling import sample
from pyrolint.semantics.library.statements import deterministic, factor
from pyrolint.semantics.machine import Arguments, Machine, opaque
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


PRIMITIVES: Mapping[str, Primitive] = {
    "pyro.sample": sample,
    "pyro.param": param,
    **dict.fromkeys(("pyro.plate", "pyro.iarange", "pyro.irange"), make_plate),
    "pyro.deterministic": deterministic,
    "pyro.factor": factor,
    **dict.fromkeys(("pyro.module", "pyro.random_module"), register_module),
    "pyro.nn.module.to_pyro_module_": to_pyro_module,
    "pyro.subsample": _argument("pyro.subsample", 0, "data"),
    "pyro.nn.PyroSample": prior,
    "pyro.nn.PyroParam": module_parameter,
    "torch.nn.Parameter": nn_parameter,
    "pyro.get_param_store": _parameter_store,
    "pyro.clear_param_store": _nothing,
    "pyro.set_rng_seed": _nothing,
}
"""By canonical name."""
