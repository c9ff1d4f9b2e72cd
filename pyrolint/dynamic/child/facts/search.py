"""Look for values of parameters and latents that push an argument past its bound.

The search goes down the gradient of the argument's own margin, in the unconstrained space, so
that what it finds does not depend on luck. A search that finds nothing proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.distributions import biject_to

from pyrolint.dynamic.child.facts.arguments import Argument
from pyrolint.dynamic.child.facts.supports import Members
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.probing import worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory

DOUBLINGS = 7
"""How often a move that was too short is doubled."""

SURE = 3
"""How many moves are tried whatever they take, so that no verdict hangs on the machine's speed."""


ROUNDING = 1e-6
"""By how much an argument may lie outside for no reason but rounding: one minus a sum."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A move that breaks an argument's constraint.

    ``distance`` is the Euclidean length of the move in the unconstrained space; ``value`` is what
    the worst element of the argument becomes.
    """

    distance: float
    value: float


def element_words(value: float, needs: Members) -> str:
    """The worst element in words; of a vector or matrix, by how much it misses its set."""
    if needs.structure is None:
        return worded(value)
    return f"{worded(abs(value))} outside its set"


def by_leaves(
    laboratory: Laboratory, argument: Argument, leaves: Sequence[Tensor], *, touching: bool = False
) -> Breach | None:
    """Move parameters; ``touching``: to reach the bound exactly counts as well."""
    for way in _ways(argument, leaves):

        def attempt(length: float, way: _Way = way) -> Breach | None:
            moves = [
                (leaf, leaf.detach() - length * gradient / way.steepness)
                for leaf, gradient in zip(leaves, way.gradients, strict=True)
                if gradient is not None
            ]
            with laboratory.running(moves=moves, draws=laboratory.recorded) as run:
                execution = run.guide if argument.role == "guide" else run.model
                return _breach(argument.again(execution), length, touching=touching)

        found = _lengthened(laboratory, attempt, way.inside / way.steepness)
        if found is not None:
            return found
    return None


def by_latent(laboratory: Laboratory, argument: Argument, latent: Site) -> Breach | None:
    """Move what a latent site draws, within its support.

    ``latent.value`` must be the leaf that the recorded run was made with. Raises
    NotImplementedError where the support has no bijection from the whole space.
    """
    transform = biject_to(latent.distribution.support)
    start = transform.inv(latent.value.detach())
    for way in _ways(argument, [latent.value]):
        with torch.enable_grad():
            free = start.clone().requires_grad_()
            # A sum of products, as torch imports its symbolic shapes for explicit `grad_outputs`.
            (pulled,) = torch.autograd.grad((transform(free) * way.gradients[0]).sum(), free)
        steepness = float(pulled.norm())
        if steepness == 0.0:
            continue

        def attempt(length: float, direction: Tensor = pulled / steepness) -> Breach | None:
            values = {latent.name: transform(start - length * direction)}
            return _breach(argument.again(laboratory.run(values=values).model), length)

        found = _lengthened(laboratory, attempt, way.inside / steepness)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class _Way:
    """Towards one bound: how far inside the worst element lies, and the margin's gradients."""

    inside: float
    gradients: Sequence[Tensor | None]
    steepness: float


def _ways(argument: Argument, leaves: Sequence[Tensor]) -> Iterator[_Way]:
    """The bounds that the leaves have a hold on, the nearest first."""
    found = []
    for margin in argument.margins:
        if not margin.requires_grad or margin.numel() == 0:
            continue
        worst = margin.min()
        gradients: Sequence[Tensor | None] = torch.autograd.grad(
            worst, list(leaves), retain_graph=True, allow_unused=True
        )
        squared = sum(float(each.double().square().sum()) for each in gradients if each is not None)
        if 0.0 < squared < math.inf:
            found.append(_Way(float(worst.detach()), gradients, math.sqrt(squared)))
    yield from sorted(found, key=lambda way: way.inside / way.steepness)


def _lengthened(
    laboratory: Laboratory, attempt: Callable[[float], Breach | None], straight: float
) -> Breach | None:
    """Try the move that a straight line asks for, then ever longer ones."""
    length = max(straight, 0.0) * 1.1 + 1e-2
    for tried in range(DOUBLINGS):
        with ExitStack() as stack:
            if tried < SURE:
                stack.enter_context(laboratory.exempted())
            if not laboratory.affords(1):
                return None
            found = attempt(length)
        if found is not None:
            return found
        length *= 2.0
    return None


def _breach(argument: Argument | None, length: float, *, touching: bool = False) -> Breach | None:
    worst = argument.worst if argument is not None else None
    # A move that is too long for the number format gives NaN, and says nothing of the constraint.
    if argument is None or worst is None or math.isnan(worst.value):
        return None
    touches = touching and worst.margin == 0.0 and argument.is_open
    return Breach(length, worst.value) if worst.margin < -ROUNDING or touches else None
