"""PYR102 guide-support-mismatch."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Distribution,
    Finding,
    Fix,
    Numeric,
    OriginKind,
    Pair,
    Related,
    ReplaceCallee,
    SampleSite,
    Set,
    Severity,
    Structured,
    alternatives,
    constraint_words,
    contradict,
    describe,
    family_onto,
    is_subset,
    named,
    rule,
)

_ON_THE_LINE = "Normal"
_ON_POSITIVES = "LogNormal"


@rule("PYR102", "guide-support-mismatch", severity=Severity.ERROR, tips=[4])
def guide_support_mismatch(pair: Pair) -> Iterator[Finding]:
    """The guide draws values at a site that the model's distribution cannot take.

    ## What it does
    Compares, site by site, the support of the guide's distribution with that of the model's, for
    the model and guide of each inference. Different families of one support are fine; supports
    that differ only at an end point are fine too.

    ## Why is this bad
    A draw outside the model's support has log-density minus infinity there (or raises a
    ValueError while validation is on): the ELBO is infinite or NaN, in some steps and not in
    others, as luck has it.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        rate = pyro.sample("rate", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Poisson(rate), obs=data)


    def guide(data):
        loc = pyro.param("loc", torch.tensor(1.0))
        pyro.sample("rate", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([1.0, 2.0]))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        rate = pyro.sample("rate", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Poisson(rate), obs=data)


    def guide(data):
        loc = pyro.param("loc", torch.tensor(1.0))
        pyro.sample("rate", dist.LogNormal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([1.0, 2.0]))
    ```

    ## What confirm shows
    Both support objects, a draw of the guide outside the model's, and its log-density.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 4: model and guide distributions have the same support
    """
    for model_site, guide_site in pair.shared_latents():
        if model_site.is_reparameterised or guide_site.is_reparameterised:
            continue
        if pair.model.dispatches(model_site) or pair.guide.dispatches(guide_site):
            continue
        mismatch = _mismatch(model_site, guide_site)
        if mismatch is None:
            continue
        wanted, drawn, supports = mismatch
        takes, gives = map(describe, supports)
        yield Finding(
            f"{named('Site', guide_site.name, 'The site here')} is {gives} by the guide's"
            f" {_family(drawn)}, but {takes} by the model's {_family(wanted)}: draws outside make"
            f" the loss infinite or NaN; {_remedy(wanted, drawn, supports[0])}.",
            guide_site.place,
            related=(Related(model_site.place, f"the model's site takes {takes}"),),
            fix=_fix(drawn, supports),
            program=guide_site.program,
            site=guide_site.name,
        )


def _family(distribution: Distribution) -> str:
    return distribution.name.rsplit(".", 1)[-1]


def _remedy(wanted: Distribution, drawn: Distribution, takes: Set) -> str:
    if _family(drawn) == "Delta":
        constraint = constraint_words(takes)
        return "keep the point inside" + (f" by `constraint={constraint}`" if constraint else "")
    family = family_onto(takes)
    if family is not None:
        return f"draw from {family}"
    is_discrete = not isinstance(takes, Structured) and takes.integer
    example = f", such as {_family(wanted)}" if is_discrete else ""
    return f"draw from a family with the model's support{example}"


def _mismatch(
    model_site: SampleSite, guide_site: SampleSite
) -> tuple[Distribution, Distribution, tuple[Set, Set]] | None:
    """The first alternatives that can meet and certainly do not fit."""
    for model_guard, wanted in model_site.distributions():
        for guide_guard, drawn in guide_site.distributions():
            if contradict(model_guard, guide_guard):
                continue
            takes, gives = wanted.enclosure, drawn.support
            if takes is None or gives is None or _is_fault_of_a_parameter(drawn):
                continue
            if _is_relaxed(drawn):
                continue
            if is_subset(gives, takes) is False:
                return wanted, drawn, (takes, gives)
    return None


def _is_relaxed(drawn: Distribution) -> bool:
    """A straight-through relaxation gives draws of its discrete family."""
    return "StraightThrough" in drawn.name


def _is_fault_of_a_parameter(drawn: Distribution) -> bool:
    """Whether a point mass stands where nothing is known to have put it."""
    if not drawn.name.endswith(".Delta"):
        return False
    point = drawn.arguments.get("v")
    if point is None:
        return True
    return any(
        isinstance(option, Numeric)
        and any(origin.kind is OriginKind.OPAQUE for origin in option.origins)
        for _, option in alternatives(point)
    )


def _fix(drawn: Distribution, supports: tuple[Set, Set]) -> Fix | None:
    """A Normal where positive values are wanted becomes a LogNormal, location and scale kept."""
    wanted, _ = supports
    if _family(drawn) != _ON_THE_LINE or isinstance(wanted, Structured):
        return None
    if wanted.integer or (wanted.lower, wanted.upper) != (0.0, float("inf")):
        return None
    code = f"{{pyro.distributions.{_ON_POSITIVES}}}"
    return Fix(f"Draw from {_ON_POSITIVES}", (ReplaceCallee(drawn.place, code),))
