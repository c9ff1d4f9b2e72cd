"""PYR108 boundary-parameter."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Constant,
    Distribution,
    Finding,
    Fix,
    Interval,
    Numeric,
    Origin,
    OriginKind,
    Pair,
    Related,
    ReplaceExpression,
    SampleSite,
    Severity,
    alternatives,
    innermost,
    named,
    rule,
)

_SHAPES = {
    "Gamma": ("concentration",),
    "InverseGamma": ("concentration",),
    "Beta": ("concentration1", "concentration0"),
    "Dirichlet": ("concentration",),
}
"""Families whose draws underflow as these arguments go to zero."""


@rule("PYR108", "boundary-parameter", severity=Severity.ADVICE, tips=[16])
def boundary_parameter(pair: Pair) -> Iterator[Finding]:
    """The concentration of a guide's distribution may shrink all the way to zero.

    ## What it does
    Finds guides that draw from `Gamma`, `InverseGamma`, `Beta` or `Dirichlet` with a concentration
    that is a parameter under bare `constraints.positive`. Where the constraint keeps a distance
    (`greater_than(0.001)`), a clamp or a sum does, or the optimizer clips gradients, there is
    nothing to say; nor is there for the model's own concentrations, whose gradient stays small.

    ## Why is this bad
    Near zero the draws of these families underflow, their logarithm is about minus one over the
    concentration, and so are gradients. One unlucky step there gives a huge gradient, the next a
    NaN; and as the parameter is positive still, no constraint objects.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        rate = pyro.sample("rate", dist.Gamma(2.0, 2.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Exponential(rate), obs=data)


    def guide(data):
        shape = pyro.param("shape", torch.tensor(1.0), constraint=constraints.positive)
        pyro.sample("rate", dist.Gamma(shape, 2.0))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.ones(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        rate = pyro.sample("rate", dist.Gamma(2.0, 2.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Exponential(rate), obs=data)


    def guide(data):
        shape = pyro.param("shape", torch.tensor(1.0), constraint=constraints.greater_than(0.01))
        pyro.sample("rate", dist.Gamma(shape, 2.0))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.ones(10))
    ```

    ## What confirm shows
    The norm of the parameter's gradient where it starts, and where it has shrunk to a hundredth.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 16: clip gradients or constrain defensively
    """
    if _clips(pair):
        return
    for site in pair.guide.sites:
        for _, distribution in site.distributions() if site.observed is False else ():
            inner = innermost(distribution)
            for argument in _SHAPES.get(inner.name.rsplit(".", 1)[-1], ()):
                origin = _bare(inner, argument)
                if origin is not None:
                    yield _finding(site, inner, argument, origin)


def _clips(pair: Pair) -> bool:
    """Whether the optimizer may clip gradients."""
    optimizer = pair.inference.optimizer
    if optimizer is None or optimizer.is_base or optimizer.name.endswith(".ClippedAdam"):
        return True
    clip = optimizer.arguments.get("clip_args")
    return clip is not None and clip != Constant(None)


def _bare(distribution: Distribution, argument: str) -> Origin | None:
    """The parameter that is the argument as it stands, and may come as near zero as it likes."""
    value = distribution.arguments.get(argument)
    for _, option in alternatives(value) if value is not None else ():
        if not isinstance(option, Numeric) or len(option.origins) != 1:
            continue
        origin = option.origins[0]
        members = origin.members
        if (
            origin.kind is OriginKind.PARAMETER
            and origin.constraint_place is not None
            and isinstance(members, Interval)
            and (members.lower, members.upper) == (0.0, float("inf"))
            and option.reaches == members
        ):
            return origin
    return None


def _finding(
    site: SampleSite, distribution: Distribution, argument: str, origin: Origin
) -> Finding:
    family = distribution.name.rsplit(".", 1)[-1]
    fix = None
    if origin.constraint_place is not None:
        code = "{pyro.distributions.constraints.greater_than}(1e-3)"
        fix = Fix("Keep it above 0.001", (ReplaceExpression(origin.constraint_place, code),))
    return Finding(
        f"{named('Parameter', origin.name, 'The parameter here')} is the `{argument}` of {family},"
        f" which the guide draws {named('site', site.name, 'a site')} from, and may shrink to zero,"
        " where draws underflow and gradients grow without bounds; declare it with"
        " `constraint=constraints.greater_than(1e-3)`, or clip gradients.",
        origin.place,
        related=(Related(distribution.places.get(argument, site.place), "used here"),),
        fix=fix,
        program=site.program,
        site=site.name,
        argument=argument,
    )
