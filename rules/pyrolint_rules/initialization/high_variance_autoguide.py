"""PYR203 high-variance-autoguide."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Fix,
    LibraryObject,
    ReplaceExpression,
    Severity,
    alternatives,
    as_numeric,
    bound_value,
    knowledge,
    rule,
)


@rule("PYR203", "high-variance-autoguide", severity=Severity.WARNING, tips=[7])
def high_variance_autoguide(guide: LibraryObject) -> Iterator[Finding]:
    """An autoguide starts wider than its default by a factor of ten or more, or cannot start.

    ## What it does
    Finds autoguides of `pyro.infer.autoguide` made with an `init_scale` over 1; Pyro's default is
    0.1. An `init_scale` that is not positive or not a float, or that goes to an autoguide
    without that parameter (`AutoDelta`, `AutoLaplaceApproximation`), is an error.

    ## Why is this bad
    `init_scale` is the standard deviation of the draws in unconstrained space, where 1 already
    spans orders of magnitude behind an `exp`. The first gradients are means over such draws: the
    wider they lie, the more noise and the less signal, and many runs never recover. Starts that
    are refused raise an exception when the guide is built.

    ## Example
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


    guide = AutoNormal(model, init_scale=5.0)
    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
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


    guide = AutoNormal(model, init_scale=0.1)
    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The guide's standard deviation against the prior's, and the signal-to-noise ratio of the
    gradient over a number of draws.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 7: start guides with low variance
    - Pyro, `pyro.infer.autoguide`, argument `init_scale`
    """
    given = guide.arguments.get("init_scale")
    if guide.kind != "autoguide" or given is None:
        return
    name = guide.name.rsplit(".", 1)[-1]
    place = guide.places.get("init_scale")
    parameters = knowledge().autoguides[guide.name].parameters
    if not any(each.star or each.name == "init_scale" for each in parameters):
        yield Finding(
            f"`{name}` takes no `init_scale` and raises a TypeError; leave the argument out.",
            place or guide.place,
            severity=Severity.ERROR,
        )
        return
    fix = None
    if place is not None:
        fix = Fix("Start at Pyro's default of 0.1", (ReplaceExpression(place, "0.1"),))
    for _, option in alternatives(given):
        scale, number = bound_value(option), as_numeric(option)
        if scale is None or number is None:
            continue
        refused = scale <= 0 or number.dtype in ("int", "bool")
        if refused or scale > 1:
            fault = (
                "which its constructor refuses: it takes a float above 0"
                if refused
                else "ten or more times Pyro's default: the first gradients will be mostly noise"
            )
            yield Finding(
                f"`{name}` gets an `init_scale` of {scale:g}, {fault}; start at 0.1.",
                place or guide.place,
                fix=fix,
                severity=Severity.ERROR if refused else None,
            )
            return
