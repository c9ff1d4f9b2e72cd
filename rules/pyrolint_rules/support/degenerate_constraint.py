"""PYR111 degenerate-constraint."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import ConstraintValue, Finding, Severity, named, rule


@rule("PYR111", "degenerate-constraint", severity=Severity.ERROR, tips=[5])
def degenerate_constraint(constraint: ConstraintValue) -> Iterator[Finding]:
    """A constraint or a Uniform has its bounds the wrong way round, or leaves no room between.

    ## What it does
    Finds `interval(2, 1)`, `interval(1, 1)`, `Uniform(1, 0)` and the like, where the bounds are
    known.

    ## Why is this bad
    Such an interval builds and trains without a word, and its parameter lies outside, is NaN or,
    between equal bounds, cannot move. A Uniform raises a ValueError.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        a = pyro.param("a", torch.tensor(1.5), constraint=constraints.interval(2.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(a, 1.0), obs=data)


    def guide(data):
        pass


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
    from torch.distributions import constraints


    def model(data):
        a = pyro.param("a", torch.tensor(1.5), constraint=constraints.interval(1.0, 2.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(a, 1.0), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    A value of the parameter outside the bounds, or NaN; for Uniform the ValueError.

    ## References
    - torch, `torch.distributions.constraints.interval`
    """
    if constraint.degenerate is not None:
        name = constraint.name.rsplit(".", 1)[-1]
        subject = named(f"The `{name}` of", constraint.site, f"This `{name}`")
        # What a parameter's constraint lets pass, a distribution's constructor refuses.
        consequence = (
            "it raises a ValueError, or gives NaN with validation off"
            if name == "Uniform"
            else "the parameter lies outside, is NaN or cannot move"
        )
        yield Finding(
            f"{subject} {constraint.degenerate}: {consequence}; give a lower bound and an upper one"
            " above it.",
            constraint.place,
            site=constraint.site,
        )
