"""Arrays: which elements and sizes an index takes."""

from __future__ import annotations

from pyrolint.semantics.shapes import Dimension, Shape
from pyrolint.semantics.values import NONE, Constant, External, Literal, Numeric, Tuple, Value


def indexed(literal: Literal, indices: tuple[Value, ...]) -> Literal | None:
    """The elements that integers and slices take from a literal; None for any other index.

    The values are row-major; every integer drops its dimension, every slice keeps it.
    """
    if literal.is_eye or len(indices) > len(literal.shape):
        return None
    offsets, shape = [0], []
    stride = len(literal.values)
    for axis, size in enumerate(literal.shape):
        stride //= size
        if axis >= len(indices):
            picked = list(range(size))
            shape.append(size)
        else:
            found = _positions(indices[axis], size)
            if found is None:
                return None
            picked, keeps = found
            if keeps:
                shape.append(len(picked))
        offsets = [offset + position * stride for offset in offsets for position in picked]
    return Literal(tuple(literal.values[offset] for offset in offsets), tuple(shape))


def _positions(index: Value, size: int) -> tuple[list[int], bool] | None:
    """The positions along one axis, and whether the axis stays."""
    match index:
        case Constant(bool()):
            return None
        case Constant(int() as position) if -size <= position < size:
            return [position % size], False
        case Tuple(items) if len(items) == 3:
            bounds = []
            for item in items:
                if not isinstance(item, Constant) or not isinstance(item.value, int | None):
                    return None
                bounds.append(item.value)
            return (list(range(size))[slice(*bounds)], True) if bounds[2] != 0 else None
        case _:
            return None


def indexed_shape(shape: Shape | None, indices: tuple[Value, ...]) -> Shape | None:
    """The shape that indexing leaves; None where an index is of a kind that is not known.

    Integers drop a dimension, slices keep one, None adds one; a tensor of integers puts its own
    shape in the place of one.
    """
    if shape is None:
        return None
    taken = sum(1 for index in indices if index != NONE and index != ELLIPSIS)
    if taken > len(shape):
        return None
    filled: list[Value] = []
    for index in indices:
        filled += [_WHOLE] * (len(shape) - taken) if index == ELLIPSIS else [index]
    filled += [_WHOLE] * (len(shape) - sum(1 for index in filled if index != NONE))
    result: list[Dimension] = []
    left = iter(shape)
    advanced = 0
    for index in filled:
        if index == NONE:
            result.append(1)
            continue
        size = next(left)
        match index:
            case Constant(bool()):
                return None
            case Constant(int()) | Numeric(form="number"):
                advanced += 1
            case Tuple(items) if len(items) == 3:
                result.append(_sliced_size(items, size))
            case Numeric(dtype="int", form="tensor" | "array", shape=tuple() as inner):
                result += inner
                advanced += 2
            case _:
                return None
    # Integers beside a tensor of indices are indices as well, and move where its shape stands.
    return tuple(result) if advanced < 3 or not _has_tensor(filled) else None


def _has_tensor(indices: list[Value]) -> bool:
    return any(isinstance(each, Numeric) and each.form != "number" for each in indices)


def _sliced_size(bounds: tuple[Value, ...], size: Dimension) -> Dimension:
    """How many elements a slice takes of so many."""
    if all(bound == NONE for bound in bounds):
        return size
    if not isinstance(size, int):
        return None
    known: list[int | None] = []
    for bound in bounds:
        if not isinstance(bound, Constant) or not isinstance(bound.value, int | None):
            return None
        known.append(bound.value)
    return len(range(size)[slice(*known)]) if known[2] != 0 else None


ELLIPSIS = External("builtins.Ellipsis")
_WHOLE = Tuple((NONE, NONE, NONE))
