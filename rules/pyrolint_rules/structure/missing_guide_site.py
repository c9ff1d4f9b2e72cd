"""PYR702 missing-guide-site."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Missing,
    Pair,
    Related,
    Severity,
    leaves_data_unused,
    likely_likelihood,
    missing_sites,
    rule,
)


@rule("PYR702", "missing-guide-site", severity=Severity.ERROR)
def missing_guide_site(pair: Pair) -> Iterator[Finding]:
    """The guide does not sample a latent of the model.

    ## What it does
    Compares the sites of model and guide by name, as the arguments of the step settle them, and
    handlers such as `condition` and `block` leave them. Latents that the model enumerates must be
    missing from the guide, and are no finding. An observation with `obs_mask` makes a latent of its
    own, which is called as the site with `_unobserved` after it. Where a site of the guide that the
    model lacks has nearly the same name, it is taken for misspelt.

    ## Why is this bad
    The step draws such a latent from its prior: what the data say of it is lost, and the noise of
    its draws goes into every gradient. Pyro only warns, and some objectives end with a KeyError.

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
        pyro.sample("weights", dist.Normal(loc, 0.1))


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
        pyro.sample("weight", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The site, and the name in the guide that comes nearest.

    ## References
    - Pyro, An Introduction to Stochastic Variational Inference: guides
    - Pyro, `pyro.util.check_model_guide_match`
    """
    # What was meant as the likelihood and lacks its `obs=` is told as that (PYR405).
    meant = likely_likelihood(pair.model) if leaves_data_unused(pair.inference) else None
    for missing in missing_sites(pair):
        site, near = missing.site, missing.near
        if near is None and meant is not None and site.place == meant.place:
            continue
        name = f"`{site.name.text}`"
        if near is not None:
            yield Finding(
                f"The guide has no site {name}, so that the step draws it from its prior, whatever"
                f" the data say of it; is it the one called `{near.name.text}` here?",
                near.place,
                related=(Related(site.place, f"the model draws {name}"),),
                program=pair.guide.name,
                site=site.name.text,
            )
        else:
            yield Finding(
                f"The model draws {name}, which its guide `{pair.guide.name}` does not sample: the"
                " step draws it from its prior, whatever the data say of it; let the guide have"
                f" `pyro.sample({_quoted(missing)}, …)`.",
                site.place,
                related=(Related(pair.guide.place, "the guide"),),
                program=pair.model.name,
                site=site.name.text,
            )


def _quoted(missing: Missing) -> str:
    name = missing.site.name
    return f'"{name.text}"' if name.is_known else f'f"{name.text.replace("{}", "{…}")}"'
