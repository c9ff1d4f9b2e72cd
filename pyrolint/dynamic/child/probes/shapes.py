"""Whether each site's log-density has the shape that its plates declare."""

from __future__ import annotations

from collections.abc import Iterator

from pyro.infer.elbo import ELBO

from pyrolint.dynamic.child.errors.raised import raised_by
from pyrolint.dynamic.child.facts.modules import owner_of_prior
from pyrolint.dynamic.child.facts.pairing import has_autoguide
from pyrolint.dynamic.child.facts.shapes import (
    Shape,
    batch_of,
    crossed,
    declared_dimensions,
    density_shape,
    size_at,
)
from pyrolint.dynamic.child.observation.step import Execution, Site, Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR601", "PYR602", "PYR605", "PYR606", under_samplers=False)
def shapes(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare shapes at each site of the observed step, as an ELBO's validation does."""
    step = laboratory.step
    # Other inferences sum densities of any shape, and some are written for that.
    if not isinstance(step.objective, ELBO):
        return
    for run in step.runs:
        if run.role == "guide" and step.model_run is not None and has_autoguide(laboratory):
            # It takes its shapes from the model's sites, which are told of themselves.
            continue
        for site in run.sites:
            found = _sizes(site) or _density(step, run, site)
            if found is not None:
                yield found
    yield from _events(step)


def _nesting(step: Step, site: Site) -> float:
    """How many dimensions from the right plates may take: all beyond them are enumeration's."""
    held = raised_by(step.error, "pyro.util.check_site_shape")
    if held is not None and held["site"].get("name") == site.name:
        # Before it has guessed how deep plates nest, an objective asks for every dimension.
        return float(held["max_plate_nesting"])
    return float(step.objective.max_plate_nesting)


def _sizes(site: Site) -> Evidence | None:
    """What a site holds against the sizes of its plates."""
    batch = batch_of(site)
    for dim, frame in declared_dimensions(site).items():
        size = size_at(batch, dim) if batch is not None else 1
        if size not in (1, frame.size) and frame.size != -1:
            what = "observation" if site.is_observed else "draw"
            return _evidence(
                "PYR605",
                site,
                f"the {what} has size {size} in dimension {dim}, where plate {frame.name!r} "
                f"has {frame.size}; make them one size",
                {"shape": str(tuple(site.value.shape)), "plate": f"{frame.name}: {frame.size}"},
            )
    return None


def _density(step: Step, run: Execution, site: Site) -> Evidence | None:
    shape = density_shape(site, run)
    if shape is None or (site.is_observed and crossed(site, run) is not None):
        # An observation that was broadcast against its distribution is a finding of its own.
        return None
    plates = declared_dimensions(site)
    nesting = _nesting(step, site)
    deepest = -min(plates, default=0)
    for dim in range(-1, -1 - max(len(shape), deepest), -1):
        if -dim > nesting:
            break
        size, frame = size_at(shape, dim), plates.get(dim)
        # To the right of a plate, dimensions may be anything's: Pyro leaves them alone.
        if frame is None and size != 1 and -dim > deepest:
            return _undeclared(step, site, shape, dim)
        if frame is not None and frame.size not in (size, -1):
            return _evidence(
                "PYR605",
                site,
                f"its log-density has shape {shape}, but plate {frame.name!r} declares size "
                f"{frame.size} in dimension {dim}; make them one size",
                {"shape": str(shape), "plate": f"{frame.name}: {frame.size}"},
            )
    return None


def _undeclared(step: Step, site: Site, shape: Shape, dim: int) -> Evidence:
    figures: dict[str, float | str] = {"shape": str(shape), "dimension": dim}
    message = (
        f"its log-density has shape {shape}, and no plate declares dimension {dim} of size "
        f"{size_at(shape, dim)}; put the site into a plate, or take the dimension by `.to_event`"
    )
    if site.role == "model" and owner_of_prior(step.model, site.name) is not None:
        construction = next(site.constructions, None)
        if construction is not None and construction.position is not None:
            here = (site.position,) if site.position is not None else ()
            return Evidence(
                "PYR606",
                Verdict.CONFIRMED,
                f"prior {site.name!r} leaves its own dimensions to the batch: {message}",
                position=construction.position,
                site=site.name,
                related=here,
                figures=figures,
            )
    return _evidence("PYR601", site, message, figures)


def _events(step: Step) -> Iterator[Evidence]:
    model, guide = step.model_run, step.guide_run
    if model is None or guide is None:
        return
    for site in guide.latents:
        twin = model.site(site.name)
        own = getattr(site.distribution, "event_dim", None)
        wanted = getattr(twin.distribution, "event_dim", None) if twin is not None else None
        if twin is None or twin.is_observed or own is None or wanted is None or own == wanted:
            continue
        yield Evidence(
            "PYR602",
            Verdict.CONFIRMED,
            f"site {site.name!r} has {own} event dimensions in the guide and {wanted} in the "
            "model; give both as many, by `.to_event`",
            position=site.position,
            site=site.name,
            related=(twin.position,) if twin.position is not None else (),
            figures={"guide": own, "model": wanted},
        )


def _evidence(code: str, site: Site, message: str, figures: dict[str, float | str]) -> Evidence:
    return Evidence(
        code,
        Verdict.CONFIRMED,
        f"at site {site.name!r}, {message}",
        position=site.position,
        site=site.name,
        figures=figures,
    )
