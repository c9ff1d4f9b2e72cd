"""PYR104 argument-outside-constraint."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    BreachKind,
    Finding,
    Interval,
    SampleSite,
    Severity,
    Structured,
    describe,
    named,
    rule,
)


@rule("PYR104", "argument-outside-constraint", severity=Severity.ERROR, tips=[5, 12])
def argument_outside_constraint(site: SampleSite) -> Iterator[Finding]:
    """A constant given to a distribution lies outside what the argument may be.

    ## What it does
    Follows numbers and literal tensors, through names, defaults and arithmetic, into distribution
    arguments, and compares them with the argument's constraint.

    ## Why is this bad
    The distribution does not exist for such a value: its constructor raises a ValueError while
    validation is on, and gives NaN or nonsense while it is off.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, -1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    MCMC(NUTS(model), num_samples=10).run(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    MCMC(NUTS(model), num_samples=10).run(torch.randn(10))
    ```

    ## What confirm shows
    The ValueError of the distribution's constructor.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tips 5 and 12
    """
    for breach in site.breaches:
        if breach.kind is BreachKind.CONSTANT:
            tied = isinstance(breach.needs, Structured) and isinstance(breach.gets, Interval)
            elements = "elements of " if tied else ""
            yield Finding(
                f"{named('Site', site.name, 'The site here')} gets {elements}"
                f"{describe(breach.gets)} as {breach.use}: a ValueError, or NaN with validation"
                " off; give a value that lies inside.",
                breach.place,
                program=site.program,
                site=site.name,
                argument=breach.argument,
            )
