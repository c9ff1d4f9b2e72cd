"""PYR705 unused-parameter."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR705", "unused-parameter", severity=Severity.WARNING)
def unused_parameter() -> None:
    """No density is made of a parameter.

    ## What it does
    Finds `pyro.param` statements whose parameter got no gradient in the step, and that no site's
    distribution or value is made of. Weights that `pyro.module` registers, baselines, frozen
    parameters, and objectives that train in several parts are no finding.

    ## Why is this bad
    The parameter keeps its initial value for ever. Often a literal stands where the parameter was
    meant.

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
        pyro.param("loc_scale", torch.tensor(0.1))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        scale = pyro.param("loc_scale", torch.tensor(0.1), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(loc, scale))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    That the gradient is None after the step. A gradient of exactly 0 proves nothing, and is not
    reported.

    ## References
    - Pyro, `pyro.param`
    - PyTorch, Autograd mechanics
    """
