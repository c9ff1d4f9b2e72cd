"""Literal arrays: which elements an index takes."""

from __future__ import annotations

from pyrolint.semantics.values import Constant, Literal, Tuple, Value


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
