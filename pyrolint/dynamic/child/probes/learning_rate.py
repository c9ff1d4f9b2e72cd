"""Whether training goes astray at the program's learning rate, and not at a tenth of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from pyrolint.dynamic.child.facts.optimizers import Moves, Rate, rate_of
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.gradients import gradients_of
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, NoObjective
from pyrolint.dynamic.child.repetition.preservation import preserved
from pyrolint.dynamic.messages import Evidence, Reason, Verdict

LARGE = 0.1
"""The rate over which one is asked about without a finding that asks."""

STEPS = 20

LAST = 5
"""How many of the last losses tell where a run has come to."""


@probe("PYR301", needs_data=True, under_samplers=False)
def learning_rate(laboratory: Laboratory) -> Iterator[Evidence]:
    """Train copies of the parameters for twenty steps at the rate and at a tenth of it."""
    step = laboratory.step
    rate = rate_of(step.optimizer)
    is_claimed = any(True for _ in step.claimed("PYR301"))
    if rate is None or not (is_claimed or (rate.rate > LARGE and rate.is_constant)):
        return
    gradients = gradients_of(laboratory)
    if gradients is None or not gradients.is_finite:
        return
    if not rate.is_adaptive and rate.kind != "SGD":
        return
    with laboratory.exempted():
        if not laboratory.affords(2 * STEPS):
            return
        fast, slow = (_ends(laboratory, rate, factor) for factor in (1.0, 0.1))
    if fast is None or slow is None:
        return
    start = gradients.loss
    # The spread of the first losses, by which alone a later one may differ.
    spread = float(gradients.losses.max() - gradients.losses.min())
    figures = {
        "rate": rate.rate,
        "loss at the start": figure(start),
        "loss after twenty steps": figure(fast),
        "loss after twenty steps at a tenth": figure(slow),
    }
    words = (
        f"after twenty steps at {rate.rate:g} the loss is {worded(fast)}, after twenty at "
        f"{rate.rate / 10:g} it is {worded(slow)}, from {worded(start)} at the start"
    )
    kept = slow <= start + spread
    lost = not math.isfinite(fast) or fast > max(start, slow) + 2.0 * spread + 0.1 * abs(start)
    if lost and kept:
        yield Evidence(
            "PYR301",
            Verdict.CONFIRMED,
            f"{words}: the steps overshoot; start at 1e-3 to 1e-2",
            position=rate.position or step.position,
            figures=figures,
        )
    elif is_claimed:
        yield Evidence(
            "PYR301",
            Verdict.UNKNOWN,
            words,
            position=rate.position or step.position,
            figures=figures,
            reason=Reason.INCONCLUSIVE,
        )


def _ends(laboratory: Laboratory, rate: Rate, factor: float) -> float | None:
    """The median of the last losses of a run; infinite where they are no numbers any more."""
    moves = Moves(rate.rate * factor, rate.betas if rate.is_adaptive else None)
    losses: list[float] = []
    with preserved(laboratory.leaves):
        for seed in range(STEPS):
            try:
                loss, gradients = laboratory.loss_and_gradients(seed)
            except NoObjective:
                return None
            # Parameters that went astray break what user code expects of them.
            except Exception:  # noqa: BLE001
                return math.inf if losses else None
            if not math.isfinite(loss):
                return math.inf
            losses.append(loss)
            moves.make(laboratory.leaves, gradients)
    return median(losses[-LAST:])
