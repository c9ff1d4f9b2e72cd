"""PYR702 missing-guide-site."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR702", "missing-guide-site", severity=Severity.ERROR)
def missing_guide_site() -> None:
    """The guide does not sample a latent of the model.

    ## What it does
    Compares the sites that model and guide came by in the step. Latents that the model enumerates
    must be missing from the guide, and are no finding. An observation with `obs_mask` makes a
    latent of its own, which is called as the site with `_unobserved` after it.

    ## Why is this bad
    The step draws such a latent from its prior: what the data say of it is lost, and the noise of
    its draws goes into every gradient. Pyro only warns, and some objectives end with a KeyError.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("weight", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("weight_loc", torch.tensor(0.0))
        pyro.sample("weights", dist.Normal(loc, 0.1))


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
        loc = pyro.sample("weight", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("weight_loc", torch.tensor(0.0))
        pyro.sample("weight", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The site, and the name in the guide that comes nearest.

    ## References
    - Pyro, An Introduction to Stochastic Variational Inference: guides
    - Pyro, `pyro.util.check_model_guide_match`
    """
