"""PYR604 nonnegative-plate-dim."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR604", "nonnegative-plate-dim", severity=Severity.ERROR, tips=[13])
def nonnegative_plate_dim() -> None:
    """A plate's dimension is counted from the left.

    ## What it does
    Reports a plate with a `dim` of 0 or more.

    ## Why is this bad
    Batch shapes grow to the left, so Pyro counts plate dimensions from the right: -1 is the last
    one. It refuses any other.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data), dim=0):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


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
        with pyro.plate("data", len(data), dim=-1):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The plate, and the dimension that it asked for.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, `pyro.plate`, argument `dim`
    """
