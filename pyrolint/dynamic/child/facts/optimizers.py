"""What the step's optimizer was asked for, and its moves made by hand.

Torch's own optimizers import its compiler when the first is built, which takes longer than all
that is measured here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from pyro.optim import PyroOptim
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.messages import Position

_ADAPTIVE = frozenset({"Adam", "AdamW", "ClippedAdam", "NAdam", "RAdam"})


@dataclass(frozen=True, slots=True)
class Rate:
    """The learning rate as the program gave it, of one optimizer for all parameters.

    ``is_constant``: neither a scheduler nor a decay of its own lowers it.
    """

    rate: float
    kind: str
    is_constant: bool
    betas: tuple[float, float]
    position: Position | None

    @property
    def is_adaptive(self) -> bool:
        """Whether moves are of about the rate's size, whatever the gradient's."""
        return self.kind in _ADAPTIVE


def rate_of(optimizer: Any) -> Rate | None:
    """The learning rate of a Pyro optimizer; None where it is told by a function, or not at all."""
    if not isinstance(optimizer, PyroOptim):
        return None
    given: Any = optimizer.pt_optim_args
    kind = getattr(optimizer.pt_optim_constructor, "__name__", "")
    is_scheduled = hasattr(optimizer, "pt_scheduler_constructor")
    if is_scheduled and isinstance(given, Mapping):
        kind = getattr(given.get("optimizer"), "__name__", kind)
        given = given.get("optim_args", given)
    if not isinstance(given, Mapping):
        return None
    rate = given.get("lr", 1e-3 if kind in _ADAPTIVE else None)
    if not isinstance(rate, (int, float)):
        return None
    decays = is_scheduled or float(given.get("lrd", 1.0)) < 1.0
    betas = given.get("betas", (0.9, 0.999))
    return Rate(float(rate), kind, not decays, tuple(betas), making_position(optimizer))


@dataclass(slots=True)
class Moves:
    """Adam's moves on leaves, or those of plain gradient descent where ``betas`` is None."""

    rate: float
    betas: tuple[float, float] | None
    _count: int = 0
    _moments: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def make(self, leaves: list[Tensor], gradients: Mapping[int, Tensor]) -> None:
        """Move each leaf in place by its gradient, told by the leaf's identity."""
        self._count += 1
        with torch.no_grad():
            for leaf in leaves:
                gradient = gradients.get(id(leaf))
                if gradient is not None:
                    leaf.sub_(self.rate * self._direction(id(leaf), gradient))

    def _direction(self, key: int, gradient: Tensor) -> Tensor:
        if self.betas is None:
            return gradient
        zero = torch.zeros_like(gradient)
        mean, square = self._moments.get(key, (zero, zero))
        first, second = self.betas
        mean = first * mean + (1.0 - first) * gradient
        square = second * square + (1.0 - second) * gradient.square()
        self._moments[key] = (mean, square)
        size = (square / (1.0 - second**self._count)).sqrt() + 1e-8
        return mean / (1.0 - first**self._count) / size
