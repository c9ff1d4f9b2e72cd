"""Functions on numbers, arrays and tensors, by short name: torch, numpy, math, methods."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.creations import CREATIONS
from pyrolint.semantics.library.elements import ELEMENTS
from pyrolint.semantics.library.products import PRODUCTS
from pyrolint.semantics.library.rearrangements import REARRANGEMENTS
from pyrolint.semantics.library.reductions import REDUCTIONS
from pyrolint.semantics.library.tensor_arguments import TensorFunction
from pyrolint.semantics.library.tensor_shapes import KEEPING, shape_of_call
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.values import Choice, Numeric, Unknown, Value
from pyrolint.syntax.ir import Place

MODULES = (
    "torch.nn.functional.",
    "torch.special.",
    "torch.linalg.",
    "torch.Tensor.",
    "torch.",
    "numpy.linalg.",
    "numpy.random.",
    "numpy.",
    "scipy.special.",
    "math.",
    "pyro.ops.indexing.",
)
"""Where the functions of this table live."""


def short_name(name: str) -> str | None:
    """The function's own name where it lives in one of the modules of this table."""
    for module in MODULES:
        if name.startswith(module):
            rest = name[len(module) :]
            return rest if "." not in rest else None
    return None


FUNCTIONS: Mapping[str, TensorFunction] = {
    **ELEMENTS,
    **REARRANGEMENTS,
    **REDUCTIONS,
    **CREATIONS,
    **PRODUCTS,
}
"""By short name; tensor methods take the receiver as their first argument."""


def call_tensor_function(
    machine: Machine, name: str, arguments: Arguments, place: Place
) -> Value | None:
    """What a function of the table gives; None where the table has none of that name.

    ``name`` is the short name; in-place variants (``exp_``) serve as their originals.
    """
    function = FUNCTIONS.get(name) or FUNCTIONS.get(name.rstrip("_"))
    if function is None:
        return None
    short = name if name in FUNCTIONS else name.rstrip("_")
    result = function(machine, short, arguments, place)
    shape = None if arguments.is_open else shape_of_call(machine, short, arguments, place)
    return shaped(result, shape, keeps=short in KEEPING)


def shaped(result: Value, shape: Shape | None, *, keeps: bool) -> Value:
    """The result with its shape; ``keeps``: where none is known, that of each alternative."""
    if shape is None and keeps:
        return result
    match result:
        case Numeric() if result.shape != shape:
            return replaced(result, shape=shape)
        case Unknown() if result.shape != shape:
            return msgspec.structs.replace(result, shape=shape)
        case Choice(options):
            return Choice(
                tuple((guard, shaped(option, shape, keeps=keeps)) for guard, option in options)
            )
        case _:
            return result
