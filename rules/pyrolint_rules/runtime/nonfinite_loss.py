"""PYR901 nonfinite-loss."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR901", "nonfinite-loss", severity=Severity.ERROR)
def nonfinite_loss() -> None:
    """The loss of the first step is NaN or infinite.

    ## What it does
    Reports a loss that is not finite, at the first site in the order of execution whose value,
    argument or log-density is not. It stays silent where another rule names the cause at that site.

    ## Why is this bad
    Such a loss has no useful gradient: the first update turns the parameters into NaN, and nothing
    mends them.

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
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    data = torch.randn(10)
    data[3] = float("nan")
    pyro.distributions.enable_validation(False)
    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(data)
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
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    data = torch.randn(10)
    data[3] = float("nan")
    data = data[torch.isfinite(data)]
    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(data)
    ```

    ## What confirm shows
    The site, what of it is not finite, the element and its index.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 12: keep validation on
    - Pyro, `pyro.util.warn_if_nan`
    """
