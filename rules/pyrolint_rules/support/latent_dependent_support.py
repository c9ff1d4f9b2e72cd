"""PYR112 latent-dependent-support."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR112", "latent-dependent-support", severity=Severity.ERROR, tips=[4])
def latent_dependent_support() -> None:
    """What values a site can take depends on another latent, and the guide keeps the first answer.

    ## What it does
    Finds latent sites whose bounds move with another latent, as those of `Uniform(0, width)` do.
    It is an error under autoguides that take every support from one run of the model (`AutoDelta`,
    `AutoNormal`, `AutoDiagonalNormal`, `AutoMultivariateNormal`, `AutoStructured`,
    `AutoLaplaceApproximation` and the like), and advice under a guide of your own. Markov chains
    and the autoguides named `…Messenger` ask anew in every run.

    ## Why is this bad
    The autoguide sends its draws into the support that its first run saw. As soon as the other
    latent moves, draws lie outside: a ValueError after some dozens of steps, or an infinite loss
    while validation is off. And where the support is wider by then, the guide never uses it.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        width = pyro.sample("width", dist.LogNormal(0.0, 1.0))
        start = pyro.sample("start", dist.Uniform(0.0, width))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(start, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.rand(10))
    ```

    ## Use instead
    Draw from a set that stays, and scale afterwards.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        width = pyro.sample("width", dist.LogNormal(0.0, 1.0))
        part = pyro.sample("part", dist.Uniform(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(part * width, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.rand(10))
    ```

    ## What confirm shows
    The supports of the site at two values of the other latent.

    ## References
    - Pyro, `pyro.infer.autoguide`
    - Pyro, SVI Part IV: Tips and Tricks, tip 4: model and guide distributions have the same support
    """
