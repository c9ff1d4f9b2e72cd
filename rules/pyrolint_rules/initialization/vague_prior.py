"""PYR206 vague-prior."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Interval,
    Pair,
    SampleSite,
    Severity,
    alternatives,
    as_numeric,
    innermost,
    named,
    rule,
    spread_of,
)

_VAGUE = 1e3
"""The standard deviation from which a prior is vague."""


@rule("PYR206", "vague-prior", severity=Severity.ADVICE, tips=[11])
def vague_prior(pair: Pair) -> Iterator[Finding]:
    """A prior has a standard deviation of a thousand or more.

    ## What it does
    Reads the standard deviation of each prior over the whole line that a guide is trained
    against, and that of the logarithm for a `LogNormal`.

    ## Why is this bad
    Such a prior says next to nothing, and what it says is in units that nothing else has: an
    optimizer that moves the guide by about the learning rate a step crosses it in a hundred
    thousand. Draws from it, in prior predictive checks and in autoguides that start at one, are
    absurd. Mostly it stands for data that was not brought to order one.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 10000.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 10.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The prior's standard deviation, and the guide's at the start.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 11: mind the scales of your numbers
    """
    if pair.guide.autoguide is None:
        latents = [prior for prior, site in pair.shared_latents() if site.observed is False]
    else:
        latents = [site for site in pair.model.sites if not pair.lacks(site)]
    for prior in latents:
        deviation = _deviation(prior)
        if deviation is None or deviation < _VAGUE:
            continue
        yield Finding(
            f"The prior of {named('site', prior.name, 'this site')} has a standard deviation of"
            f" {deviation:g}, and a step moves the guide by about the learning rate; make it about"
            " as wide as the values that you expect, and bring the data to order one.",
            prior.place,
            program=prior.program,
            site=prior.name,
        )


def _deviation(prior: SampleSite) -> float | None:
    """The least deviation of a latent's alternatives on the line that a guide moves along."""
    found: list[float] = []
    for _, distribution in prior.distributions():
        inner = innermost(distribution)
        spread = spread_of(inner)
        if spread is None or spread.deviation is None:
            return None
        support = inner.support
        is_real = isinstance(support, Interval) and support.is_real_line
        if not (is_real or spread.is_log):
            return None
        given = as_numeric(inner.arguments[spread.argument]) if spread.argument else None
        sizes = given.literal.values if given is not None and given.literal is not None else ()
        # The narrowest element counts: a table of scales says something somewhere.
        if sizes and min(sizes) <= 0.0:
            return None
        found.append(spread.deviation * (min(sizes) / max(sizes) if sizes else 1.0))
    if prior.observed is not False or len(found) != len(alternatives(prior.distribution)):
        return None
    return min(found, default=None)
