"""Whether a parameter starts outside its constraint, or where it cannot leave."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.distributions import transform_to
from torch.distributions.transforms import ComposeTransform, SigmoidTransform

from pyrolint.dynamic.child.errors.declaring import declaration_behind
from pyrolint.dynamic.child.facts.supports import describe, is_inverted, members
from pyrolint.dynamic.child.observation.step import Parameter
from pyrolint.dynamic.child.probing import figure, first_where, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR106")
def initial_value(laboratory: Laboratory) -> Iterator[Evidence]:
    """Look at the unconstrained value of every parameter as the first step finds it."""
    failed = declaration_behind(laboratory.step.error)
    if failed is not None and failed.has_transform and failed.has_gradients:
        yield Evidence(
            "PYR106",
            Verdict.CONFIRMED,
            f"the initial value has no counterpart in unconstrained space: its statement raised "
            f"{type(failed.error).__name__}, and the constraint needs "
            f"{describe(members(failed.constraint))}; start it inside",
            position=failed.position,
            site=failed.name,
            parameter=failed.name,
            figures={"error": type(failed.error).__name__},
        )
    for parameter in laboratory.step.parameters:
        yield from _judged(parameter)


def _judged(parameter: Parameter) -> Iterator[Evidence]:
    known = members(parameter.constraint)
    leaf = parameter.leaf.detach()
    if known is None or known.is_real_line or is_inverted(known) or not leaf.is_floating_point():
        return
    infinite = ~torch.isfinite(leaf)
    clipped = _clipped(parameter, leaf)
    if bool(infinite.any()):
        index, what = first_where(infinite), "not finite"
    elif clipped is not None and bool(clipped.any()):
        index, what = first_where(clipped), "where the sigmoid is flat, so that it hardly moves"
    else:
        return
    start = leaf[index]
    place = f" at {list(index)}" if index else ""
    yield Evidence(
        "PYR106",
        Verdict.CONFIRMED,
        f"parameter {parameter.name!r} needs {describe(known)}, and its unconstrained value starts "
        f"from {worded(start)}{place}, {what}; start it well inside",
        position=parameter.position,
        site=parameter.name,
        parameter=parameter.name,
        figures={
            "unconstrained": figure(start),
            "index": list(index),
            "count": int((infinite if bool(infinite.any()) else clipped).sum()),  # type: ignore[union-attr]
        },
    )


def _clipped(parameter: Parameter, leaf: Tensor) -> Tensor | None:
    """Where the inverse of a sigmoid had to clip its argument, as it does at both ends."""
    try:
        transform = transform_to(parameter.constraint)
    except NotImplementedError:
        return None
    parts = transform.parts if isinstance(transform, ComposeTransform) else [transform]
    if not parts or not isinstance(parts[0], SigmoidTransform):
        return None
    limits = torch.finfo(leaf.dtype)
    # The widest value that the inverse gives: of one step below 1.
    top = math.log((1.0 - limits.eps) / limits.eps)
    bottom = math.log(limits.tiny)
    return (leaf >= top * (1.0 - 1e-3)) | (leaf <= bottom * (1.0 - 1e-3))
