"""How widely distributions spread, and a guide's spread against its prior's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import biject_to

from pyrolint.dynamic.child.facts.supports import is_subset, support_members
from pyrolint.dynamic.child.probing import figure
from pyrolint.dynamic.child.repetition.gradients import gradients_of
from pyrolint.dynamic.child.repetition.laboratory import Laboratory

HARMLESS = 2.9
"""The greatest ratio of the two that was met in programs which train well."""

DRAWS = 1000
"""How many draws tell a spread that has no closed form."""

FEWEST_DRAWS = 50

MOST_ELEMENTS = 200_000
"""How many numbers are drawn for it at the most."""

_QUARTILES = 1.349
"""The distance between a normal distribution's quartiles, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Spreads:
    """Standard deviations of a guide and of its prior, of the element where their ratio is worst.

    ``space`` names what they are deviations of: "values", "logarithms", "unconstrained values".
    ``is_exact``: they are the distributions' own, not estimates from draws.
    """

    guide: float
    prior: float
    space: str
    is_exact: bool

    @property
    def ratio(self) -> float:
        """The guide's deviation over the prior's."""
        return self.guide / self.prior


def deviation_of(distribution: Any) -> Tensor | None:
    """A distribution's own standard deviation; None where it has none, or none that is finite."""
    try:
        deviation = distribution.variance.detach().sqrt()
    # Some families raise what they like where they have no variance.
    except Exception:  # noqa: BLE001
        return None
    return deviation if bool(deviation.isfinite().all()) else None


def spreads_of(laboratory: Laboratory, guide: Any, prior: Any) -> Spreads | None:
    """Compare two distributions of one site; None where they cannot be compared."""
    support = support_members(prior)
    if support is None or support.is_discrete or not is_floating_family(guide):
        return None
    if support.is_real_line:
        found = worst(deviation_of(guide), deviation_of(prior), "values", is_exact=True)
        if found is not None:
            return found
    pair = stripped(guide), stripped(prior)
    if all(is_log_normal(each) for each in pair):
        inner = [deviation_of(each.base_dist) for each in pair]
        return worst(inner[0], inner[1], "logarithms", is_exact=True)
    own = support_members(guide)
    if own is None or is_subset(own, support) is not True:
        # Draws outside have no place on the prior's line; that they lie outside is the fault then.
        return None
    with laboratory.quiet(0):
        drawn = [unconstrained_deviation(each, prior) for each in (guide, prior)]
    return worst(drawn[0], drawn[1], "unconstrained values", is_exact=False)


def unconstrained_deviation(distribution: Any, prior: Any) -> Tensor | None:
    """The spread of draws once the prior's support is mapped onto the whole line.

    It is told by the quartiles, so that heavy tails do not make it a matter of luck.
    """
    try:
        count = min(DRAWS, MOST_ELEMENTS // max(1, distribution.shape().numel()))
        if count < FEWEST_DRAWS:
            return None
        with torch.no_grad():
            free = biject_to(prior.support).inv(distribution.sample((count,)))
    # There may be no such map, and draws may lie outside the support: then nothing is known.
    except Exception:  # noqa: BLE001
        return None
    ordered = free.sort(0).values
    spread = (ordered[count * 3 // 4] - ordered[count // 4]) / _QUARTILES
    return spread if bool(spread.isfinite().all()) else None


def is_floating_family(distribution: Any) -> bool:
    """Whether it draws over an interval: neither counts nor a single point."""
    names = {each.__name__ for each in type(stripped(distribution)).__mro__}
    return not names & {"Delta", "Unit"} and hasattr(distribution, "has_rsample")


def is_log_normal(distribution: Any) -> bool:
    """Whether it is the exponential of something that has a standard deviation."""
    transforms = getattr(distribution, "transforms", ())
    return [type(each).__name__ for each in transforms] == ["ExpTransform"]


def stripped(distribution: Any) -> Any:
    """A distribution without what reshapes or masks it."""
    while type(distribution).__name__ in (
        "Independent",
        "MaskedDistribution",
        "ExpandedDistribution",
    ):
        distribution = distribution.base_dist
    return distribution


def worst(
    guide: Tensor | None, prior: Tensor | None, space: str, *, is_exact: bool
) -> Spreads | None:
    """Two tensors of deviations, compared where they differ most; None where they cannot be."""
    if guide is None or prior is None:
        return None
    try:
        wide, narrow = torch.broadcast_tensors(guide, prior)
    except RuntimeError:
        return None
    ratio = (wide / narrow).flatten()
    if ratio.numel() == 0 or not bool((narrow > 0).all()):
        return None
    index = int(ratio.argmax())
    return Spreads(float(wide.flatten()[index]), float(narrow.flatten()[index]), space, is_exact)


def compared(laboratory: Laboratory, found: Spreads) -> dict[str, Any]:
    """The figures of a comparison; with the gradient's noise where the guide is the wider."""
    figures: dict[str, Any] = {
        "guide deviation": figure(found.guide),
        "prior deviation": figure(found.prior),
        "ratio": figure(found.ratio),
    }
    gradients = gradients_of(laboratory) if found.ratio > HARMLESS else None
    noise = gradients.noise if gradients is not None else None
    if noise is not None:
        figures["signal-to-noise"] = figure(noise.signal_to_noise)
    return figures
