"""PYR607 observation-broadcast."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AppendCode,
    Crossing,
    Finding,
    Fix,
    SampleSite,
    Severity,
    named,
    observation_crossing,
    rule,
    shape_words,
    size_words,
)


@rule("PYR607", "observation-broadcast", severity=Severity.ERROR, tips=[13])
def observation_broadcast(site: SampleSite) -> Iterator[Finding]:
    """An observation and its distribution are broadcast into a table of all against all.

    ## What it does
    Compares the shape of each observation with the batch shape of its distribution, before plates
    expand it. Reports two dimensions of one size of which one is only the observation's, the other
    only the distribution's: `(N, 1)` against `(N,)`. A table that is meant has a plate for both of
    its sides, and is no finding.

    ## Why is this bad
    Each of N observations is then scored under all N distributions, and the posterior is that of
    other data. Pyro says nothing of it under MCMC, nor where `max_plate_nesting` is given.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        pyro.sample("obs", dist.Normal(slope * x, 1.0), obs=y)


    x = torch.randn(10, 1)
    MCMC(NUTS(model), num_samples=5, warmup_steps=5, disable_progbar=True).run(x, torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(y)):
            pyro.sample("obs", dist.Normal(slope * x.squeeze(-1), 1.0), obs=y)


    x = torch.randn(10, 1)
    MCMC(NUTS(model), num_samples=5, warmup_steps=5, disable_progbar=True).run(x, torch.randn(10))
    ```

    ## What confirm shows
    The shapes of the observation and of the distribution, and the dimensions that crossed. This
    holds for samplers as well.

    ## References
    - Pyro, Tensor shapes in Pyro
    - PyTorch, Broadcasting semantics
    """
    found = observation_crossing(site)
    if found is not None:
        yield Finding(
            f"At {named('site', site.name, 'this site')}, an observation of batch shape"
            f" {shape_words(found.observed)} meets a distribution of batch shape"
            f" {shape_words(found.batch)}: the two are broadcast, so that each of the"
            f" {size_words(found.size)} observations is scored under every distribution and the"
            f" posterior is that of other data; {_remedy(found)}.",
            site.observation_place or site.place,
            fix=_fix(site, found),
            program=site.program,
            site=site.name,
            argument="obs",
        )


def _remedy(found: Crossing) -> str:
    if found.own < found.other:
        return "give the observation the distribution's shape by `.squeeze(-1)`"
    return "give the distribution's arguments the observation's shape by `.squeeze(-1)`"


def _fix(site: SampleSite, found: Crossing) -> Fix | None:
    """A last dimension of size 1 leaves the observation."""
    if site.observation_place is None or not found.observed or found.observed[-1] != 1:
        return None
    edit = AppendCode(site.observation_place, ".squeeze(-1)")
    return Fix("Squeeze the observation", (edit,))
