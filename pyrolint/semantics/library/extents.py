"""Extents: the batch and event shapes that distributions have, and take on inside plates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyrolint.semantics import shapes
from pyrolint.semantics.library.knowledge import Argument, Family
from pyrolint.semantics.program import PlateUse
from pyrolint.semantics.shapes import Dimension, Shape

NOWHERE: tuple[Shape | None, Shape | None] = (None, None)
"""Extents of which nothing is known."""


def extent_of(
    family: Family, given: Mapping[str, Shape | None]
) -> tuple[Shape | None, Shape | None]:
    """Batch and event shape of a family whose arguments have these shapes.

    The batch shape is what the arguments' batch shapes broadcast to; the event shape is that of an
    argument which has at least the event's dimensions. Each is None where its rank is not known.
    """
    if not family.broadcasts:
        return NOWHERE
    batches: list[Shape | None] = []
    event: Shape = (None,) * family.event_dim
    for argument in family.arguments:
        if argument.name not in given or not _has_shape(argument):
            continue
        shape, own = given[argument.name], argument.event_dim
        if shape is None or len(shape) < own:
            batches.append(None)
            continue
        batches.append(shape[: len(shape) - own])
        if own >= family.event_dim:
            found = shape[len(shape) - family.event_dim :]
            event = tuple(
                size if size is not None else other
                for size, other in zip(event, found, strict=True)
            )
    return shapes.broadcast(*batches) if batches else (), event


def moved_to_event(
    batch: Shape | None, event: Shape | None, count: Dimension
) -> tuple[Shape | None, Shape | None]:
    """Extents after the last ``count`` batch dimensions became event dimensions."""
    if not isinstance(count, int) or count < 0:
        return NOWHERE
    if batch is None:
        return None, (*(None for _ in range(count)), *event) if event is not None else None
    kept = len(batch) - count
    if kept < 0:
        return NOWHERE
    return batch[:kept], (*batch[kept:], *event) if event is not None else None


def _has_shape(argument: Argument) -> bool:
    """Whether an argument is a tensor, or may be one."""
    return argument.constraint is not None


def in_plates(batch: Shape, plates: Iterable[PlateUse]) -> Shape | None:
    """The batch shape of a site inside plates: broadcast to their sizes, as Pyro does it.

    None where the dimension of a plate is not known, or the sizes do not go together.
    """
    sizes = declared(plates)
    if sizes is None:
        return None
    depth = max((-dimension for dimension in sizes), default=0)
    target: list[Dimension] = [1] * max(depth, len(batch))
    for dimension, size in sizes.items():
        target[dimension] = size
    return shapes.broadcast(batch, tuple(target))


def declared(plates: Iterable[PlateUse]) -> dict[int, Dimension] | None:
    """The sizes that plates declare, by dimension from -1 leftwards.

    None where the dimension of one is not known, or two take the same.
    """
    sizes: dict[int, Dimension] = {}
    for plate in plates:
        if plate.is_sequential:
            continue
        if plate.allocated is None or plate.allocated in sizes:
            return None
        sizes[plate.allocated] = plate.extent
    return sizes
