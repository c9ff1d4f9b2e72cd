"""Whether the bounds of a constraint or of a Uniform leave any room between them."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from pyrolint.dynamic.child.facts.calls import Call, calls, feeds
from pyrolint.dynamic.child.facts.supports import is_inverted, members
from pyrolint.dynamic.child.observation.step import Parameter
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import SourceKind
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR111")
def degenerate_constraint(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare the bounds of every parameter's constraint, and of every Uniform."""
    step = laboratory.step
    for parameter in step.parameters:
        yield from _parameter(parameter)
    for call in calls(laboratory):
        bounds = [call.construction.arguments.get(name) for name in ("low", "high")]
        kinds = [feeds(laboratory, call, bound) for bound in bounds]
        # A bound that hangs on what was drawn is luck.
        if all(kind is not None and SourceKind.LATENT not in kind for kind in kinds):
            yield from _uniform(call)


def _parameter(parameter: Parameter) -> Iterator[Evidence]:
    known = members(parameter.constraint)
    if known is None or not is_inverted(known):
        return
    value = parameter.value.detach()
    lower, upper = torch.as_tensor(known.lower), torch.as_tensor(known.upper)
    outside = ~((value >= lower) & (value <= upper))
    # Between equal bounds there is one value, which nothing moves.
    shown = value[outside].flatten()[0] if bool(outside.any()) else value.flatten()[0]
    yield Evidence(
        "PYR111",
        Verdict.CONFIRMED,
        f"the constraint of parameter {parameter.name!r} asks for numbers from "
        f"{worded(lower.flatten()[0])} to {worded(upper.flatten()[0])}, and its value is "
        f"{worded(shown)}; let the lower bound lie below the upper one",
        position=parameter.position,
        site=parameter.name,
        parameter=parameter.name,
        figures={
            "lower": figure(lower.flatten()[0]),
            "upper": figure(upper.flatten()[0]),
            "value": figure(shown),
        },
    )


def _uniform(call: Call) -> Iterator[Evidence]:
    construction = call.construction
    if construction.family.__name__ != "Uniform":
        return
    low, high = construction.arguments.get("low"), construction.arguments.get("high")
    if low is None or high is None:
        return
    low, high = torch.as_tensor(low).detach(), torch.as_tensor(high).detach()
    wrong = low >= high
    if not bool(wrong.any()):
        return
    low, high = low.expand(wrong.shape)[wrong][0], high.expand(wrong.shape)[wrong][0]
    figures = {"lower": figure(low), "upper": figure(high)}
    raised = ""
    if call.error is not None:
        figures["error"] = type(call.error).__name__
        raised = f" raised {type(call.error).__name__}: it"
    yield Evidence(
        "PYR111",
        Verdict.CONFIRMED,
        f"the call of Uniform{raised} has {worded(low)} as its lower and {worded(high)} as its "
        "upper bound; let the lower lie below the upper",
        position=construction.position,
        site=call.site.name if call.site is not None else None,
        figures=figures,
    )
