"""Which site of a run is the first whose value, argument, density or gradient is not finite."""

from __future__ import annotations

from typing import Any

import torch
from pyro.distributions.util import scale_and_mask
from torch import Tensor

from pyrolint.dynamic.child.observation.step import Execution, Parameter, Site
from pyrolint.dynamic.child.probing import first_where
from pyrolint.dynamic.child.repetition.laboratory import Run
from pyrolint.dynamic.child.repetition.operations import is_floating

Blame = tuple[str, Any, tuple[int, ...]]
"""What of a site is not finite, the element that is not, and its index."""


def blame_of(site: Site, run: Execution) -> Blame | None:
    """What of a site makes the loss infinite or NaN; None where nothing of it does."""
    if site.is_deterministic or site.mask is False:
        return None
    density = _density(site, run)
    sick = first_sick(site.value) or first_sick(density)
    if sick is None:
        return None
    for construction in site.constructions:
        for name, value in construction.arguments.items():
            found = first_sick(value, nan_only=True)
            if found is not None:
                return f"argument `{name}`", *found
    found = first_sick(site.value)
    if found is not None:
        return ("observation" if site.is_observed else "draw"), *found
    return "log-density", *sick


def first_sick(value: Any, *, nan_only: bool = False) -> tuple[Any, tuple[int, ...]] | None:
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


def first_to_blame(parameter: Parameter, run: Run) -> Site | None:
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
                if first_sick(each) is not None:
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
