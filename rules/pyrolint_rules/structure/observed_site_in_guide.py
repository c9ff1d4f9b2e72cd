"""PYR704 observed-site-in-guide."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, Pair, Related, Severity, observed_sites, rule


@rule("PYR704", "observed-site-in-guide", severity=Severity.ERROR)
def observed_site_in_guide(pair: Pair) -> Iterator[Finding]:
    """The guide samples or observes what the model observes.

    ## What it does
    Finds sites of the guide that are observations in the model.

    ## Why is this bad
    A guide stands for the posterior of the latents; data have none. The guide's draw is not used,
    and its density is subtracted from the ELBO.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        loc = pyro.sample("loc", dist.Normal(loc, 0.1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0))


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
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The site, at both lines.

    ## References
    - Pyro, An Introduction to Stochastic Variational Inference: guides
    - Pyro, `pyro.util.check_model_guide_match`
    """
    for site, twin in observed_sites(pair):
        does = "observes" if site.observed else "draws"
        name = f"`{site.name.text}`"
        yield Finding(
            f"The guide {does} {name}, which the model observes: a guide is of the latents, and the"
            " density here is only subtracted from the ELBO; leave the site out of the guide.",
            site.place,
            related=(Related(twin.place, f"the model observes {name}"),),
            program=pair.guide.name,
            site=site.name.text,
        )
