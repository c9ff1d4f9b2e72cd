"""PYR320 unreparameterized-mean-field."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Pair,
    Related,
    Severity,
    family_name,
    has_rsample,
    is_discrete,
    knowledge,
    named,
    rule,
)


@rule("PYR320", "unreparameterized-mean-field", severity=Severity.ERROR, tips=[9])
def unreparameterized_mean_field(pair: Pair) -> Iterator[Finding]:
    """A guide for `TraceMeanField_ELBO` draws from a family without a reparameterised sampler.

    ## What it does
    Finds sites of the guide whose family has no `rsample`: discrete ones, `VonMises`, `LKJ`,
    `MixtureSameFamily` and the like, where the loss is `TraceMeanField_ELBO` or its compiled twin.

    ## Why is this bad
    That loss differentiates through the draws, and has no score-function term for draws that have
    no gradient. With validation on, Pyro raises a NotImplementedError in the first step; without,
    what it computes is the gradient of something else.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, TraceMeanField_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        angle = pyro.sample("angle", dist.VonMises(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(torch.cos(angle), 1.0), obs=data)


    def guide(data):
        width = pyro.param("width", torch.tensor(1.0), constraint=constraints.positive)
        pyro.sample("angle", dist.VonMises(0.0, width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceMeanField_ELBO())
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
        angle = pyro.sample("angle", dist.VonMises(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(torch.cos(angle), 1.0), obs=data)


    def guide(data):
        width = pyro.param("width", torch.tensor(1.0), constraint=constraints.positive)
        pyro.sample("angle", dist.VonMises(0.0, width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Pyro's NotImplementedError, and the guide's site that it was raised for.

    ## References
    - Pyro, `pyro.infer.TraceMeanField_ELBO`
    """
    objective = pair.inference.objective
    facts = knowledge().elbos.get(objective.name) if objective is not None else None
    if objective is None or objective.is_base or facts is None or not facts.needs_rsample:
        return
    for site in pair.guide.sites:
        if site.observed is not False or has_rsample(site.distribution) is not False:
            continue
        remedy = (
            "sum over it, with `TraceEnum_ELBO`"
            if is_discrete(site.distribution)
            else "draw from a reparameterised family, or train with `Trace_ELBO`"
        )
        yield Finding(
            f"{named('Site', site.name, 'The site here')} of the guide is drawn from"
            f" {family_name(site.distribution)}, which has no reparameterised sampler, and"
            f" {objective.name.rsplit('.', 1)[-1]} takes no other: it raises a"
            f" NotImplementedError; {remedy}.",
            site.place,
            related=(Related(objective.place, "the loss"),),
            program=site.program,
            site=site.name,
        )
