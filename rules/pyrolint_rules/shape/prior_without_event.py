"""PYR606 prior-without-event."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR606", "prior-without-event", severity=Severity.ERROR, tips=[13])
def prior_without_event() -> None:
    """The prior of a module's weights leaves its dimensions to the batch.

    ## What it does
    Finds sites of `PyroSample` priors whose log-density has dimensions that no plate declares:
    those of the weight itself.

    ## Why is this bad
    The weights of a layer are one draw, so their dimensions are its event. Left in the batch, they
    are dimensions that nobody declared, and an ELBO refuses them.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](3, 1)
            prior = dist.Normal(torch.zeros(1, 3), 1.0)
            self.linear.weight = PyroSample(prior)

        def forward(self, x, y):
            mean = self.linear(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    def guide(x, y):
        loc = pyro.param("loc", torch.zeros(1, 3))
        pyro.sample("linear.weight", dist.Normal(loc, 0.1))


    svi = SVI(Regression(), guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 3), torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](3, 1)
            prior = dist.Normal(torch.zeros(1, 3), 1.0).to_event(2)
            self.linear.weight = PyroSample(prior)

        def forward(self, x, y):
            mean = self.linear(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    def guide(x, y):
        loc = pyro.param("loc", torch.zeros(1, 3))
        pyro.sample("linear.weight", dist.Normal(loc, 0.1).to_event(2))


    svi = SVI(Regression(), guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 3), torch.randn(10))
    ```

    ## What confirm shows
    The shape of the prior's log-density, and the dimension that nothing declares.

    ## References
    - Pyro, Modules in Pyro: how `PyroSample` works
    - Pyro, Bayesian Regression: `PyroSample` with `to_event`
    - Pyro, Tensor shapes in Pyro
    """
