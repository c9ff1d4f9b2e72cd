"""Whether what is observed is of a type whose log-density cannot be computed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pyrolint.dynamic.child.errors.raised import error_position, first_line
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

_REFUSALS = (RuntimeError, TypeError, ValueError, AttributeError)


@probe("PYR406")
def observation_dtype(laboratory: Laboratory) -> Iterator[Evidence]:
    """Ask again, where the step failed, for the density of what is no tensor of floats."""
    step = laboratory.step
    if step.error is None or step.model_run is None:
        return
    for site in step.model_run.observed:
        kind = _kind(site.value)
        refusal = _refusal(site, site.value) if kind is not None else None
        if refusal is None or _refusal(site, _as_floats(site.value)) is not None:
            continue
        yield Evidence(
            "PYR406",
            Verdict.CONFIRMED,
            f"site {site.name!r} observes {kind}, and its log-density raises"
            f" {type(refusal).__name__}: {first_line(refusal)}; of the same numbers as a tensor of"
            " floats it raises nothing",
            position=site.position,
            site=site.name,
            related=tuple(
                each for each in (error_position(step.error) or step.position,) if each is not None
            ),
            figures={"error": type(refusal).__name__},
        )


def _kind(value: object) -> str | None:
    """What the value is, where it is no tensor of floats."""
    match value:
        case Tensor():
            name = str(value.dtype).removeprefix("torch.")
            return None if value.is_floating_point() else f"a tensor of {name}"
        case np.ndarray():
            return "a NumPy array"
        case bool() | int() | float() | list() | tuple():
            return f"a {type(value).__name__}"
        case _:
            return None


def _as_floats(value: Any) -> Tensor | None:
    try:
        return torch.as_tensor(value).float()
    except _REFUSALS:
        return None


def _refusal(site: Site, value: object) -> BaseException | None:
    """What the site's log-density raises of a value, None where it raises nothing."""
    if value is None:
        return TypeError("no tensor can be made of it")
    try:
        with torch.no_grad():
            site.distribution.log_prob(value)
    except _REFUSALS as error:
        return error
    return None
