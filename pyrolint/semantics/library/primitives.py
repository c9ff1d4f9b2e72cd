"""Pyro's primitives by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyrolint.semantics.library.markers import module_parameter, nn_parameter, prior
from pyrolint.semantics.library.parameters import param
from pyrolint.semantics.library.plates import make_plate
from pyrolint.semantics.library.sampling import sample
from pyrolint.semantics.machine import Arguments, Machine, opaque
from pyrolint.semantics.values import NONE, Value
from pyrolint.syntax.ir import Place

Primitive = Callable[[Machine, Arguments, Place], Value]


def _argument(name: str, position: int, keyword: str) -> Primitive:
    """A primitive that gives one of its arguments back."""

    def given(machine: Machine, arguments: Arguments, place: Place) -> Value:
        value = arguments.get(position, keyword)
        return value if value is not None else opaque(name, arguments, place)

    return given


def _nothing(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return NONE


PRIMITIVES: Mapping[str, Primitive] = {
    "pyro.sample": sample,
    "pyro.param": param,
    **dict.fromkeys(("pyro.plate", "pyro.iarange", "pyro.irange"), make_plate),
    "pyro.deterministic": _argument("pyro.deterministic", 1, "value"),
    "pyro.factor": _nothing,
    "pyro.module": _argument("pyro.module", 1, "nn_module"),
    "pyro.random_module": _argument("pyro.module", 1, "nn_module"),
    "pyro.subsample": _argument("pyro.subsample", 0, "data"),
    "pyro.nn.PyroSample": prior,
    "pyro.nn.PyroParam": module_parameter,
    "torch.nn.Parameter": nn_parameter,
    "pyro.clear_param_store": _nothing,
    "pyro.set_rng_seed": _nothing,
}
"""By canonical name."""
