"""PYR301 large-learning-rate."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR301", "large-learning-rate", severity=Severity.WARNING, tips=[1])
def large_learning_rate() -> None:
    """The steps of the optimizer are so long that they overshoot.

    ## What it does
    Trains copies of the parameters for twenty steps at the program's learning rate and for twenty
    at a tenth of it, where the rate is over 0.1 and nothing lets it fall. It speaks where the
    loss ends well above its start at the one and not at the other.

    ## Why is this bad
    Adam moves every parameter by about the learning rate at each step, whatever the gradient's
    size. A rate far above the scale at which the loss changes carries parameters past their
    optimum into regions of huge losses, and they may never come back, or end as NaN.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(x @ weights, 0.1), obs=y)


    optimizer = Adam({"lr": 5.0})
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
    x = torch.randn(50, 3)
    svi.step(x, x @ torch.tensor([0.5, -0.5, 0.2]))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(x @ weights, 0.1), obs=y)


    optimizer = Adam({"lr": 0.01})
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
    x = torch.randn(50, 3)
    svi.step(x, x @ torch.tensor([0.5, -0.5, 0.2]))
    ```

    ## What confirm shows
    The loss after twenty steps at the rate, at a tenth of it, and at the start.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 1: start with a small learning rate
    - Kingma and Ba (2015), Adam: A Method for Stochastic Optimization, section 2.1
    """
