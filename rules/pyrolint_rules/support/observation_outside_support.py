"""PYR107 observation-outside-support."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR107", "observation-outside-support", severity=Severity.ERROR, tips=[4, 12])
def observation_outside_support() -> None:
    """Data is observed at a site whose distribution cannot have drawn it.

    ## What it does
    Checks each observed value of the first step against the support of its site: logarithms of
    counts into a Poisson, labels -1 and 1 into a Bernoulli, a negative number into a LogNormal.
    A value at an end of the support counts where its log-density is infinite, as a Beta's is at
    0. Distributions made with `validate_args=False` are left alone: so one may give grey pixels
    to a Bernoulli.

    ## Why is this bad
    While validation is on, the log-density raises a ValueError. While it is off, the loss is
    infinite or NaN, or, worse, a finite number that means nothing. Masked values are validated as
    well: fill what is missing with a value that the distribution takes.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(counts):
        rate = pyro.sample("rate", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(counts)):
            pyro.sample("obs", dist.Poisson(rate), obs=torch.log1p(counts))


    def guide(counts):
        loc = pyro.param("loc", torch.tensor(0.0))
        pyro.sample("rate", dist.LogNormal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([0.0, 3.0, 1.0, 7.0]))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(counts):
        rate = pyro.sample("rate", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(counts)):
            pyro.sample("obs", dist.Poisson(rate), obs=counts)


    def guide(counts):
        loc = pyro.param("loc", torch.tensor(0.0))
        pyro.sample("rate", dist.LogNormal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([0.0, 3.0, 1.0, 7.0]))
    ```

    ## What confirm shows
    The first offending value with its index, or the infinite log-density of a value at an end.

    ## References
    - torch, `torch.distributions.Distribution.support`
    - Pyro, SVI Part IV: Tips and Tricks, tip 12: let Pyro validate
    """
