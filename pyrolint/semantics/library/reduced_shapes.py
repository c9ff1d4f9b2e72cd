"""Shapes of reductions, products, and matrices of certain forms."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics import shapes
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.shape_arguments import (
    ShapeFunction,
    dimension_of,
    of_source,
)
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.shapes import Dimension, Shape
from pyrolint.semantics.sizes import integers_in, shape_of
from pyrolint.semantics.values import NONE, TRUE, Constant
from pyrolint.syntax.ir import Place


def _reduce(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    given = dimension_of(arguments)
    keeps = arguments.keywords.get("keepdim", arguments.keywords.get("keepdims"))
    if keeps is None and len(arguments.positional) > 1:
        keeps = arguments.positional[1]
    if keeps is not None and not isinstance(keeps, Constant):
        return None
    dimensions = None
    if given is not None and given != NONE:
        dimensions = integers_in(machine, given, place)
        if dimensions is None:
            return None
    return shapes.reduced(shape, dimensions, keeps=keeps == TRUE)


def _spread(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``std`` and ``norm``, whose first positional arguments mean several things."""
    return _reduce(machine, shape, arguments, place) if not arguments.positional else None


def _extreme(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``max`` of a tensor; along a dimension, or of two tensors, it is something else."""
    return () if not arguments.positional and not arguments.keywords else None


def _matmul(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    if len(arguments.positional) < 2:
        return None
    return shapes.multiplied(*map(shape_of, arguments.positional[:2]))


def _outer(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    parts = [shape_of(each) for each in arguments.positional[:2]]
    if len(parts) != 2 or any(part is None or len(part) != 1 for part in parts):
        return None
    return tuple(size for part in parts for size in part or ())


def _linear(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    weight = arguments.get(0, "weight")
    known = shape_of(weight) if weight is not None else None
    if not shape or known is None:
        return None
    return (*shape[:-1], *known[:-1])


def _diagonal(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    if arguments.positional or arguments.keywords or len(shape) not in (1, 2):
        return None
    return (shape[0], shape[0]) if len(shape) == 1 else (shape[0],)


def _flat_diagonal(
    machine: Machine, shape: Shape, arguments: Arguments, place: Place
) -> Shape | None:
    return _diagonal(machine, shape, arguments, place) if len(shape) == 1 else None


def _triangle(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``tril``; numpy makes a matrix of a vector."""
    return shape if len(shape) > 1 else None


def _running(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``cumsum``; numpy makes a vector of what it is given, where it is given no axis."""
    return shape if len(shape) == 1 or dimension_of(arguments) is not None else None


def _embedded(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    if arguments.positional or arguments.keywords or not shape:
        return None
    return (*shape, shape[-1])


def _einsum(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    if not arguments.positional or not isinstance(arguments.positional[0], Constant):
        return None
    equation = arguments.positional[0].value
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return None
    inputs, _, output = equation.replace(" ", "").partition("->")
    sizes: dict[str, Dimension] = {}
    for letters, operand in zip(inputs.split(","), arguments.positional[1:], strict=False):
        shape = shape_of(operand)
        if shape is not None and len(shape) == len(letters):
            for letter, size in zip(letters, shape, strict=True):
                sizes[letter] = shapes.joined_size(size, sizes.get(letter, 1))
    return tuple(sizes.get(letter) for letter in output)


REDUCED: Mapping[str, ShapeFunction] = {
    **dict.fromkeys(
        "sum nansum mean nanmean logsumexp prod any all argmax argmin amax amin count_nonzero"
        " average".split(),
        of_source(_reduce),
    ),
    **dict.fromkeys(("std", "var", "norm"), of_source(_spread)),
    **dict.fromkeys(("max", "min", "median"), of_source(_extreme)),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot"), _matmul),
    **dict.fromkeys(("outer", "ger"), _outer),
    "linear": of_source(_linear),
    "einsum": _einsum,
    "diag": of_source(_diagonal),
    "diagflat": of_source(_flat_diagonal),
    **dict.fromkeys(("tril", "triu"), of_source(_triangle)),
    **dict.fromkeys(("cumsum", "cumprod"), of_source(_running)),
    "diag_embed": of_source(_embedded),
}
"""By short name."""
