"""PYR112 latent-dependent-support."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Inference,
    Origin,
    Related,
    SampleSite,
    Severity,
    bounding_latents,
    family_name,
    named,
    rule,
)

_TRAINED = frozenset({"svi", "elbo"})


@rule("PYR112", "latent-dependent-support", severity=Severity.ERROR, tips=[4])
def latent_dependent_support(inference: Inference) -> Iterator[Finding]:
    """What values a site can take depends on another latent, and the guide keeps the first answer.

    ## What it does
    Finds latent sites whose bounds move with another latent, as those of `Uniform(0, width)` do.
    It is an error under autoguides that take every support from one run of the model (`AutoDelta`,
    `AutoNormal`, `AutoDiagonalNormal`, `AutoMultivariateNormal`, `AutoStructured`,
    `AutoLaplaceApproximation` and the like), and advice under a guide of your own. Markov chains
    and the autoguides named `…Messenger` ask anew in every run.

    ## Why is this bad
    The autoguide sends its draws into the support that its first run saw. As soon as the other
    latent moves, draws lie outside: a ValueError after some dozens of steps, or an infinite loss
    while validation is off. And where the support is wider by then, the guide never uses it.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        width = pyro.sample("width", dist.LogNormal(0.0, 1.0))
        start = pyro.sample("start", dist.Uniform(0.0, width))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(start, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.rand(10))
    ```

    ## Use instead
    Draw from a set that stays, and scale afterwards.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        width = pyro.sample("width", dist.LogNormal(0.0, 1.0))
        part = pyro.sample("part", dist.Uniform(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(part * width, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.rand(10))
    ```

    ## What confirm shows
    The supports of the site at two values of the other latent.

    ## References
    - Pyro, `pyro.infer.autoguide`
    - Pyro, SVI Part IV: Tips and Tricks, tip 4: model and guide distributions have the same support
    """
    if inference.kind not in _TRAINED or inference.model is None or inference.guide is None:
        return
    if inference.guide.autoguide is None:
        drawn = {site.name: site for site in inference.guide.sites}
        for site in inference.model.sites:
            twin = drawn.get(site.name)
            # A guide whose own bounds move may well follow.
            if twin is not None and not bounding_latents(twin.distribution):
                for latent in _behind(site):
                    yield _finding(site, latent, None)
    for prototype in inference.guide.prototypes:
        if prototype.autoguide is None or prototype.model is None or not prototype.is_continuous:
            continue
        name = prototype.autoguide.name.rsplit(".", 1)[-1]
        if not name.endswith("Messenger"):
            for site in prototype.model.sites:
                for latent in _behind(site):
                    yield _finding(site, latent, name)


def _behind(site: SampleSite) -> list[Origin]:
    """The first latent that bounds a latent, if one does."""
    if site.observed is not False or site.is_reparameterised:
        return []
    latents = bounding_latents(site.distribution)
    return [each for each in latents if each.name != site.name][:1]


def _finding(site: SampleSite, latent: Origin, autoguide: str | None) -> Finding:
    consequence = (
        f"{autoguide} keeps the support of its first run, so that draws soon lie outside; draw from"
        " a set that stays, and scale the draw"
        if autoguide is not None
        else "the guide's draws have to stay inside wherever that moves; draw from a set that"
        " stays, and scale the draw"
    )
    return Finding(
        f"{named('Site', site.name, 'The site here')} is drawn from a"
        f" {family_name(site.distribution)} whose bounds move with"
        f" {named('latent', latent.name, 'another latent')}: {consequence}.",
        site.place,
        related=(Related(latent.place, "the latent that moves the bounds"),),
        program=site.program,
        site=site.name,
        severity=None if autoguide is not None else Severity.ADVICE,
    )
