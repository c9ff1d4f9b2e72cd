"""PYR714 sample-of-tensor."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Constant,
    Distribution,
    Finding,
    Numeric,
    OriginKind,
    Related,
    SampleSite,
    Severity,
    Value,
    alternatives,
    named,
    rule,
)


@rule("PYR714", "sample-of-tensor", severity=Severity.ERROR)
def sample_of_tensor(site: SampleSite) -> Iterator[Finding]:
    """A sample statement is given a value, or a distribution that Pyro cannot draw from.

    ## What it does
    Finds `pyro.sample` statements whose second argument is a tensor or a number (a draw that was
    made before, a parameter, an attribute that a `PyroSample` stands behind), and latents of guides
    and of models under autoguides or MCMC whose distribution is one of `torch.distributions`. With
    an observation, or with a value from a guide, such a distribution does work.

    ## Why is this bad
    To draw from a site Pyro calls its distribution. Neither tensors nor torch's own distributions
    can be called: the program ends in a TypeError the first time that it runs.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(data):
        loc = dist.Normal(0.0, 10.0).sample()
        loc = pyro.sample("loc", loc)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    mcmc = MCMC(NUTS(model), num_samples=100, warmup_steps=100)
    mcmc.run(torch.randn(20))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import MCMC, NUTS


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 10.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    mcmc = MCMC(NUTS(model), num_samples=100, warmup_steps=100)
    mcmc.run(torch.randn(20))
    ```

    ## What confirm shows
    The TypeError, and what it was that Pyro called.

    ## References
    - Pyro, `pyro.sample` and `pyro.deterministic`
    - Pyro, Distributions: how they differ from those of torch
    """
    options = [option for _, option in alternatives(site.distribution)]
    subject = named("Site", site.name, "The site here")
    if all(map(_is_value, options)):
        yield Finding(
            f"{subject} is given {_what(options[0])} where `pyro.sample` takes a distribution:"
            f" Pyro fails when it asks that for a draw or a log-density; {_remedy(options[0])}.",
            site.place,
            related=tuple(_made(options[0])),
            program=site.program,
            site=site.name,
        )
    elif site.observed is False and _is_drawn(site) and all(map(_is_torchs, options)):
        made = options[0]
        assert isinstance(made, Distribution)
        family = made.name.rsplit(".", 1)[-1]
        yield Finding(
            f"{subject} draws from `{made.name}`, which cannot be called as `pyro.sample` does for"
            f" a latent: that is a TypeError; take `pyro.distributions.{family}`.",
            site.place,
            related=(Related(made.place, "torch's own distribution is made here"),),
            program=site.program,
            site=site.name,
        )


def _is_value(option: Value) -> bool:
    if isinstance(option, Constant):
        return isinstance(option.value, float | int)
    return isinstance(option, Numeric) and option.form in ("tensor", "number")


def _is_torchs(option: Value) -> bool:
    # A class of the project's own may mix in what makes it Pyro's.
    return (
        isinstance(option, Distribution) and option.name.startswith("torch.") and not option.is_base
    )


def _is_drawn(site: SampleSite) -> bool:
    """Whether the site's distribution is certainly asked for a draw, no guide gives the value."""
    return site.role == "guide" or site.inference_kind == "mcmc" or site.under_autoguide


def _what(value: Value) -> str:
    if not isinstance(value, Numeric) or value.form == "number":
        return "a number"
    match [origin.kind for origin in value.origins]:
        case [OriginKind.LATENT | OriginKind.RANDOM]:
            return "a draw"
        case [OriginKind.PARAMETER]:
            return "a parameter's value"
        case _:
            return "a tensor"


def _remedy(value: Value) -> str:
    if _what(value) == "a draw":
        return (
            "hand it the distribution itself, or use the draw as it is"
            " (`pyro.deterministic` gives it a name)"
        )
    return "write `pyro.deterministic` to name a value, and `obs=` for data"


def _made(value: Value) -> Iterator[Related]:
    if isinstance(value, Numeric) and len(value.origins) == 1:
        yield Related(value.origins[0].place, f"{_what(value)} comes from here")
