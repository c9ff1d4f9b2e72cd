"""PYR317 kl-barrier."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR317", "kl-barrier", severity=Severity.ADVICE, tips=[15])
def kl_barrier() -> None:
    """Training begins by closing the guide on the prior, against what the data says.

    ## What it does
    Splits the loss of the first step into the divergence of guide from prior and the
    log-likelihood, and takes the gradient of each. It speaks where, in every draw, the divergence
    is more than twice the log-likelihood's size and a step down the loss makes the data less
    likely.

    ## Why is this bad
    The shortest way down such a loss is to forget the data: the guide falls on the prior, the
    likelihood has no gradient left for what the latents no longer carry, and many models stay
    there. An annealed divergence lets the likelihood speak first.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(200), 0.1).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(weights.sum(), 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.full((200,), 0.4))
        scale = pyro.param("scale", torch.full((200,), 0.02), constraint=constraints.positive)
        pyro.sample("weights", dist.Normal(mean, scale).to_event(1))


    svi = SVI(model, guide, Adam({"lr": 0.001}), Trace_ELBO())
    svi.step(82.0 + torch.randn(10))
    ```

    ## Use instead
    Let the guide start near the prior, as here, or anneal the divergence.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(200), 0.1).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(weights.sum(), 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.full((200,), 0.0))
        scale = pyro.param("scale", torch.full((200,), 0.02), constraint=constraints.positive)
        pyro.sample("weights", dist.Normal(mean, scale).to_event(1))


    svi = SVI(model, guide, Adam({"lr": 0.001}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The divergence and the log-likelihood at the start, in nats.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 15: KL annealing may help
    """
