"""Shapes of views, selections, and tensors put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyrolint.semantics import shapes
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.shape_arguments import (
    ShapeFunction,
    dimension_at,
    dimension_of,
    of_source,
    source_of,
)
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.sizes import integers_in, sequence_of, shape_of, sizes_in
from pyrolint.semantics.values import Constant, Tuple
from pyrolint.syntax.ir import Place


def _squeeze(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    given = dimension_of(arguments)
    if given is None:
        return shapes.squeezed(shape)
    dimensions = integers_in(machine, given, place)
    return shapes.squeezed(shape, dimensions) if dimensions is not None else None


def _unsqueeze(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    dimensions = integers_in(machine, dimension_of(arguments), place)
    if dimensions is None or len(dimensions) != 1:
        return None
    return shapes.unsqueezed(shape, dimensions[0])


def _reshape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    source = source_of(arguments)
    rest = arguments.positional[1:]
    if "shape" in arguments.keywords:
        rest = (arguments.keywords["shape"],)
    sizes = sizes_in(machine, rest, place) if rest else None
    if sizes is None or source is None:
        return None
    return shapes.reshaped(shape_of(source), sizes)


def _expand(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    source = source_of(arguments)
    rest = arguments.positional[1:]
    sizes = sizes_in(machine, rest, place) if rest else None
    if sizes is None or source is None:
        return None
    return shapes.expanded(shape_of(source), sizes)


def _as_other(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    other = arguments.get(1, "other")
    return shape_of(other) if other is not None else None


def _permute(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    given = arguments.positional
    order = integers_in(machine, given[0] if len(given) == 1 else Tuple(given), place)
    return shapes.permuted(shape, order) if order is not None else None


def _transpose(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    one, other = dimension_at(arguments, 0, "dim0", None), dimension_at(arguments, 1, "dim1", None)
    if one is None or other is None:
        return None
    return shapes.transposed(shape, one, other)


def _turned(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    return tuple(reversed(shape))


def _flatten(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    start, end = (
        dimension_at(arguments, 0, "start_dim", 0),
        dimension_at(arguments, 1, "end_dim", -1),
    )
    return shapes.flattened(shape, start, end) if start is not None and end is not None else None


def _repeat(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    times = sizes_in(machine, arguments.positional, place)
    return shapes.repeated(shape, times) if times else None


def _gather(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    index = arguments.get(1, "index")
    return shape_of(index) if index is not None else None


def _index_select(
    machine: Machine, shape: Shape, arguments: Arguments, place: Place
) -> Shape | None:
    dimension, index = dimension_at(arguments, 0, "dim", None), arguments.get(1, "index")
    axis = shapes.axis_of(dimension, len(shape)) if dimension is not None else None
    if axis is None or index is None:
        return None
    picked = shape_of(index)
    size = picked[0] if picked is not None and len(picked) == 1 else None
    return (*shape[:axis], size, *shape[axis + 1 :])


def _together(function: Callable[[list[Shape | None], int], Shape | None]) -> ShapeFunction:
    """``stack`` and ``cat`` of a tuple or list whose items are known."""

    def shape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
        parts = arguments.get(0, "tensors")
        items = sequence_of(machine, parts, place) if parts is not None else None
        dimensions = integers_in(machine, dimension_of(arguments, 1) or Constant(0), place)
        if not items or dimensions is None or len(dimensions) != 1:
            return None
        return function([shape_of(each) for each in items], dimensions[0])

    return shape


REARRANGED: Mapping[str, ShapeFunction] = {
    **dict.fromkeys(("squeeze", "squeeze_"), of_source(_squeeze)),
    **dict.fromkeys(("unsqueeze", "expand_dims"), of_source(_unsqueeze)),
    **dict.fromkeys(("reshape", "view"), _reshape),
    **dict.fromkeys(("expand", "broadcast_to"), _expand),
    **dict.fromkeys(("view_as", "reshape_as", "expand_as"), _as_other),
    "permute": of_source(_permute),
    **dict.fromkeys(("transpose", "swapaxes"), of_source(_transpose)),
    "t": of_source(_turned),
    **dict.fromkeys(("flatten", "ravel"), of_source(_flatten)),
    **dict.fromkeys(("repeat", "tile"), of_source(_repeat)),
    "gather": of_source(_gather),
    "index_select": of_source(_index_select),
    "stack": _together(shapes.stacked),
    **dict.fromkeys(("cat", "concat", "concatenate"), _together(shapes.concatenated)),
}
"""By short name."""
