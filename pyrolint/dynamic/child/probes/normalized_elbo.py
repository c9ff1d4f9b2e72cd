"""Whether the ELBO of large data is far from one nat a number."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.dynamic.child.facts.weights import observations, scale_of
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.gradients import gradients_of
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

MANY = 1000.0
"""How many observed numbers are large data."""

FAR = 100.0
"""How many nats a number are far from one."""


@probe("PYR307", needs_data=True, under_samplers=False)
def normalized_elbo(laboratory: Laboratory) -> Iterator[Evidence]:
    """Divide the ELBO by the number of observed numbers."""
    step = laboratory.step
    model = step.model_run
    if model is None or step.guide is None:
        return
    weight = observations(model)
    if weight < MANY:
        return
    observed = list(model.observed)
    if any(scale_of(each) < 1.0 for each in observed):
        # It is scaled down already.
        return
    gradients = gradients_of(laboratory)
    if gradients is None or not gradients.is_finite:
        return
    # Of all draws, so that a single wide one does not tell.
    each = float(gradients.losses.abs().min()) / weight
    if each < FAR:
        return
    widest = max(observed, key=lambda site: site.value.numel() if site.value is not None else 0)
    yield Evidence(
        "PYR307",
        Verdict.CONFIRMED,
        f"the ELBO is {worded(-gradients.loss)}, {worded(each)} nats for each of {weight:g} "
        "observed numbers, where about one is usual: gradients and learning rates are of that "
        "size too; normalise the data, start nearer to it, or scale model and guide alike by "
        "`poutine.scale(..., scale=1 / N)`",
        position=widest.position,
        site=widest.name,
        figures={
            "ELBO": figure(-gradients.loss),
            "observed numbers": weight,
            "|ELBO| of a number": figure(each),
        },
    )
