"""PYR318 invalid-decay."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Inference,
    Options,
    Related,
    Severity,
    Value,
    alternatives,
    bound_value,
    contradict,
    rule,
    stepping,
)

STOPPED = 1e-6
"""A rate of less than so much of the first one moves nothing any more."""


@rule("PYR318", "invalid-decay", severity=Severity.ERROR, tips=[3])
def invalid_decay(inference: Inference) -> Iterator[Finding]:
    """The learning rate of `ClippedAdam` or `DCTAdam` grows without end, or is gone at once.

    ## What it does
    Looks at `lrd`, by which both multiply their rate at every step. Over 1 is an error. Nothing
    or less than nothing is a warning, and so is a factor that leaves less than a millionth of the
    first rate at the end of the loop, where its length is known.

    ## Why is this bad
    `lrd` is the factor of one step, not of an epoch or of the whole training. Over 1 the rate grows
    like compound interest until parameters are NaN. A factor of 0.9 leaves a thousandth after 65
    steps: what is not learnt by then is never learnt.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import ClippedAdam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = torch.randn(10)
    optimizer = ClippedAdam({"lr": 0.01, "lrd": 0.1})
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
    for step in range(2000):
        svi.step(data)
    ```

    ## Use instead
    `gamma ** (1 / steps)` ends at `gamma` times the first rate.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import ClippedAdam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = torch.randn(10)
    optimizer = ClippedAdam({"lr": 0.01, "lrd": 0.1 ** (1 / 2000)})
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
    for step in range(2000):
        svi.step(data)
    ```

    ## What confirm shows
    Nothing: one step does not show how often it is followed by another.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 3: decay the learning rate
    - Pyro, `pyro.optim.ClippedAdam`, argument `lrd`
    """
    if inference.kind not in ("svi", "elbo"):
        return
    for made, options in stepping(inference):
        found = _fault(options, inference.turns)
        if found is None:
            continue
        fault, severity = found
        yield Finding(
            f"{fault}; write `gamma ** (1 / steps)`, which ends at `gamma` times the first rate.",
            options.places.get("lrd", made.place),
            related=(Related(inference.step or inference.place, "here it steps"),),
            severity=severity,
        )


def _fault(options: Options, turns: Value) -> tuple[str, Severity] | None:
    """What is wrong with the decay, and how bad that is."""
    given = options.known.get("lrd")
    if options.name not in ("ClippedAdam", "DCTAdam") or given is None:
        return None
    for way, option in alternatives(given):
        decay = bound_value(option)
        if decay is None or contradict(options.guard, way):
            continue
        if decay > 1:
            return (
                f"An `lrd` of {decay:g} makes the learning rate grow by that factor at every step,"
                " until parameters are NaN"
            ), Severity.ERROR
        if decay == 0:
            return "An `lrd` of 0 is the factor of every step, and nothing moves", Severity.WARNING
        if decay < 0:
            return (
                f"An `lrd` of {decay:g} turns the sign of the learning rate at every step, so that"
                " every other one climbs"
            ), Severity.WARNING
        for other, count in alternatives(turns):
            steps = bound_value(count)
            if steps is None or contradict(other, (*options.guard, *way)):
                continue
            if decay**steps < STOPPED:
                return (
                    f"An `lrd` of {decay:g} is the factor of every step: of {steps:g} steps, all"
                    f" but the first {_last(decay)} move nothing"
                ), Severity.WARNING
    return None


def _last(decay: float) -> int:
    """The step after which the rate is gone."""
    count = 0
    while decay**count >= STOPPED:
        count += 1
    return count
