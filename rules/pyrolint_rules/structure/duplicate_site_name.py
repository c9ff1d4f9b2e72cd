"""PYR701 duplicate-site-name."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR701", "duplicate-site-name", severity=Severity.ERROR)
def duplicate_site_name() -> None:
    """One execution comes by two statements of the same name.

    ## What it does
    Reports a sample, observation, deterministic, factor or parameter statement whose name the
    execution had used already for something else.

    ## Why is this bad
    Pyro keeps an execution as a table of sites by name, and refuses to write over an entry.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        for value in data:
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=value)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


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
        for i, value in enumerate(data):
            pyro.sample(f"obs_{i}", dist.Normal(loc, 1.0), obs=value)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The name, and the lines of both statements.

    ## References
    - Pyro, `pyro.sample`, argument `name`
    - Pyro, `pyro.poutine.Trace`
    """
