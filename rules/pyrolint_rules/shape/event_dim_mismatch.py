"""PYR602 event-dim-mismatch."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR602", "event-dim-mismatch", severity=Severity.ERROR, tips=[13])
def event_dim_mismatch() -> None:
    """Model and guide disagree about how many dimensions one draw of a site has.

    ## What it does
    Compares the event dimensions of each latent in the model with those of the same site in the
    guide.

    ## Why is this bad
    A draw with one event dimension is one vector; without, it is many numbers that are independent.
    The densities of the two halves are then of different things, and Pyro refuses to subtract one
    from the other.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.sum(), 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.zeros(3))
        with pyro.plate("parts", 3):
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
        loc = pyro.sample("loc", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.sum(), 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.zeros(3))
        pyro.sample("loc", dist.Normal(loc, 0.1).to_event(1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The number of event dimensions on both sides.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, SVI Part IV: Tips and Tricks, tip 13: handling tensor shape errors
    - Pyro, `pyro.util.check_model_guide_match`
    """
