"""How sites fit into their plates: what Pyro checks of shapes, found before any run.

The checks are those of ``check_site_shape`` and ``check_model_guide_match`` in ``pyro.util`` and of
Pyro's broadcasting in plates; beside them, what is broadcast without anybody's complaint.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from pyrolint.semantics import shapes
from pyrolint.semantics.alternatives import contradict
from pyrolint.semantics.inferences import Inference
from pyrolint.semantics.library.extents import declared, in_plates
from pyrolint.semantics.program import ParamSite, PlateUse, SampleSite
from pyrolint.semantics.shapes import Dimension, Shape, is_wide, size_at
from pyrolint.semantics.sizes import shape_of, size_of
from pyrolint.semantics.values import Constant, Distribution, LibraryObject


class Undeclared(msgspec.Struct, frozen=True):
    """A dimension of a site's density that no plate declares, and its size.

    ``of_distribution``: it is the distribution's own; else only the observation has it.
    """

    distribution: Distribution
    shape: Shape
    dimension: int
    size: Dimension
    of_distribution: bool


class Misfit(msgspec.Struct, frozen=True):
    """A size that differs from that of the plate in its dimension; ``of`` tells what has it."""

    distribution: Distribution
    plate: PlateUse
    shape: Shape
    size: int
    extent: int
    of: str


class ParameterMisfit(msgspec.Struct, frozen=True):
    """A parameter whose size in a plate's dimension is neither 1 nor the plate's own."""

    plate: PlateUse
    shape: Shape
    size: int
    wanted: int


class Crossing(msgspec.Struct, frozen=True):
    """An observation and a distribution that are broadcast against each other to a table.

    The observation has its elements in dimension ``own``, the distribution in ``other``.
    """

    distribution: Distribution
    observed: Shape
    batch: Shape
    own: int
    other: int
    size: Dimension


def undeclared_dimension(site: SampleSite, nesting: float) -> Undeclared | None:
    """The rightmost dimension left of all plates that is wide and that no plate declares.

    ``nesting`` is the number of dimensions that the objective leaves to plates.
    """
    plates = _plates(site)
    if plates is None or observation_crossing(site) is not None or any(misfits(site)):
        return None
    deepest = max((-dimension for dimension in plates), default=0)
    for distribution, own in _batches(site):
        density = shapes.broadcast(own, _observed_batch(site, distribution) or ())
        for shape in (own, density):
            for dimension in range(-1 - deepest, -1 - len(shape or ()), -1):
                if shape is not None and -dimension <= nesting and is_wide(shape[dimension]):
                    is_own = is_wide(size_at(own, dimension))
                    return Undeclared(distribution, shape, dimension, shape[dimension], is_own)
    return None


def misfits(site: SampleSite) -> Iterator[Misfit]:
    """Where a distribution, or what is observed, has another size than the plate around it."""
    placed = [each for each in site.plates if not each.is_sequential]
    if not site.plates_known or len({each.allocated for each in placed}) < len(placed):
        # Plates that collide are a fault of their own.
        return
    for _, distribution in site.distributions():
        batch, observed = distribution.batch_shape, _observed_batch(site, distribution)
        masking = shape_of(site.mask) if site.mask is not None else None
        parts = ((batch, "distribution"), (observed, "observation"), (masking, "obs_mask"))
        for plate in placed:
            dimension, extent = plate.allocated, plate.extent
            if dimension is None or not isinstance(extent, int):
                continue
            for shape, of in parts:
                size = size_at(shape, dimension) if shape is not None else 1
                if shape is not None and isinstance(size, int) and size not in (1, extent):
                    yield Misfit(distribution, plate, shape, size, extent, of)
                    return


def parameter_misfits(parameter: ParamSite) -> Iterator[ParameterMisfit]:
    """Where a parameter that declares its event dimensions does not fit the plates around it.

    It has an element for each of a plate's, of which the plate takes its subsample.
    """
    shape = shape_of(parameter.init) if parameter.init is not None else None
    if shape is None or parameter.event_dims is None:
        return
    for plate in parameter.plates:
        wanted = size_of(plate.size) if plate.size is not None else None
        if plate.is_sequential or plate.allocated is None or not isinstance(wanted, int):
            continue
        dimension = plate.allocated - parameter.event_dims
        size = size_at(shape, dimension) if -dimension <= len(shape) else 1
        if isinstance(size, int) and size not in (1, wanted):
            yield ParameterMisfit(plate, shape, size, wanted)


def observation_crossing(site: SampleSite) -> Crossing | None:
    """Where (N, 1) meets (N,), so that each observation is scored under every distribution."""
    plates = _plates(site)
    if plates is None or not site.observed:
        return None
    for distribution, batch in _batches(site):
        observed = _observed_batch(site, distribution)
        if observed is None:
            continue
        for shape in (batch, in_plates(batch, site.plates)):
            found = _crossed(observed, shape, plates) if shape is not None else None
            if found is not None and shape is not None:
                own, other = found
                return Crossing(distribution, observed, shape, own, other, observed[own])
    return None


def _crossed(observed: Shape, batch: Shape, plates: dict[int, Dimension]) -> tuple[int, int] | None:
    """A dimension that only the observation has and one that only the distribution has, alike.

    A table of all against all is meant where there is a plate for each side.
    """
    dimensions = range(-1, -1 - max(len(observed), len(batch)), -1)
    for own in dimensions:
        for other in dimensions:
            size = size_at(observed, own)
            if (
                is_wide(size)
                and size == size_at(batch, other)
                and size_at(observed, other) == size_at(batch, own) == 1
                and not (own in plates and other in plates)
            ):
                return own, other
    return None


def shape_disagreement(
    model_site: SampleSite, guide_site: SampleSite
) -> tuple[Distribution, Distribution] | None:
    """Distributions of one latent in model and guide with different shapes, if certainly so."""
    for model_guard, wanted in model_site.distributions():
        for guide_guard, drawn in guide_site.distributions():
            if contradict(model_guard, guide_guard):
                continue
            if wanted.event_shape is None or drawn.event_shape is None:
                continue
            if len(wanted.event_shape) != len(drawn.event_shape):
                return wanted, drawn
            if not _share_extents(model_site, guide_site):
                continue
            one, other = whole_shape(model_site, wanted), whole_shape(guide_site, drawn)
            if one is None or other is None:
                continue
            for dimension in range(-1, -1 - max(len(one), len(other)), -1):
                sizes = size_at(one, dimension), size_at(other, dimension)
                if all(isinstance(size, int) for size in sizes) and sizes[0] != sizes[1]:
                    return wanted, drawn
    return None


def _share_extents(model_site: SampleSite, guide_site: SampleSite) -> bool:
    """Whether plates of one name have one extent; else the model's takes on the guide's."""
    extents = {each.name: each.extent for each in model_site.plates}
    return all(extents.get(each.name, each.extent) == each.extent for each in guide_site.plates)


def whole_shape(site: SampleSite, distribution: Distribution) -> Shape | None:
    """The shape of a draw inside the site's plates; None where its rank is not known."""
    batch, event = distribution.batch_shape, distribution.event_shape
    if batch is None or event is None or _plates(site) is None:
        return None
    placed = in_plates(batch, site.plates)
    return (*placed, *event) if placed is not None else None


def _plates(site: SampleSite) -> dict[int, Dimension] | None:
    """The plates around a site by dimension; None where not all are known."""
    return declared(site.plates) if site.plates_known else None


def _batches(site: SampleSite) -> Iterator[tuple[Distribution, Shape]]:
    """The distributions with the batch shapes that are known."""
    for _, distribution in site.distributions():
        if distribution.batch_shape is not None:
            yield distribution, distribution.batch_shape


def _observed_batch(site: SampleSite, distribution: Distribution) -> Shape | None:
    """The batch shape of what a site observes; None where it is not known."""
    if not site.observed or site.observation is None or distribution.event_shape is None:
        return None
    shape, event = shape_of(site.observation), len(distribution.event_shape)
    if shape is None or len(shape) < event:
        return None
    return shape[: len(shape) - event]


def plate_nesting(inference: Inference) -> float | None:
    """How many dimensions from the right an ELBO leaves to plates; None where none is checked.

    Without `max_plate_nesting` Pyro asks for every dimension, at least in the first step.
    """
    nesting = math.inf
    if inference.kind not in ("svi", "elbo") or not inference.objectives:
        return None
    for _, objective in inference.objectives:
        if not isinstance(objective, LibraryObject) or objective.kind != "elbo":
            return None
        given = objective.arguments.get("max_plate_nesting")
        if given is None or given == Constant(math.inf):
            continue
        size = size_of(given)
        if not isinstance(size, int) or not objective.is_complete:
            return None
        nesting = min(nesting, size)
    return nesting
