"""Whether discrete latents are summed over, and whether the loss heeds what asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyro.infer import (
    RenyiELBO,
    Trace_ELBO,
    TraceEnum_ELBO,
    TraceGraph_ELBO,
    TraceMeanField_ELBO,
)

from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.observation.step import Execution, Site, Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

_DRAWING = (Trace_ELBO, TraceGraph_ELBO, RenyiELBO)


@probe("PYR311", "PYR312", under_samplers=False)
def enumeration(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the marks, families and baselines of the latents beside the loss that met them."""
    step = laboratory.step
    model, guide, loss = step.model_run, step.guide_run, step.objective
    # What a class of the user's own does with a mark is its own affair.
    if model is None or guide is None or not type(loss).__module__.startswith("pyro.infer"):
        return
    if isinstance(loss, TraceEnum_ELBO):
        yield from _unmarked(model, guide)
    elif isinstance(loss, _DRAWING):
        yield from _unheeded(step, model, guide)
        if not isinstance(loss, TraceMeanField_ELBO):
            yield from _scored(model, guide, type(loss).__name__)


def _is_drawn(site: Site) -> bool:
    """Whether it is a discrete latent that nobody says anything of, with no gradient through it."""
    distribution: Any = site.distribution
    if distribution.has_rsample or site.mask is False or "enumerate" in site.infer:
        return False
    try:
        return bool(distribution.support.is_discrete)
    except NotImplementedError:
        return False


def _is_listed(site: Site) -> bool:
    return bool(getattr(site.distribution, "has_enumerate_support", False))


def _unmarked(model: Execution, guide: Execution) -> Iterator[Evidence]:
    # Who marks some sites one by one may want others drawn: all at once would be too many.
    marked = any(site.infer.get("enumerate") for site in guide.latents)
    for site in guide.latents if not marked else ():
        if _is_drawn(site) and _is_listed(site) and "baseline" not in site.infer:
            yield _unenumerated(site, "the guide, by a score-function gradient")
    for site in model.latents:
        if _is_drawn(site) and _is_listed(site) and site.name not in guide.trace.nodes:
            yield _unenumerated(site, "its prior, as the guide has no such site")


def _unenumerated(site: Site, source: str) -> Evidence:
    return Evidence(
        "PYR311",
        Verdict.CONFIRMED,
        f"TraceEnum_ELBO drew the discrete latent {site.name!r} once, from {source}: nothing marks "
        "it for enumeration; use `config_enumerate`, or `infer={'enumerate': 'parallel'}`",
        position=site.position,
        site=site.name,
        figures={"family": type(site.distribution).__name__},
    )


def _scored(model: Execution, guide: Execution, loss: str) -> Iterator[Evidence]:
    if not guide.parameters:
        return
    for site in guide.latents:
        twin = model.site(site.name)
        if twin is None or twin.is_observed or not _is_drawn(site) or "baseline" in site.infer:
            continue
        remedy = "sum it out by `TraceEnum_ELBO`" if _is_listed(site) else "give it a baseline"
        yield Evidence(
            "PYR311",
            Verdict.CONFIRMED,
            f"{loss} trained the discrete latent {site.name!r} by a score-function gradient "
            f"without a baseline; {remedy}",
            position=site.position,
            site=site.name,
            figures={"family": type(site.distribution).__name__},
        )


def _unheeded(step: Step, model: Execution, guide: Execution) -> Iterator[Evidence]:
    own = [site for site in guide.latents if site.infer.get("enumerate")]
    priors = [
        site
        for site in model.latents
        if site.infer.get("enumerate") and site.name not in guide.trace.nodes
    ]
    sites = priors or own
    if not sites:
        return
    source = "its prior" if priors else "the guide"
    yield Evidence(
        "PYR312",
        Verdict.CONFIRMED,
        f"{type(step.objective).__name__} drew {sites[0].name!r} once, from {source}, though it is "
        "marked for enumeration; train with `TraceEnum_ELBO`",
        position=making_position(step.objective) or step.position,
        site=sites[0].name,
        related=tuple(site.position for site in sites if site.position is not None),
        figures={"sites": [site.name for site in sites]},
        level=None if priors else "warning",
    )
