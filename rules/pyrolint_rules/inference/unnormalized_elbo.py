"""PYR307 unnormalized-elbo."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR307", "unnormalized-elbo", severity=Severity.ADVICE, tips=[10])
def unnormalized_elbo() -> None:
    """The ELBO of large data is far from about one nat for each observed number.

    ## What it does
    Divides the ELBO of the first step by the number of observed numbers, N times D, where these
    are a thousand or more and nothing scales the log-densities down. It speaks from a hundred
    nats on, in every draw.

    ## Why is this bad
    Data of order one under a model that starts near it costs about one nat a number. Far more
    says that data or start are orders of magnitude off: losses are hard to read, gradients are of
    the same size, and rates and clipping limits that usually do no longer fit.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = 40.0 + torch.randn(5000)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(data)
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
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = 40.0 + torch.randn(5000)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step((data - data.mean()) / data.std())
    ```

    ## What confirm shows
    The ELBO, the number of observed numbers, and the one over the other.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 10: normalise the ELBO
    - Pyro, `pyro.poutine.scale`
    """
