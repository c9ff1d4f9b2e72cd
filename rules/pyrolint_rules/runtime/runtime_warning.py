"""PYR904 runtime-warning."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR904", "runtime-warning", severity=Severity.WARNING)
def runtime_warning() -> None:
    """Pyro warned of something, in the first step or before it.

    ## What it does
    Reports each warning that Pyro gave, hidden by a filter or not, at the line of the program that
    it came by last, once. Deprecations are no finding, and neither is what another rule explains.

    ## Why is this bad
    Pyro warns where a program runs on, and still is not likely to do what its author wants. Among a
    training loop's output such a warning goes unread.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions.transforms import Householder
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    rotation = Householder(2, count_transforms=3)


    def model(x):
        pyro.module("rotation", rotation)
        base = dist.Normal(torch.zeros(2), 1.0)
        with pyro.plate("data", len(x)):
            pyro.sample("x", dist.TransformedDistribution(base, [rotation]), obs=x)


    def guide(x):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 2))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions.transforms import Householder
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    rotation = Householder(2, count_transforms=2)


    def model(x):
        pyro.module("rotation", rotation)
        base = dist.Normal(torch.zeros(2), 1.0)
        with pyro.plate("data", len(x)):
            pyro.sample("x", dist.TransformedDistribution(base, [rotation]), obs=x)


    def guide(x):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 2))
    ```

    ## What confirm shows
    The first line of the warning.

    ## References
    - Python, `warnings`
    """
