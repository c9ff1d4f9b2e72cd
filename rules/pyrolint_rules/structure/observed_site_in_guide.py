"""PYR704 observed-site-in-guide."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR704", "observed-site-in-guide", severity=Severity.ERROR)
def observed_site_in_guide() -> None:
    """The guide samples or observes what the model observes.

    ## What it does
    Finds sites of the guide that are observations in the model.

    ## Why is this bad
    A guide stands for the posterior of the latents; data have none. The guide's draw is not used,
    and its density is subtracted from the ELBO.

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
        loc = pyro.sample("loc", dist.Normal(loc, 0.1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0))


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
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The site, at both lines.

    ## References
    - Pyro, An Introduction to Stochastic Variational Inference: guides
    - Pyro, `pyro.util.check_model_guide_match`
    """
