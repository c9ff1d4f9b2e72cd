"""Whether a rate that never falls meets gradients that are mostly noise."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pyrolint.dynamic.child.facts.optimizers import rate_of
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.gradients import gradients_of
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

NOISY = 0.3
"""The signal-to-noise ratio below which gradients are mostly noise from the start."""

DIRECTIONS = 4.0
"""In how many directions draws must vary, lest the ratio be small by chance."""

WANDERING = 1.0
"""How far a parameter may wander by noise alone in a thousand steps."""


@probe("PYR303", needs_data=True, under_samplers=False)
def constant_rate(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare how far noise alone moves the parameters with what they are to be trained to."""
    rate = rate_of(laboratory.step.optimizer)
    if rate is None or not rate.is_constant or not rate.is_adaptive:
        return
    # Each of Adam's moves is of about the rate's size; those of noise add up by their squares.
    wanders = rate.rate * math.sqrt(1000.0)
    gradients = gradients_of(laboratory) if wanders >= WANDERING else None
    noise = gradients.noise if gradients is not None else None
    if noise is None or noise.directions < DIRECTIONS or noise.signal_to_noise >= NOISY:
        return
    yield Evidence(
        "PYR303",
        Verdict.CONFIRMED,
        f"the gradient's signal-to-noise ratio is {worded(noise.signal_to_noise)}, and the rate "
        f"stays at {rate.rate:g}: noise alone moves a parameter by about {worded(wanders)} in a "
        "thousand steps, so that training does not settle; let the rate fall: "
        "`ClippedAdam` with `lrd`, or a scheduler",
        position=rate.position or laboratory.step.position,
        figures={
            "rate": rate.rate,
            "signal-to-noise": figure(noise.signal_to_noise),
            "wandering in 1000 steps": figure(wanders),
        },
    )
