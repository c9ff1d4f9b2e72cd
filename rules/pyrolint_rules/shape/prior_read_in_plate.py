"""PYR608 prior-read-in-plate."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR608", "prior-read-in-plate", severity=Severity.WARNING, tips=[13])
def prior_read_in_plate() -> None:
    """A module's prior is first read inside a plate, and becomes one latent for each element.

    ## What it does
    Finds sites of `PyroSample` priors on the weights of torch's layers that were sampled in a
    plate. Priors of other attributes may be meant to vary, and count only where the program's text
    shows that they are not.

    ## Why is this bad
    `PyroSample` draws where the attribute is first read, and the plates that are open then apply. A
    weight per datum is another model: nothing is shared, and there are as many latents as data.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoDelta
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](1, 1, bias=False)
            self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 1]).to_event(2))

        def forward(self, x, y):
            with pyro.plate("data", len(x)):
                weight = self.linear.weight
                mean = weight.squeeze(-1).squeeze(-1) * x
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Regression()
    svi = SVI(model, AutoDelta(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10), torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoDelta
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](1, 1, bias=False)
            self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 1]).to_event(2))

        def forward(self, x, y):
            weight = self.linear.weight
            with pyro.plate("data", len(x)):
                mean = weight.squeeze(-1).squeeze(-1) * x
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Regression()
    svi = SVI(model, AutoDelta(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10), torch.randn(10))
    ```

    ## What confirm shows
    The plate around the prior, and how many latents it became.

    ## References
    - Pyro, Modules in Pyro: how `PyroSample` works
    - Pyro, `pyro.nn.PyroSample`
    """
