"""PYR308 noisy-gradient."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR308", "noisy-gradient", severity=Severity.ADVICE, tips=[8])
def noisy_gradient() -> None:
    """The gradient of the ELBO is mostly noise.

    ## What it does
    Repeats the first step with other draws and compares the gradient's mean with its spread, over
    all parameters together. Where a few draws look noisy, it takes ten times the particles, which
    tells the ratio more exactly, and speaks below 0.1. Gradients that vary in few directions are
    left alone, as chance would decide about them.

    ## Why is this bad
    At a ratio of 0.1 a hundred steps are needed to average the noise out as far as it takes to
    see the signal once. Training wanders, and the loss says little about progress. Particles cost
    computing time and divide the noise by their square root; vectorised they cost little.

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


    objective = Trace_ELBO()
    svi = SVI(model, guide, ClippedAdam({"lr": 0.01, "lrd": 0.999}), objective)
    svi.step(torch.randn(10))
    ```

    ## Use instead
    Let the guide start where the gradient is clear, and take more particles.
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
        mean = pyro.param("mean", torch.full((40,), 5.0))
        with pyro.plate("components", 40):
            pyro.sample("loc", dist.StudentT(10.0, mean, 1.0))


    objective = Trace_ELBO(num_particles=100)
    svi = SVI(model, guide, ClippedAdam({"lr": 0.01, "lrd": 0.999}), objective)
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The signal-to-noise ratio with the particles as given, and with ten times as many.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 8: particles and mini-batches trade variance for
      compute
    """
