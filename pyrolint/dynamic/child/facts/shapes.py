"""The shapes of a site: its density, what its plates declare, and what was broadcast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyro.distributions.util import broadcast_shape
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import source_of
from pyrolint.dynamic.child.observation.step import Execution, Site

PARTICLES = "num_particles_vectorized"
"""Pyro's own plate around the vectorised particles of an objective or of SVGD."""

Shape = tuple[int, ...]


def batch_of(site: Site) -> Shape | None:
    """The batch shape of what a site drew or observed; None where its rank does not fit."""
    value, event = site.value, getattr(site.distribution, "event_dim", None)
    if not isinstance(value, Tensor) or event is None or value.dim() < event:
        return None
    return tuple(value.shape[: value.dim() - event])


def density_shape(site: Site, run: Execution) -> Shape | None:
    """The shape of a site's log-density; None where value and distribution do not go together."""
    node = run.trace.nodes.get(site.name, {})
    density = node.get("log_prob")
    if isinstance(density, Tensor):
        return tuple(density.shape)
    batch, declared = batch_of(site), getattr(site.distribution, "batch_shape", None)
    if batch is None or declared is None:
        return None
    try:
        # Torch's own `broadcast_shapes` imports its symbolic shapes for this.
        broadcast: Shape = broadcast_shape(batch, declared)
    except ValueError:
        return None
    return broadcast


def declared_dimensions(site: Site) -> dict[int, Any]:
    """The plates around a site by the dimension that they take, counted from -1 leftwards."""
    return {frame.dim: frame for frame in site.plates if frame.dim is not None}


def enumerated_dimensions(run: Execution) -> set[int]:
    """The dimensions that enumeration takes."""
    found = (site.infer.get("_enumerate_dim") for site in run.sites)
    return {dim for dim in found if dim is not None}


def shapes_before_broadcasting(distribution: Any) -> Iterator[Shape]:
    """A distribution's batch shape, then those of what it was expanded from."""
    for _ in range(16):
        shape = getattr(distribution, "batch_shape", None)
        if shape is None:
            return
        yield tuple(shape)
        distribution = source_of(distribution)


def size_at(shape: Shape, dim: int) -> int:
    """The size in a dimension that counts from -1 leftwards; 1 beyond the shape."""
    return shape[dim] if -dim <= len(shape) else 1


def crossed(site: Site, run: Execution) -> tuple[Shape, int, int, int] | None:
    """The distribution's shape, a dimension that only the observation has, one that only it has.

    Both are of one size, and at most one is declared by a plate: what is meant to be a table of
    all against all has a plate for each side.
    """
    batch = batch_of(site)
    shapes = list(shapes_before_broadcasting(site.distribution))
    if batch is None:
        # An observation with fewer dimensions than events have is broadcast against them as well.
        event = getattr(site.distribution, "event_shape", None)
        if not isinstance(site.value, Tensor) or not event:
            return None
        batch, shapes = tuple(site.value.shape), [tuple(event)]
    plates, skipped = declared_dimensions(site), enumerated_dimensions(run)
    skipped |= {dim for dim, frame in plates.items() if frame.name == PARTICLES}
    for shape in shapes:
        rank = max(len(batch), len(shape))
        dims = [dim for dim in range(-1, -1 - rank, -1) if dim not in skipped]
        for own in dims:
            for other in dims:
                size = size_at(batch, own)
                if (
                    size > 1
                    and size == size_at(shape, other)
                    and size_at(batch, other) == size_at(shape, own) == 1
                    and not (own in plates and other in plates)
                ):
                    return shape, own, other, size
    return None
