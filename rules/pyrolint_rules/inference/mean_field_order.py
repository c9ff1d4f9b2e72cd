"""PYR306 mean-field-order."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR306", "mean-field-order", severity=Severity.WARNING, tips=[9])
def mean_field_order() -> None:
    """The guide's sites come in another order than the model's under `TraceMeanField_ELBO`.

    ## What it does
    Compares the order of the latent sites in both traces. It is advice where no draw of the guide
    depends on another one's, as then only Pyro's warning is in the way.

    ## Why is this bad
    `TraceMeanField_ELBO` adds up one divergence a site, each given what was drawn before. That is
    right where the guide factorises as the model does. In another order a draw of the guide may
    stand for what the model makes of it later, the sum is no divergence any more, and the
    objective is another one than the ELBO, without any error.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, TraceMeanField_ELBO
    from pyro.optim import Adam


    def model(data):
        group = pyro.sample("group", dist.Normal(0.0, 1.0))
        loc = pyro.sample("loc", dist.Normal(group, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(0.0))
        scale = pyro.param("scale", torch.tensor(0.5), constraint=constraints.positive)
        loc = pyro.sample("loc", dist.Normal(mean, scale))
        pyro.sample("group", dist.Normal(0.5 * loc, scale))


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceMeanField_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, TraceMeanField_ELBO
    from pyro.optim import Adam


    def model(data):
        group = pyro.sample("group", dist.Normal(0.0, 1.0))
        loc = pyro.sample("loc", dist.Normal(group, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(0.0))
        scale = pyro.param("scale", torch.tensor(0.5), constraint=constraints.positive)
        group = pyro.sample("group", dist.Normal(mean, scale))
        pyro.sample("loc", dist.Normal(group, scale))


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceMeanField_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Both orders, and which site of the guide depends on which.

    ## References
    - Pyro, `pyro.infer.TraceMeanField_ELBO`, on the mean-field condition
    """
