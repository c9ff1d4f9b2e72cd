"""How many observations a run of the model stands for."""

from __future__ import annotations

import math
from itertools import zip_longest

from torch import Tensor

from pyrolint.dynamic.child.observation.step import Execution, Site


def observations(model: Execution | None) -> float:
    """The number of observed elements, each as often as its site's scale counts it; N times D."""
    if model is None:
        return 0.0
    return sum(elements(site) for site in model.observed)


def elements(site: Site) -> float:
    """The number of elements of an observed site, counted so."""
    # Distributions of users' own need not have a shape.
    if not isinstance(site.value, Tensor) or not hasattr(site.distribution, "shape"):
        return 0.0
    # Aligned at the right, as both are broadcast; torch's own function for that imports its
    # symbolic shapes, which takes a second.
    shapes = (site.value.shape[::-1], site.distribution.shape()[::-1])
    return math.prod(map(max, zip_longest(*shapes, fillvalue=1))) * scale_of(site)


def scale_of(site: Site) -> float:
    """The factor of a site's log-density; the average where elements have their own."""
    scale = site.scale
    return float(scale.detach().float().mean()) if isinstance(scale, Tensor) else float(scale)
