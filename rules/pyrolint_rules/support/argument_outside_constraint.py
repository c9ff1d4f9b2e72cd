"""PYR104 argument-outside-constraint."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pyrolint.rule import (
    BreachKind,
    Finding,
    Interval,
    SampleSite,
    Set,
    Severity,
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
            yield Finding(
                f"{named('Site', site.name, 'The site here')} gets {_values(breach.gets)} as"
                f" {breach.use}: a ValueError, or NaN with validation off; give a value that lies"
                " inside.",
                breach.place,
                program=site.program,
                site=site.name,
                argument=breach.argument,
            )


def _values(gets: Set) -> str:
    """The constant in words; of a tensor the least and the greatest element."""
    if isinstance(gets, Interval) and 0.0 < gets.upper - gets.lower < math.inf:
        return f"values from {gets.lower + 0.0:g} to {gets.upper + 0.0:g}"
    return describe(gets)
