"""PYR316 discrete-latent-under-autoguide."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Edit,
    Finding,
    Fix,
    LibraryObject,
    Pair,
    Related,
    ReplaceExpression,
    SampleSite,
    Severity,
    is_discrete,
    is_enumerable,
    rule,
)


@rule("PYR316", "discrete-latent-under-autoguide", severity=Severity.ERROR, tips=[6, 14])
def discrete_latent_under_autoguide(pair: Pair) -> Iterator[Finding]:
    """A continuous autoguide sees a discrete latent of its model.

    ## What it does
    Looks at the model as the autoguide runs it, with what `poutine.block`, `condition` and the like
    make of it, and finds discrete latents there. `AutoDiscreteParallel` and parts of an
    `AutoGuideList` that do not see the latent are fine. To mark the site for enumeration does not
    help: the autoguide has to be kept from it.

    ## Why is this bad
    An autoguide puts a point or a density on the real line behind each latent. No such line leads
    onto classes or counts, and Pyro refuses with a ValueError in the first step.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, TraceEnum_ELBO, config_enumerate
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    @config_enumerate
    def model(data):
        locs = pyro.sample("locs", dist.Normal(torch.zeros(2), 3.0).to_event(1))
        with pyro.plate("data", len(data)):
            kind = pyro.sample("kind", dist.Categorical(torch.tensor([0.5, 0.5])))
            pyro.sample("obs", dist.Normal(locs[kind], 1.0), obs=data)


    guide = AutoNormal(model)
    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceEnum_ELBO(max_plate_nesting=1))
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro import poutine
    from pyro.infer import SVI, TraceEnum_ELBO, config_enumerate
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    @config_enumerate
    def model(data):
        locs = pyro.sample("locs", dist.Normal(torch.zeros(2), 3.0).to_event(1))
        with pyro.plate("data", len(data)):
            kind = pyro.sample("kind", dist.Categorical(torch.tensor([0.5, 0.5])))
            pyro.sample("obs", dist.Normal(locs[kind], 1.0), obs=data)


    guide = AutoNormal(poutine.block(model, hide=["kind"]))
    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceEnum_ELBO(max_plate_nesting=1))
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Pyro's ValueError, and the site that it was raised for.

    ## References
    - Pyro, `pyro.infer.autoguide`
    - Pyro, `pyro.poutine.block`
    """
    for prototype in pair.guide.prototypes:
        if prototype.autoguide is None or prototype.model is None or not prototype.is_continuous:
            continue
        sites = {site.place: site for site in prototype.model.sites if _is_discrete_latent(site)}
        if sites:
            yield _finding(prototype.autoguide, list(sites.values()))


def _is_discrete_latent(site: SampleSite) -> bool:
    return (
        site.observed is False
        and not site.is_reparameterised
        and is_discrete(site.distribution) is True
    )


def _finding(autoguide: LibraryObject, sites: list[SampleSite]) -> Finding:
    name = autoguide.name.rsplit(".", 1)[-1]
    names = sorted({site.name for site in sites if site.name is not None and site.name_known})
    which = ", ".join(f"`{each}`" for each in names) or "a site"
    listed = ", ".join(f'"{each}"' for each in names)
    remedy = f"`poutine.block(model, hide=[{listed}])`" if names else "`poutine.block`"
    several = len(names) > 1
    them = "them" if several else "it"
    then = f"and sum over {them} by `config_enumerate` and `TraceEnum_ELBO`"
    if not all(is_enumerable(site.distribution) for site in sites):
        then = f"and leave {them} to a guide of {'their' if several else 'its'} own"
    return Finding(
        f"{name} sees the discrete latent{'s' * several} {which}, which it cannot put a"
        f" density on: Pyro raises a ValueError; hide {them} from the autoguide by {remedy},"
        f" {then}.",
        autoguide.place,
        related=tuple(Related(site.place, "a discrete latent") for site in sites),
        fix=_fix(autoguide, listed, complete=len(names) == len(sites)),
        program=sites[0].program,
        site=sites[0].name,
    )


def _fix(autoguide: LibraryObject, listed: str, *, complete: bool) -> Fix | None:
    place = autoguide.places.get("model")
    if place is None or not complete:
        return None
    code = f"{{pyro.poutine.block}}({{}}, hide=[{listed}])"
    edits: tuple[Edit, ...] = (ReplaceExpression(place, code),)
    return Fix("Hide the discrete latents from the autoguide", edits)
