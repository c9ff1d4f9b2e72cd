"""What a probe is, and the few words that all probes use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Reason

Check = Callable[[Laboratory], Iterator[Evidence]]


@dataclass(frozen=True, slots=True)
class Probe:
    """A question to the observed step, asked of it and of its repeats.

    ``codes`` are the faults it can speak for. ``needs_data``: it reads scales or data, and so has
    nothing to say where arguments were made up. ``under_samplers``: it holds for Markov chains too.
    """

    name: str
    codes: tuple[str, ...]
    check: Check
    needs_data: bool = False
    under_samplers: bool = True

    def objection(self, laboratory: Laboratory) -> Reason | None:
        """Why it has nothing to say of this step; None where it has."""
        step = laboratory.step
        if step.is_sampler and not self.under_samplers:
            return Reason.OTHER_INFERENCE
        if step.made_up_arguments and self.needs_data:
            return Reason.NEEDS_DATA
        return None


def probe(
    *codes: str, needs_data: bool = False, under_samplers: bool = True
) -> Callable[[Check], Probe]:
    """Make a function the probe for ``codes``; see Probe."""

    def made(check: Check) -> Probe:
        return Probe(
            check.__name__, codes, check, needs_data=needs_data, under_samplers=under_samplers
        )

    return made


def figure(value: Any) -> float | str:
    """A number as reports carry it: four significant digits; NaN and infinities as words."""
    number = float(value.detach()) if isinstance(value, Tensor) else float(value)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return float(f"{number:.4g}")


def worded(value: Any) -> str:
    """A number as sentences carry it."""
    found = figure(value)
    return found if isinstance(found, str) else f"{found:g}"


def first_where(condition: Tensor) -> tuple[int, ...]:
    """The index of the first element that is true."""
    return tuple(int(i) for i in torch.nonzero(condition)[0]) if condition.dim() else ()
