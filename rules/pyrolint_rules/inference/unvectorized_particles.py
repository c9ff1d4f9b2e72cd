"""PYR309 unvectorized-particles."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR309", "unvectorized-particles", severity=Severity.ADVICE, tips=[8])
def unvectorized_particles() -> None:
    """Particles are run one by one though they could be run at once, or at once though they mix.

    ## What it does
    Draws particles at once and then runs each alone with the values that it drew. Where every
    site has the same log-density both ways, `vectorize_particles=True` is safe, and it is advice
    to set it. Where one differs and particles are vectorised already, the program is wrong: that
    is a warning.

    ## Why is this bad
    A loop over particles costs as many steps as there are particles; one vectorised step costs
    hardly more than one. But a program that sums over all dimensions, or reads the first one by
    its index, mixes the particles, and the loss is another one than the ELBO, without any error.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    objective = Trace_ELBO(num_particles=10)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), objective)
    svi.step(torch.randn(20), torch.randn(20))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    objective = Trace_ELBO(num_particles=10, vectorize_particles=True)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), objective)
    svi.step(torch.randn(20), torch.randn(20))
    ```

    ## What confirm shows
    The log-density of each site, vectorised and alone.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 8: particles and mini-batches trade variance for
      compute
    - Pyro, `pyro.infer.Trace_ELBO`, argument `vectorize_particles`
    """
