"""The step's gradient from draw to draw: how much of it is signal, and how much is noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.repetition.laboratory import Laboratory, NoObjective

ELEMENTS = 50_000
"""How many elements of a parameter's gradient are kept of each draw; more are thinned out."""

FIRST_SEED = 1
"""The seed of the first repeat; each repeat draws from the next one."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How much of a gradient of many draws is noise, over all its elements together.

    ``signal_to_noise`` is the length of the mean over the root of the summed variances, of one
    draw, without the part that chance gives. ``directions`` is in about how many directions the
    draws vary: with few, nothing can be said. ``variance`` is the sum over the elements.
    """

    signal_to_noise: float
    directions: float
    variance: float


@dataclass(frozen=True, slots=True)
class Gradients:
    """Losses, and gradients by the parameter's name, each of shape (draws, elements)."""

    losses: Tensor
    by_name: Mapping[str, Tensor]

    @property
    def is_finite(self) -> bool:
        """Whether all losses and gradients are numbers."""
        return bool(self.losses.isfinite().all()) and all(
            bool(each.isfinite().all()) for each in self.by_name.values()
        )

    @property
    def loss(self) -> float:
        """The median loss."""
        return float(self.losses.median())

    @property
    def noise(self) -> Noise | None:
        """The noise of all parameters' gradient together; None where nothing varies."""
        if not self.by_name or not self.is_finite:
            return None
        return _noise(torch.cat(list(self.by_name.values()), 1).double())

    def signal_to_noise(self) -> Iterator[tuple[str, float]]:
        """The ratio of each parameter by name; what does not vary is left out."""
        for name, draws in self.by_name.items():
            found = _noise(draws.double()) if bool(draws.isfinite().all()) else None
            if found is not None:
                yield name, found.signal_to_noise


def _noise(draws: Tensor) -> Noise | None:
    count = len(draws)
    mean = draws.mean(0)
    centred = draws - mean
    # The draws' own products are few, while elements may be thousands.
    products = centred @ centred.T / (count - 1)
    variance = float(products.trace())
    if not 0.0 < variance < math.inf:
        return None
    squared = max(float(mean.square().sum()) - variance / count, 0.0)
    directions = variance**2 / float(products.square().sum())
    return Noise(math.sqrt(squared / variance), directions, variance)


def gradients_of(laboratory: Laboratory) -> Gradients | None:
    """The K repeats of the step's own objective, which all probes share.

    None where the step cannot be repeated, or not in the time that is left.
    """
    return laboratory.once(_own)


def repeated(
    laboratory: Laboratory, draws: int, *, objective: Any = None, **options: Any
) -> Gradients | None:
    """Losses and gradients of ``draws`` repeats; see ``Laboratory.loss_and_gradients``.

    None where the step cannot be repeated, or not in the time that is left.
    """
    step = laboratory.step
    if step.error is not None or draws < 2 or not laboratory.affords(draws):
        return None
    names = {id(each.leaf): each.name for run in step.runs for each in run.parameters}
    losses: list[float] = []
    collected: dict[str, list[Tensor]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + draws):
        try:
            loss, found = laboratory.loss_and_gradients(seed, objective=objective, **options)
        except NoObjective:
            return None
        # A repeat runs user code, which may raise anything; then there is nothing to compare.
        except Exception:  # noqa: BLE001
            return None
        losses.append(loss)
        for key, gradient in found.items():
            if key in names:
                collected.setdefault(names[key], []).append(_thinned(gradient))
    # A branch of the program may leave a parameter out of a draw.
    by_name = {
        name: torch.stack(each).cpu() for name, each in collected.items() if len(each) == draws
    }
    return Gradients(torch.tensor(losses, dtype=torch.float64), by_name)


def _own(laboratory: Laboratory) -> Gradients | None:
    with laboratory.exempted():
        return repeated(laboratory, laboratory.draws)


def _thinned(gradient: Tensor) -> Tensor:
    flat = (gradient.to_dense() if gradient.is_sparse else gradient).flatten()
    return flat[:: max(1, -(-len(flat) // ELEMENTS))].clone()
