"""PYR303 constant-learning-rate."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR303", "constant-learning-rate", severity=Severity.ADVICE, tips=[3])
def constant_learning_rate() -> None:
    """The learning rate never falls, while the gradient is mostly noise.

    ## What it does
    Looks at Adam and its kin with neither a scheduler nor `lrd`, at a rate at which noise alone
    moves a parameter by one or more in a thousand steps, and speaks where the signal-to-noise
    ratio of the gradient is below 0.3. One step does not tell how long training runs: where the
    gradient is clear at the start and only drowns in noise near the end, nothing is said.

    ## Why is this bad
    Each of Adam's moves is of about the learning rate's size. Where they are mostly noise they
    add up like a random walk, and parameters wander about the optimum as far as the rate lets
    them, however long training goes on. A rate that falls lets them settle.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import ClippedAdam


    def model(data):
        with pyro.plate("components", 40):
            loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 10.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.zeros(40))
        with pyro.plate("components", 40):
            pyro.sample("loc", dist.StudentT(10.0, mean, 1.0))


    optimizer = ClippedAdam({"lr": 0.1})
    svi = SVI(model, guide, optimizer, Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    `lrd` is the factor of one step: `gamma ** (1 / steps)` ends at `gamma` times the first rate.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import ClippedAdam


    def model(data):
        with pyro.plate("components", 40):
            loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 10.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.zeros(40))
        with pyro.plate("components", 40):
            pyro.sample("loc", dist.StudentT(10.0, mean, 1.0))


    optimizer = ClippedAdam({"lr": 0.1, "lrd": 0.01 ** (1 / 2000)})
    svi = SVI(model, guide, optimizer, Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The rate, the signal-to-noise ratio of the gradient, and how far noise alone moves a parameter
    in a thousand steps.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 3: decay the learning rate
    - Pyro, `pyro.optim.ClippedAdam`, argument `lrd`
    """
