"""PYR703 unknown-guide-site."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR703", "unknown-guide-site", severity=Severity.ERROR)
def unknown_guide_site() -> None:
    """The guide has a site that the model lacks.

    ## What it does
    Compares the sites that model and guide came by in the step. Sites marked by
    `infer={"is_auxiliary": True}` belong to the guide alone. A `pyro.deterministic` of the guide is
    a warning. A `pyro.factor` of the guide that does not say `has_rsample` is reported as well.

    ## Why is this bad
    The site's density enters the loss with nothing against it, so that training widens or narrows
    what no data speak of. Mostly the name is misspelt, and the model's own latent is drawn from the
    prior.

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
    The site, at the guide's line.

    ## References
    - Pyro, An Introduction to Stochastic Variational Inference: guides
    - Pyro, `pyro.util.check_model_guide_match`
    - Pyro, `pyro.factor`, argument `has_rsample`
    """
