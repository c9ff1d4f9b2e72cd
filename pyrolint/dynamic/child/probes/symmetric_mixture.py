"""Whether the components of a mixture have equal values and equal gradients."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from pyro.infer.autoguide.guides import AutoGuide
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.observation.step import Execution, Parameter, unwrapped
from pyrolint.dynamic.child.probing import figure, probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

TOLERANCE = 1e-4
"""The relative difference that rounding may make between equal components' gradients."""


@probe("PYR204", needs_data=True, under_samplers=False)
def symmetric_mixture(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare values and gradients along the dimension that the components lie on."""
    step = laboratory.step
    model, guide = step.model_run, step.guide_run
    if model is None or guide is None or step.error is not None or not step.has_gradients:
        return
    counts = dict(_components(model, guide))
    for parameter in step.parameters:
        gradient = step.gradients.get(parameter.name)
        if gradient is None or gradient.shape != parameter.leaf.shape:
            continue
        for count, site in counts.items():
            # Where the gradient is zero, a draw may still part them.
            if not bool(gradient.any()):
                continue
            if _is_even(parameter.leaf.detach(), count) and _is_even(gradient, count):
                yield _evidence(laboratory, parameter, gradient, count, *site)
                return


def _components(
    model: Execution, guide: Execution
) -> Iterator[tuple[int, tuple[str, Position | None]]]:
    """How many components the mixtures of a model have, and the sites that are drawn from them."""
    for site in model.sites:
        distribution = site.distribution
        if type(distribution).__name__ == "MixtureSameFamily" and site.is_observed:
            yield distribution.mixture_distribution.probs.shape[-1], (site.name, site.position)
        elif site.infer.get("_enumerate_dim") is not None and site.name not in guide.trace.nodes:
            yield len(distribution.enumerate_support(expand=False)), (site.name, site.position)


def _is_even(values: Tensor, count: int) -> bool:
    """Whether all slices along a dimension of this size are equal."""
    if count < 2 or not bool(values.isfinite().all()):
        return False
    for dim, size in enumerate(values.shape):
        if size == count:
            first = values.narrow(dim, 0, 1)
            return torch.allclose(values, first.expand_as(values), rtol=TOLERANCE, atol=0.0)
    return False


def _evidence(
    laboratory: Laboratory,
    parameter: Parameter,
    gradient: Tensor,
    count: int,
    site: str,
    position: Position | None,
) -> Evidence:
    callee = laboratory.step.guide
    guide = unwrapped(callee.function) if callee is not None else None
    name, place = parameter.name, parameter.position
    if isinstance(guide, AutoGuide) and parameter.role == "guide":
        # It names its parameters after itself, and makes them in its first run.
        name, place = name.rpartition(".")[2], making_position(guide) or place
    return Evidence(
        "PYR204",
        Verdict.CONFIRMED,
        f"all {count} components of the mixture at {site!r} have one value of {name!r} "
        "and one gradient, and never part; start them apart",
        position=place,
        site=name,
        parameter=parameter.name,
        related=(position,) if position is not None else (),
        figures={"components": count, "gradient": figure(gradient.abs().max())},
    )
