"""PYR305 sampled-kl."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR305", "sampled-kl", severity=Severity.ADVICE, tips=[9])
def sampled_kl() -> None:
    """The divergence from the prior is estimated from draws, though it has a closed form.

    ## What it does
    Looks at pairs under `Trace_ELBO` whose latents come in one order, are drawn by
    reparameterised samplers, and all have a closed form for the divergence of guide from prior.
    It speaks where the gradient's variance falls to a tenth or less with `TraceMeanField_ELBO`,
    and is of a size that matters.

    ## Why is this bad
    The gradient of a divergence that is estimated from one draw is noisy, often noisier than that
    of the likelihood. `TraceMeanField_ELBO` takes the closed form, whose gradient does not depend
    on the draw at all, and the same steps get further.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(torch.zeros(20), 0.2).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.full((20,), 0.1))
        scale = pyro.param("scale", torch.full((20,), 0.2), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(mean, scale).to_event(1))


    objective = Trace_ELBO()
    svi = SVI(model, guide, Adam({"lr": 0.01}), objective)
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
        loc = pyro.sample("loc", dist.Normal(torch.zeros(20), 0.2).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.full((20,), 0.1))
        scale = pyro.param("scale", torch.full((20,), 0.2), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(mean, scale).to_event(1))


    objective = TraceMeanField_ELBO()
    svi = SVI(model, guide, Adam({"lr": 0.01}), objective)
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The gradient's variance with both objectives, over the same draws.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 9: use `TraceMeanField_ELBO` if applicable
    - Pyro, `pyro.infer.TraceMeanField_ELBO`
    """
