"""PYR305 sampled-kl."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Fix,
    Pair,
    Program,
    Related,
    ReplaceCallee,
    SampleSite,
    Severity,
    alternatives,
    innermost,
    rule,
)

_CLOSED = frozenset(
    "Beta Dirichlet Exponential Gamma Gumbel HalfNormal Laplace LogNormal LowRankMultivariateNormal"
    " MultivariateNormal Normal Pareto Uniform".split()
)
"""Reparameterised families with a closed form for the divergence of one member from another."""


@rule("PYR305", "sampled-kl", severity=Severity.ADVICE, tips=[9])
def sampled_kl(pair: Pair) -> Iterator[Finding]:
    """The divergence from the prior is estimated from draws, though it has a closed form.

    ## What it does
    Looks at pairs under `Trace_ELBO` whose latents come in one order, are drawn by
    reparameterised samplers, and all have a closed form for the divergence of guide from prior:
    both of one family. A run confirms it where the gradient's variance falls to a tenth or less
    with `TraceMeanField_ELBO`, and is of a size that matters.

    ## Why is this bad
    The gradient of a divergence that is estimated from one draw is noisy, often noisier than that
    of the likelihood. `TraceMeanField_ELBO` takes the closed form, whose gradient does not depend
    on the draw at all, and the same steps get further.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(torch.zeros(20), 0.2).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.full((20,), 0.1))
        scale = pyro.param("scale", torch.full((20,), 0.2), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(mean, scale).to_event(1))


    objective = Trace_ELBO()
    svi = SVI(model, guide, Adam({"lr": 0.01}), objective)
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, TraceMeanField_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(torch.zeros(20), 0.2).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.full((20,), 0.1))
        scale = pyro.param("scale", torch.full((20,), 0.2), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(mean, scale).to_event(1))


    objective = TraceMeanField_ELBO()
    svi = SVI(model, guide, Adam({"lr": 0.01}), objective)
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The gradient's variance with both objectives, over the same draws.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 9: use `TraceMeanField_ELBO` if applicable
    - Pyro, `pyro.infer.TraceMeanField_ELBO`
    """
    objective = pair.inference.objective
    if objective is None or objective.is_base or objective.name != "pyro.infer.Trace_ELBO":
        return
    if not (pair.model.complete and pair.guide.complete) or pair.guide.autoguide is not None:
        return
    priors, sites = _latents(pair.model), _latents(pair.guide)
    if not sites or [each.name for each in priors] != [each.name for each in sites]:
        return
    if not all(map(_closes, priors, sites)):
        return
    if len({site.name for site in sites}) < len(sites):
        return
    code = "{pyro.infer.TraceMeanField_ELBO}"
    yield Finding(
        "Trace_ELBO estimates from draws what has a closed form: the divergence of each of the"
        " guide's latents from its prior, all of one family with it; TraceMeanField_ELBO takes the"
        " closed form, and its gradient has less noise.",
        objective.place,
        related=(Related(sites[0].place, "the first latent of the guide"),),
        fix=Fix("Train with TraceMeanField_ELBO", (ReplaceCallee(objective.place, code),)),
        program=pair.guide.name,
    )


def _latents(program: Program) -> list[SampleSite]:
    return [site for site in program.sites if site.observed is not True]


def _closes(prior: SampleSite, site: SampleSite) -> bool:
    """Whether the divergence of a guide's site from its prior certainly has a closed form."""
    if prior.observed is not False or site.observed is not False or not prior.name_known:
        return False
    if prior.is_reparameterised or site.is_reparameterised or prior.guard or site.guard:
        return False
    own, wanted = _family(site), _family(prior)
    return own is not None and own == wanted


def _family(site: SampleSite) -> str | None:
    """The one family that a site is drawn from, if it has a closed form and no mask."""
    options = list(site.distributions())
    if len(options) != 1 or len(options) != len(alternatives(site.distribution)):
        return None
    distribution = options[0][1]
    inner = innermost(distribution)
    if distribution.is_base or distribution.masked or inner.masked:
        return None
    name = inner.name.rsplit(".", 1)[-1]
    return name if name in _CLOSED else None
