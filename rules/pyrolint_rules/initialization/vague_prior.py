"""PYR206 vague-prior."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR206", "vague-prior", severity=Severity.ADVICE, tips=[11])
def vague_prior() -> None:
    """A prior has a standard deviation of a thousand or more.

    ## What it does
    Reads the standard deviation of each prior over the whole line that a guide is trained
    against, and that of the logarithm for a `LogNormal`.

    ## Why is this bad
    Such a prior says next to nothing, and what it says is in units that nothing else has: an
    optimizer that moves the guide by about the learning rate a step crosses it in a hundred
    thousand. Draws from it, in prior predictive checks and in autoguides that start at one, are
    absurd. Mostly it stands for data that was not brought to order one.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 10000.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 10.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The prior's standard deviation, and the guide's at the start.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 11: mind the scales of your numbers
    """
