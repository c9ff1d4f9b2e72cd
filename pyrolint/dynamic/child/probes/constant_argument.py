"""Whether a constant that a distribution is called with lies outside what the argument may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from pyrolint.dynamic.child.facts.arguments import Argument, constrained
from pyrolint.dynamic.child.facts.calls import Call, calls, feeds
from pyrolint.dynamic.child.facts.supports import describe
from pyrolint.dynamic.child.probing import figure, first_where, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import SourceKind
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR104")
def constant_argument(laboratory: Laboratory) -> Iterator[Evidence]:
    """Check the arguments that neither parameters nor latents nor networks feed."""
    seen = set()
    for call in calls(laboratory):
        for argument in constrained(call.site, call.index, call.construction):
            fed = feeds(laboratory, call, argument.value)
            if fed is None or fed - {SourceKind.OBSERVATION}:
                continue
            key = (call.construction.position, argument.name)
            outside = _outside(argument)
            if key not in seen and outside is not None:
                seen.add(key)
                yield _evidence(call, argument, outside)


def _outside(argument: Argument) -> tuple[int, ...] | None:
    """The index of the first element outside, by torch's own check; None where all lie inside."""
    value = argument.tensor
    worst = argument.worst
    if value is None or value.numel() == 0 or (worst is not None and worst.margin > 1e-6):
        return None
    if argument.is_normalised:
        # Only weights that are negative, or that sum to nothing, cannot be divided by their sum.
        wrong = ~(value >= 0.0) | (value.sum(-1, keepdim=True) <= 0.0)
    else:
        try:
            wrong = ~torch.as_tensor(argument.constraint.check(value))
        except (RuntimeError, NotImplementedError, ValueError):
            # A matrix that is none, or a constraint that only an instance knows.
            return None
    return first_where(wrong) if bool(wrong.any()) else None


def _evidence(call: Call, argument: Argument, index: tuple[int, ...]) -> Evidence:
    value = argument.tensor
    assert value is not None
    element = value.detach()[index] if index else value.detach()
    shown = figure(element) if element.numel() == 1 else None
    figures: dict[str, Any] = {"value": shown} if shown is not None else {}
    if index:
        figures["index"] = list(index)
    raised = ""
    if call.error is not None:
        figures["error"] = type(call.error).__name__
        raised = f", and the call raised {type(call.error).__name__}"
    what = worded(element) if shown is not None else "a tensor outside"
    place = f" at {list(index)}" if index else ""
    return Evidence(
        "PYR104",
        Verdict.CONFIRMED,
        f"`{argument.name}` of {argument.family} is {what}{place}, which needs "
        f"{describe(argument.needs)}{raised}; give it a value inside",
        position=argument.construction.position,
        site=argument.site_name,
        argument=argument.name,
        related=argument.places,
        figures=figures,
    )
