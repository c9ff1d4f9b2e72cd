"""PYR202 huge-parameter-init."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Distribution,
    Finding,
    ParamSite,
    Severity,
    Value,
    alternatives,
    distance_of,
    innermost,
    named,
    rule,
)


@rule("PYR202", "huge-parameter-init", severity=Severity.WARNING, tips=[7, 11])
def huge_parameter_init(parameter: ParamSite) -> Iterator[Finding]:
    """A parameter starts thousands away from zero, where no prior asks for it.

    ## What it does
    Finds parameters with an initial element of magnitude `max-init` (1000) or more, after all
    arithmetic on it. A parameter of a guide is left alone where the prior of its latent lies as
    far from zero, or where that prior is not known.

    ## Why is this bad
    Adam moves a parameter by about the learning rate a step: from 5000 to order one at a rate of
    0.01 takes half a million steps. Until then the ELBO is dominated by the misfit, and its
    gradients may overflow. Large starts mostly mirror data that was not normalised.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(5000.0))
        pyro.sample("loc", dist.Normal(mean, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(mean, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The ELBO of one observation at the first step.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tips 7 and 11: start small, mind the scales of numbers
    """
    start = parameter.starting_magnitude
    if start < parameter.thresholds.max_init:
        return
    if any(_may_ask_for(prior, start) for prior in parameter.priors):
        return
    how = "the optimizer moves it by about the learning rate a step and may never arrive"
    if not parameter.moves_freely:
        # Training moves its logarithm or the like: where no site tells what it is for, it may well
        # belong there.
        if not parameter.feeds_sites:
            return
        how = "the first gradients may overflow, and training has far to go from there"
    subject = named("The parameter", parameter.name, "The parameter set here")
    yield Finding(
        f"{subject} starts at a magnitude of {start:g}: {how}; start near the prior, and"
        " normalise the data to order one if it is what lies so far out.",
        parameter.place,
        program=parameter.program or None,
        site=parameter.name,
    )


def _may_ask_for(prior: Value, start: float) -> bool:
    """Whether a prior lies about as far from zero, or may for all that is known."""
    for _, option in alternatives(prior):
        distance = distance_of(innermost(option)) if isinstance(option, Distribution) else None
        if distance is None or distance >= start / 2:
            return True
    return False
