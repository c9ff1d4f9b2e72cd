"""Whether gradients grow without bounds as a guide's concentration goes to zero."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from pyro.optim.clipped_adam import ClippedAdam
from torch import Tensor
from torch.distributions import constraints

from pyrolint.dynamic.child.facts.arguments import Argument, arguments_of
from pyrolint.dynamic.child.observation.step import Parameter
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import SourceKind, sources
from pyrolint.dynamic.child.repetition.preservation import moved
from pyrolint.dynamic.messages import Evidence, Verdict

SHRUNK = 0.01
"""The part of its first value that the parameter is let shrink to."""

NEAR = 0.3
"""What a concentration must start below to be told of unasked: any other has far to go."""

TIMES = 10.0
"""How much larger the gradient's norm must be there."""

_SHAPES = {
    "Gamma": ("concentration",),
    "InverseGamma": ("concentration",),
    "Beta": ("concentration1", "concentration0"),
    "Dirichlet": ("concentration",),
}


@probe("PYR108", needs_data=True, under_samplers=False)
def boundary_parameter(laboratory: Laboratory) -> Iterator[Evidence]:
    """Take the gradient where the parameter is, and where it has shrunk."""
    step = laboratory.step
    if step.error is not None or step.guide_run is None or not laboratory.can_repeat:
        return
    guide = laboratory.recorded.guide
    if guide is None or _clips(step.optimizer):
        return
    by_name = {each.name: each for each in guide.parameters}
    is_asked = any(True for _ in step.claimed("PYR108"))
    for site in guide.latents:
        for argument in arguments_of(site):
            if argument.name not in _SHAPES.get(argument.family, ()):
                continue
            parameter = _behind(laboratory, argument, by_name)
            if parameter is not None and (is_asked or bool((parameter.value < NEAR).any())):
                yield from _grown(laboratory, argument, parameter)


def _clips(optimizer: Any) -> bool:
    """Whether the optimizer clips gradients."""
    return bool(getattr(optimizer, "pt_clip_args", None)) or (
        getattr(optimizer, "pt_optim_constructor", None) is ClippedAdam
    )


def _behind(
    laboratory: Laboratory, argument: Argument, by_name: dict[str, Parameter]
) -> Parameter | None:
    """The parameter under the positive constraint that the argument is, unchanged."""
    operations, tensor = laboratory.recorded.operations, argument.tensor
    if operations is None or tensor is None:
        return None
    for source, _ in sources(operations.of(tensor)):
        parameter = by_name.get(source.name) if source.kind is SourceKind.PARAMETER else None
        if parameter is None or parameter.constraint is not constraints.positive:
            continue
        if parameter.value.shape == tensor.shape and bool((parameter.value == tensor).all()):
            return parameter
    return None


def _grown(laboratory: Laboratory, argument: Argument, parameter: Parameter) -> Iterator[Evidence]:
    if not laboratory.affords(2 * laboratory.draws):
        return
    leaf = parameter.leaf
    here = _norm(laboratory, leaf, leaf.detach())
    there = _norm(laboratory, leaf, leaf.detach() + math.log(SHRUNK))
    if not math.isfinite(here) or here == 0.0 or there < TIMES * here:
        return
    site = argument.site_name
    yield Evidence(
        "PYR108",
        Verdict.CONFIRMED,
        f"the gradient of {parameter.name!r}, the {argument.name} of {argument.family}, has a norm "
        f"of {worded(here)}, and of {worded(there)} where the parameter has shrunk to a "
        "hundredth; declare it with `constraint=constraints.greater_than(1e-3)`",
        position=parameter.position,
        site=site,
        argument=argument.name,
        parameter=parameter.name,
        figures={"norm": figure(here), f"norm at {SHRUNK:g} of it": figure(there)},
    )


def _norm(laboratory: Laboratory, leaf: Tensor, value: Tensor) -> float:
    """The median norm of a leaf's gradient at a value; infinite where one is not finite."""
    norms = []
    for seed in range(laboratory.draws):
        with moved([(leaf, value)]):
            _, gradients = laboratory.loss_and_gradients(seed)
        found = gradients.get(id(leaf))
        norms.append(float(found.norm()) if found is not None else 0.0)
    if not all(map(math.isfinite, norms)):
        return math.inf
    return float(torch.tensor(norms).median())
