"""Which site makes the loss, or a gradient, infinite or NaN."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from pyro.distributions.util import scale_and_mask
from pyro.infer import TraceTailAdaptive_ELBO
from torch import Tensor

from pyrolint.dynamic.child.laboratory import Laboratory, Run
from pyrolint.dynamic.child.operations import is_floating
from pyrolint.dynamic.child.probing import figure, first_where, probe, worded
from pyrolint.dynamic.child.step import Execution, Parameter, Site
from pyrolint.dynamic.messages import Evidence, Position, Verdict

Blame = tuple[str, Any, tuple[int, ...]]
"""What of a site is not finite, the element that is not, and its index."""


@probe("PYR901", "PYR902", under_samplers=False)
def nonfinite(laboratory: Laboratory) -> Iterator[Evidence]:
    """Look for the first site to blame, where the step's loss or gradients are not finite."""
    step = laboratory.step
    # This one trains without a loss, and says so by an infinite one.
    if isinstance(step.objective, TraceTailAdaptive_ELBO):
        return
    if step.loss is not None and not math.isfinite(step.loss):
        yield _of_loss(step.loss, step.runs, step.position)
    elif step.error is None and step.loss is not None:
        lost = [
            parameter
            for run in step.runs
            for parameter in run.parameters
            if (gradient := step.gradients.get(parameter.name)) is not None
            and not bool(torch.isfinite(gradient).all())
        ]
        if lost and laboratory.can_repeat:
            run = laboratory.recorded
            # Nobody must take what is differentiated here for the program's own step.
            with laboratory.quiet(0):
                found = _of_gradient(lost[0], step.gradients[lost[0].name], run)
            yield found


def _of_loss(loss: float, runs: Iterable[Execution], position: Position | None) -> Evidence:
    figures: dict[str, Any] = {"loss": figure(loss)}
    for run in runs:
        for site in run.sites:
            blame = _blame(site, run)
            if blame is None:
                continue
            what, value, index = blame
            at = f" at index {list(index)}" if index else ""
            return Evidence(
                "PYR901",
                Verdict.CONFIRMED,
                f"the loss of the step is {worded(loss)}; site {site.name!r} of the {site.role} is "
                f"the first to blame: its {what} is {worded(value)}{at}",
                position=site.position,
                site=site.name,
                figures={**figures, "value": figure(value), "index": list(index)},
            )
    return Evidence(
        "PYR901",
        Verdict.CONFIRMED,
        f"the loss of the step is {worded(loss)}, though every site's density is finite",
        position=position,
        figures=figures,
    )


def _blame(site: Site, run: Execution) -> Blame | None:
    if site.is_deterministic or site.mask is False:
        return None
    density = _density(site, run)
    sick = _first_sick(site.value) or _first_sick(density)
    if sick is None:
        return None
    for construction in site.constructions:
        for name, value in construction.arguments.items():
            found = _first_sick(value, nan_only=True)
            if found is not None:
                return f"argument `{name}`", *found
    found = _first_sick(site.value)
    if found is not None:
        return ("observation" if site.is_observed else "draw"), *found
    return "log-density", *sick


def _first_sick(value: Any, *, nan_only: bool = False) -> tuple[Any, tuple[int, ...]] | None:
    """The first element that is not finite, and where it is."""
    if not is_floating(value):
        return None
    sick = torch.isnan(value) if nan_only else ~torch.isfinite(value)
    if not bool(sick.any()):
        return None
    index = first_where(sick)
    return value.detach()[index], index


def _density(site: Site, run: Execution) -> Tensor | None:
    """The site's log-density, scaled and masked; None where it cannot be had."""
    node = run.trace.nodes[site.name]
    known = node.get("log_prob")
    if isinstance(known, Tensor):
        return known
    try:
        with torch.no_grad():
            density = site.distribution.log_prob(site.value, *node["args"], **node["kwargs"])
            scaled: Tensor = scale_and_mask(density, site.scale, site.mask)
            return scaled
    # A distribution may be the user's own, and raise what it likes.
    except Exception:  # noqa: BLE001
        return None


def _of_gradient(parameter: Parameter, gradient: Any, run: Run) -> Evidence:
    element, index = _first_sick(gradient) or (gradient, ())
    at = f" at index {list(index)}" if index else ""
    message = f"the loss is finite, but the gradient of {parameter.name!r} is {worded(element)}{at}"
    site = _first_to_blame(parameter, run)
    own = (parameter.position,) if parameter.position is not None else ()
    return Evidence(
        "PYR902",
        Verdict.CONFIRMED,
        message + (f"; the density of site {site.name!r} gives it" if site is not None else ""),
        position=(site.position if site is not None else None) or parameter.position,
        site=site.name if site is not None else None,
        parameter=parameter.name,
        related=own if site is not None else (),
        figures={"gradient": figure(element), "index": list(index)},
    )


def _first_to_blame(parameter: Parameter, run: Run) -> Site | None:
    """The first site whose own density has a gradient that is not finite."""
    for execution in run.executions:
        latents = [site.value for other in run.executions for site in other.latents]
        wanted = [parameter.leaf, *(each for each in latents if is_floating(each))]
        wanted = [each for each in wanted if each.requires_grad]
        for site in execution.sites:
            density = _with_graph(site)
            if density is None or not density.requires_grad:
                continue
            gradients = torch.autograd.grad(
                density.sum(), wanted, allow_unused=True, retain_graph=True
            )
            for each in gradients:
                if _first_sick(each) is not None:
                    return site
    return None


def _with_graph(site: Site) -> Tensor | None:
    try:
        with torch.enable_grad():
            density: Tensor = site.distribution.log_prob(site.value)
            scaled: Tensor = scale_and_mask(density, site.scale, site.mask)
            return scaled
    # As above.
    except Exception:  # noqa: BLE001
        return None
