"""PYR306 mean-field-order."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    OriginKind,
    Pair,
    Program,
    Related,
    SampleSite,
    Severity,
    contradict,
    knowledge,
    origins_of,
    rule,
)


@rule("PYR306", "mean-field-order", severity=Severity.WARNING, tips=[9])
def mean_field_order(pair: Pair) -> Iterator[Finding]:
    """The guide's sites come in another order than the model's under `TraceMeanField_ELBO`.

    ## What it does
    Compares the order of the latent sites in both traces. It is advice where no draw of the guide
    depends on another one's, as then only Pyro's warning is in the way.

    ## Why is this bad
    `TraceMeanField_ELBO` adds up one divergence a site, each given what was drawn before. That is
    right where the guide factorises as the model does. In another order a draw of the guide may
    stand for what the model makes of it later, the sum is no divergence any more, and the
    objective is another one than the ELBO, without any error.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, TraceMeanField_ELBO
    from pyro.optim import Adam


    def model(data):
        group = pyro.sample("group", dist.Normal(0.0, 1.0))
        loc = pyro.sample("loc", dist.Normal(group, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(0.0))
        scale = pyro.param("scale", torch.tensor(0.5), constraint=constraints.positive)
        loc = pyro.sample("loc", dist.Normal(mean, scale))
        pyro.sample("group", dist.Normal(0.5 * loc, scale))


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceMeanField_ELBO())
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
        group = pyro.sample("group", dist.Normal(0.0, 1.0))
        loc = pyro.sample("loc", dist.Normal(group, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(0.0))
        scale = pyro.param("scale", torch.tensor(0.5), constraint=constraints.positive)
        group = pyro.sample("group", dist.Normal(mean, scale))
        pyro.sample("loc", dist.Normal(group, scale))


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceMeanField_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Both orders, and which site of the guide depends on which.

    ## References
    - Pyro, `pyro.infer.TraceMeanField_ELBO`, on the mean-field condition
    """
    objective = pair.inference.objective
    facts = knowledge().elbos.get(objective.name) if objective is not None else None
    if objective is None or facts is None or not facts.needs_rsample:
        return
    model, guide = _once(pair.model), _once(pair.guide)
    names = [name for name in guide if name in model]
    expected = [name for name in model if name in guide]
    for name, wanted in zip(names, expected, strict=True):
        if name == wanted:
            continue
        # The site that comes too early in the guide, and one that the model has before it.
        early, late = guide[name], guide[wanted]
        if contradict(early.guard, late.guard) or contradict(
            model[name].guard, model[wanted].guard
        ):
            return
        depends = any(_draws_on(site, set(names)) for site in guide.values())
        harm = (
            "the guide's draws depend on each other, and the divergence is summed in the wrong"
            " order"
            if depends
            else "Pyro cannot verify the mean field and warns"
        )
        yield Finding(
            f"Site `{name}` comes before `{wanted}` in the guide and behind it in the model, and"
            f" TraceMeanField_ELBO needs one order: {harm}; write the guide's sites in the model's"
            " order.",
            early.place,
            related=(
                Related(model[name].place, f"`{name}` in the model"),
                Related(model[wanted].place, f"`{wanted}` in the model"),
            ),
            program=early.program,
            site=name,
            severity=None if depends else Severity.ADVICE,
        )
        return


def _once(program: Program) -> dict[str, SampleSite]:
    """The latents of known names, in order, each of which one statement draws."""
    found: dict[str, SampleSite] = {}
    several: set[str] = set()
    for site in program.sites:
        if site.name is None or not site.name_known or site.observed is not False:
            continue
        if site.name in found or site.is_reparameterised:
            several.add(site.name)
        found.setdefault(site.name, site)
    return {name: site for name, site in found.items() if name not in several}


def _draws_on(site: SampleSite, names: set[str]) -> bool:
    """Whether the distribution of a site is made of another's draw."""
    return any(
        origin.kind is OriginKind.LATENT and origin.name in names and origin.name != site.name
        for origin in origins_of(site.distribution)
    )
