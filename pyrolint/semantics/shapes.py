"""Shapes: how tensors' sizes combine, as torch combines them.

A dimension is a number, a symbol or None. A symbol stands for a size that data give, such as
``len(data)``: it may be any number, and programs are written for more than one. None is a
dimension of which nothing is known. A shape that is None has not even a known rank.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from itertools import zip_longest
from typing import TypeAlias

Dimension: TypeAlias = int | str | None
Shape: TypeAlias = tuple[Dimension, ...]


def is_wide(size: Dimension) -> bool:
    """Whether a dimension certainly holds several elements, as programs are written for."""
    return size is not None and size != 1


def joined_size(one: Dimension, other: Dimension) -> Dimension:
    """The size of two dimensions broadcast together, None where that is not known."""
    if one == other or other == 1:
        return one
    if one == 1:
        return other
    if isinstance(one, int):
        return one if not isinstance(other, int) else None
    return other if isinstance(other, int) else None


def clash(one: Dimension, other: Dimension) -> bool:
    """Whether two dimensions certainly cannot be broadcast together."""
    return (
        isinstance(one, int) and isinstance(other, int) and one != other and 1 not in (one, other)
    )


def broadcast(*shapes: Shape | None) -> Shape | None:
    """What shapes broadcast to; None where a rank is not known, or they cannot be broadcast."""
    result: Shape = ()
    for shape in shapes:
        if shape is None:
            return None
        pairs = list(zip_longest(reversed(result), reversed(shape), fillvalue=1))
        if any(clash(one, other) for one, other in pairs):
            return None
        result = tuple(joined_size(one, other) for one, other in reversed(pairs))
    return result


def size_at(shape: Shape, dimension: int) -> Dimension:
    """The size in a dimension counted from -1 leftwards; 1 beyond the shape."""
    return shape[dimension] if -dimension <= len(shape) else 1


def axis_of(dimension: int, rank: int) -> int | None:
    """A dimension counted from the left, None where the rank has no such dimension."""
    return dimension % rank if -rank <= dimension < rank else None


def squeezed(shape: Shape, dimensions: Iterable[int] | None = None) -> Shape | None:
    """``squeeze``: dimensions of size 1 leave, all of them or those of the list."""
    axes: set[int] = set()
    for dimension in range(len(shape)) if dimensions is None else dimensions:
        axis = axis_of(dimension, len(shape))
        if axis is None or shape[axis] is None:
            return None
        axes.add(axis)
    return tuple(size for axis, size in enumerate(shape) if axis not in axes or size != 1)


def unsqueezed(shape: Shape, dimension: int) -> Shape | None:
    """``unsqueeze``: a dimension of size 1 comes in."""
    axis = axis_of(dimension, len(shape) + 1)
    return (*shape[:axis], 1, *shape[axis:]) if axis is not None else None


def reduced(
    shape: Shape, dimensions: Iterable[int] | None = None, *, keeps: bool = False
) -> Shape | None:
    """``sum`` and the like over some dimensions, over all where none are given."""
    axes = set(range(len(shape)))
    if dimensions is not None:
        found = [axis_of(dimension, len(shape)) for dimension in dimensions]
        axes = {axis for axis in found if axis is not None}
        if len(axes) != len(found) and shape:
            return None
    if keeps:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def reshaped(shape: Shape | None, sizes: Shape) -> Shape | None:
    """``reshape``: the given sizes, of which one may be -1 for what the others leave."""
    if sizes.count(-1) > 1:
        return None
    if -1 not in sizes:
        return sizes
    rest = _quotient(shape, tuple(size for size in sizes if size != -1))
    return tuple(rest if size == -1 else size for size in sizes)


def _quotient(shape: Shape | None, by: Shape) -> Dimension:
    """How many elements remain a shape's where others take theirs."""
    if shape is None or None in shape or None in by:
        return None
    symbols = Counter(size for size in shape if isinstance(size, str))
    taken = Counter(size for size in by if isinstance(size, str))
    whole = math.prod(size for size in shape if isinstance(size, int))
    part = math.prod(size for size in by if isinstance(size, int))
    if taken - symbols or not part or whole % part:
        return None
    left = list((symbols - taken).elements())
    if not left:
        return whole // part
    return left[0] if len(left) == 1 and whole == part else None


def flattened(shape: Shape, start: int = 0, end: int = -1) -> Shape | None:
    """``flatten`` of the dimensions from ``start`` to ``end``."""
    if not shape:
        return (1,)
    first, last = axis_of(start, len(shape)), axis_of(end, len(shape))
    if first is None or last is None or first > last:
        return None
    return (*shape[:first], _quotient(shape[first : last + 1], ()), *shape[last + 1 :])


def permuted(shape: Shape, order: Iterable[int]) -> Shape | None:
    """``permute``"""
    axes = [axis_of(dimension, len(shape)) for dimension in order]
    if sorted(axis for axis in axes if axis is not None) != list(range(len(shape))):
        return None
    return tuple(shape[axis] for axis in axes if axis is not None)


def transposed(shape: Shape, one: int, other: int) -> Shape | None:
    """``transpose``: two dimensions change places."""
    first, second = axis_of(one, len(shape)), axis_of(other, len(shape))
    if first is None or second is None:
        return None
    order = list(range(len(shape)))
    order[first], order[second] = second, first
    return permuted(shape, order)


def expanded(shape: Shape | None, sizes: Shape) -> Shape | None:
    """``expand``: the given sizes, where -1 leaves a dimension as it is."""
    if -1 not in sizes:
        return sizes
    if shape is None or len(shape) > len(sizes):
        return None
    padded: Shape = (*(None for _ in range(len(sizes) - len(shape))), *shape)
    return tuple(old if size == -1 else size for old, size in zip(padded, sizes, strict=True))


def repeated(shape: Shape, times: Shape) -> Shape | None:
    """``repeat`` and ``tile``: each dimension so many times."""
    if len(times) < len(shape):
        return None
    padded = (*(1 for _ in range(len(times) - len(shape))), *shape)
    return tuple(
        size * count
        if isinstance(size, int) and isinstance(count, int)
        else size
        if count == 1
        else count
        if size == 1
        else None
        for size, count in zip(padded, times, strict=True)
    )


def multiplied(one: Shape | None, other: Shape | None) -> Shape | None:
    """``matmul``: vectors, matrices and batches of matrices."""
    if not one or not other:
        return None
    if len(one) == 1 and len(other) == 1:
        return ()
    if len(one) == 1:
        return (*other[:-2], other[-1])
    if len(other) == 1:
        return one[:-1]
    batch = broadcast(one[:-2], other[:-2])
    return (*batch, one[-2], other[-1]) if batch is not None else None


def stacked(parts: list[Shape | None], dimension: int = 0) -> Shape | None:
    """``stack``: parts of one shape, along a dimension of their number."""
    shape = _common(parts)
    axis = axis_of(dimension, len(shape) + 1) if shape is not None else None
    if shape is None or axis is None:
        return None
    return (*shape[:axis], len(parts), *shape[axis:])


def concatenated(parts: list[Shape | None], dimension: int = 0) -> Shape | None:
    """``cat``: parts put together along one of their dimensions."""
    if not parts or parts[0] is None:
        return None
    axis = axis_of(dimension, len(parts[0]))
    if axis is None:
        return None
    others = _common([part and (*part[:axis], None, *part[axis + 1 :]) for part in parts])
    if others is None:
        return None
    sizes = [part[axis] for part in parts if part is not None]
    total = sum(size for size in sizes if isinstance(size, int))
    known = all(isinstance(size, int) for size in sizes)
    return (*others[:axis], total if known else None, *others[axis + 1 :])


def _common(parts: list[Shape | None]) -> Shape | None:
    """What all parts have in common; None where their ranks differ or are not known."""
    first = parts[0] if parts else None
    if first is None:
        return None
    common = first
    for part in parts[1:]:
        if part is None or len(part) != len(common):
            return None
        common = tuple(a if a == b else None for a, b in zip(common, part, strict=True))
    return common
