"""Which site makes the loss, or a gradient, infinite or NaN."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from pyro.infer import TraceTailAdaptive_ELBO

from pyrolint.dynamic.child.facts.blame import blame_of, first_sick, first_to_blame
from pyrolint.dynamic.child.observation.step import Execution, Parameter
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, Run
from pyrolint.dynamic.messages import Evidence, Position, Verdict


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
            blame = blame_of(site, run)
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


def _of_gradient(parameter: Parameter, gradient: Any, run: Run) -> Evidence:
    element, index = first_sick(gradient) or (gradient, ())
    at = f" at index {list(index)}" if index else ""
    message = f"the loss is finite, but the gradient of {parameter.name!r} is {worded(element)}{at}"
    site = first_to_blame(parameter, run)
    own = (parameter.position,) if parameter.position is not None else ()
    if site is not None:
        message += f"; the density of site {site.name!r} gives it"
        if site.is_observed and first_sick(site.value, nan_only=True) is not None:
            message += (
                ", as its observation holds NaN, which a mask keeps from the loss alone: put a "
                "number in its place"
            )
    return Evidence(
        "PYR902",
        Verdict.CONFIRMED,
        message,
        position=(site.position if site is not None else None) or parameter.position,
        site=site.name if site is not None else None,
        parameter=parameter.name,
        related=own if site is not None else (),
        figures={"gradient": figure(element), "index": list(index)},
    )
