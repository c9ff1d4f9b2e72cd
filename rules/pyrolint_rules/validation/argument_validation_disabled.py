"""PYR502 argument-validation-disabled."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    BOOLEAN,
    Constant,
    Distribution,
    Finding,
    Fix,
    Numeric,
    RemoveArgument,
    SampleSite,
    Severity,
    Value,
    alternatives,
    is_subset,
    named,
    rule,
)


@rule("PYR502", "argument-validation-disabled", severity=Severity.ADVICE, tips=[12])
def argument_validation_disabled(site: SampleSite) -> Iterator[Finding]:
    """The distribution of a site checks neither its arguments nor its values.

    ## What it does
    Finds `validate_args=False` on a distribution that a `pyro.sample` statement uses, by way of
    constants, locals and helpers. It is silent inside distribution classes, which check once for
    their parts, and for a Bernoulli whose observation may lie strictly between 0 and 1: grey
    pixels are legal only so.

    ## Why is this bad
    The check is what names the site when an argument leaves its constraint or an observation lies
    outside the support. Without it the density is NaN, or finite and wrong.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0, validate_args=False))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Which distributions of the step checked nothing, a legal one on grey pixels excepted.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 12: keep validation on
    - PyTorch, `torch.distributions.Distribution`, argument `validate_args`
    """
    for _, whole in site.distributions():
        for distribution in _parts(whole):
            if not _is_off(distribution.checked):
                continue
            if _needs_it(site, distribution):
                continue
            place = distribution.places.get("validate_args", distribution.place)
            family = distribution.name.rsplit(".", 1)[-1]
            yield Finding(
                f"{named('Site', site.name, 'The site here')} uses a {family} with"
                " `validate_args=False`: an argument or value out of range then gives NaN or a"
                " wrong density instead of an error; remove it.",
                place,
                fix=Fix("Remove `validate_args=False`", (RemoveArgument(place),)),
                program=site.program,
                site=site.name,
            )


def _parts(distribution: Distribution) -> Iterator[Distribution]:
    """A distribution and those that it is made of; a project's own class checks for its parts."""
    if distribution.is_base:
        return
    yield distribution
    for value in distribution.arguments.values():
        for _, option in alternatives(value):
            if isinstance(option, Distribution):
                yield from _parts(option)


def _is_off(checked: Value | None) -> bool:
    return checked is not None and any(
        option == Constant(False) for _, option in alternatives(checked)
    )


def _needs_it(site: SampleSite, distribution: Distribution) -> bool:
    """Whether grey values, legal only without the check, may be observed under a Bernoulli."""
    family = distribution.family
    support = distribution.support
    if family is None or family.argument("probs") is None or support is None:
        return False
    if site.observed is False or is_subset(support, BOOLEAN) is not True:
        return False
    seen = site.observation
    known = seen.within if isinstance(seen, Numeric) else None
    return known is None or is_subset(known, support) is not True
