"""PYR601 undeclared-batch-dimension."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR601", "undeclared-batch-dimension", severity=Severity.ERROR, tips=[13])
def undeclared_batch_dimension() -> None:
    """A site's density has a batch dimension that no plate declares.

    ## What it does
    Compares the shape of each site's log-density with the plates around the site, in model and
    guide, from the right to `max_plate_nesting`. Dimensions of size 1, those of enumeration and
    those of vectorised particles are no finding.

    ## Why is this bad
    Pyro takes a dimension for independent only where a plate says so. With validation on, the step
    fails. With validation off, the gradient estimators that count on plates are wrong or noisier,
    and mini-batches are scaled wrongly.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        pyro.sample("obs", dist.Normal(loc.expand(10), 1.0), obs=data)


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
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.expand(10), 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The shape of the site's log-density, and the dimension that nothing declares.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, SVI Part IV: Tips and Tricks, tip 13: handling tensor shape errors
    - Pyro, `pyro.util.check_site_shape`
    """
