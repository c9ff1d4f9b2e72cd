"""PYR323 unsupported-latent."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Inference,
    LibraryObject,
    Related,
    SampleSite,
    Severity,
    Structured,
    alternatives,
    family_name,
    is_discrete,
    is_enumerable,
    named,
    rule,
)

_WITHOUT_BIJECTION = frozenset({"sphere", "positive_definite", "coalescent_times_constraint"})
"""Supports that no transform leads onto one to one from the whole space."""


@rule("PYR323", "unsupported-latent", severity=Severity.ERROR, tips=[6])
def unsupported_latent(inference: Inference) -> Iterator[Finding]:
    """A latent is of a family that the inference cannot handle.

    ## What it does
    Finds, under `NUTS` and `HMC`, discrete latents whose values cannot be listed (`Poisson`,
    `Geometric`, `Multinomial`, ...), and, there and under autoguides, latents on a sphere or over
    positive definite matrices (`ProjectedNormal`, `VonMises3D`, `Wishart`). Latents that a
    `poutine.reparam` replaces are left alone, and so are discrete ones that NUTS sums over.

    ## Why is this bad
    These methods work on the whole real space and need a transform from there onto the support, one
    to one. Where there is none, Pyro raises an error before the first step.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(data):
        count = pyro.sample("count", dist.Poisson(3.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(count, 1.0), obs=data)


    mcmc = MCMC(NUTS(model), num_samples=10, warmup_steps=10)
    mcmc.run(torch.randn(5) + 3.0)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(data):
        rate = pyro.sample("rate", dist.Gamma(3.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(rate, 1.0), obs=data)


    mcmc = MCMC(NUTS(model), num_samples=10, warmup_steps=10)
    mcmc.run(torch.randn(5) + 3.0)
    ```

    ## What confirm shows
    Pyro's error, and the latent that it was raised for.

    ## References
    - Pyro, `pyro.infer.mcmc`
    - Pyro, `pyro.infer.reparam.ProjectedNormalReparam`
    """
    if inference.kind == "mcmc":
        kernel = _kernel(inference)
        if kernel is not None and inference.model is not None:
            name = kernel.name.rsplit(".", 1)[-1]
            for site in inference.model.sites:
                fault = _uncountable(site) or _without_bijection(site)
                if fault is not None:
                    yield _finding(site, kernel, name, fault)
    for prototype in inference.guide.prototypes if inference.guide is not None else ():
        if prototype.autoguide is None or prototype.model is None or not prototype.is_continuous:
            continue
        name = prototype.autoguide.name.rsplit(".", 1)[-1]
        for site in prototype.model.sites:
            fault = _without_bijection(site)
            if name == "AutoDelta" and family_name(site.distribution) != "VonMises3D":
                # It moves a point over the space around, and normalises it.
                continue
            if fault is not None:
                yield _finding(site, prototype.autoguide, name, fault)


def _kernel(inference: Inference) -> LibraryObject | None:
    """The kernel that finds its transforms by itself, None where that is not known."""
    made = inference.made
    kernel = made.arguments.get("kernel", made) if made is not None else None
    if not isinstance(kernel, LibraryObject) or kernel.is_base:
        return None
    if not kernel.name.endswith((".NUTS", ".HMC")):
        return None
    return None if {"transforms", "potential_fn"} & kernel.arguments.keys() else kernel


def _uncountable(site: SampleSite) -> str | None:
    discrete, listed = is_discrete(site.distribution), is_enumerable(site.distribution)
    if site.observed is not False or site.is_reparameterised:
        return None
    if discrete is not True or listed is not False:
        return None
    if _is_event_of_several(site):
        return "is discrete, and Pyro does not list the values of an event of several draws"
    return "is discrete, with values that cannot be listed and summed over"


def _is_event_of_several(site: SampleSite) -> bool:
    """Whether `.to_event()` makes one event of draws that could be listed one by one."""
    return family_name(site.distribution) in ("Bernoulli", "Categorical")


def _without_bijection(site: SampleSite) -> str | None:
    if site.observed is not False or site.is_reparameterised:
        return None
    supports = [
        each.enclosure.name if isinstance(each.enclosure, Structured) else None
        for _, each in site.distributions()
    ]
    if not supports or len(supports) != len(alternatives(site.distribution)):
        return None
    if all(each in _WITHOUT_BIJECTION for each in supports):
        return "has a support that no one-to-one transform leads onto"
    return None


def _finding(site: SampleSite, user: LibraryObject, name: str, fault: str) -> Finding:
    family = family_name(site.distribution)
    remedy = {
        "ProjectedNormal": "reparameterise it by `ProjectedNormalReparam`",
        "Poisson": "replace it by a continuous latent, or sum over a bounded family",
        "Wishart": "build the matrix of an `LKJCholesky` and scales",
        "Bernoulli": "draw in a plate, without `.to_event()`",
        "Categorical": "draw in a plate, without `.to_event()`",
    }.get(family or "", "model it by a family that the method handles, or reparameterise it")
    return Finding(
        f"{named('Latent', site.name, 'The latent here')} is drawn from {family}: it {fault}, and"
        f" {name} raises an error; {remedy}.",
        site.place,
        related=(Related(user.place, "what cannot handle it"),),
        program=site.program,
        site=site.name,
    )
