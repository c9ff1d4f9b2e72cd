"""PYR703 unknown-guide-site."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Pair,
    Related,
    Severity,
    StatementKind,
    bare_factors,
    computed_sites,
    rule,
    unknown_sites,
)


@rule("PYR703", "unknown-guide-site", severity=Severity.ERROR)
def unknown_guide_site(pair: Pair) -> Iterator[Finding]:
    """The guide has a site that the model lacks.

    ## What it does
    Compares the sites of model and guide by name, as the arguments of the step settle them. Sites
    marked by `infer={"is_auxiliary": True}` belong to the guide alone. What a guide only computes
    (`pyro.deterministic`), or the model does, is a warning. A `pyro.factor` of the guide that does
    not say `has_rsample` is reported as well. Where the name is nearly that of a latent which the
    guide lacks, that one is reported instead.

    ## Why is this bad
    The site's density enters the loss with nothing against it, so that training widens or narrows
    what no data speak of. A factor that leaves `has_rsample` open ends the step with a ValueError.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("weight", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("weight_loc", torch.tensor(0.0))
        weight = pyro.sample("weight", dist.Normal(loc, 0.1))
        pyro.sample("residual", dist.Normal(data.mean() - weight, 1.0))


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


    def model(data):
        loc = pyro.sample("weight", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("weight_loc", torch.tensor(0.0))
        weight = pyro.sample("weight", dist.Normal(loc, 0.1))
        residual = dist.Normal(data.mean() - weight, 1.0)
        pyro.sample("residual", residual, infer={"is_auxiliary": True})


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The site, at the guide's line.

    ## References
    - Pyro, An Introduction to Stochastic Variational Inference: guides
    - Pyro, `pyro.util.check_model_guide_match`
    - Pyro, `pyro.factor`, argument `has_rsample`
    """
    for site in unknown_sites(pair):
        computes = site.kind is StatementKind.DETERMINISTIC
        remedy = (
            "leave it out"
            if computes
            else 'name it as there, or add `infer={"is_auxiliary": True}`'
        )
        yield Finding(
            f"The guide {'records' if computes else 'has a site'} `{site.name.text}`, which its"
            f" model `{pair.model.name}` lacks: its density enters the loss with nothing against"
            f" it; {remedy}.",
            site.place,
            related=(Related(pair.model.place, "the model"),),
            severity=Severity.WARNING if computes else None,
            program=pair.guide.name,
            site=site.name.text,
        )
    for site, twin in computed_sites(pair):
        yield Finding(
            f"The guide has a site `{site.name.text}`, which the model only computes: its density"
            " enters the loss with nothing against it; leave it out.",
            site.place,
            related=(Related(twin.place, "the model computes it here"),),
            severity=Severity.WARNING,
            program=pair.guide.name,
            site=site.name.text,
        )
    for site in bare_factors(pair):
        yield Finding(
            f"The factor `{site.name.text}` of the guide does not say whether it comes of"
            " reparameterised draws, and the step ends with a ValueError; add `has_rsample=True` if"
            " it does, `has_rsample=False` if not.",
            site.place,
            program=pair.guide.name,
            site=site.name.text,
        )
