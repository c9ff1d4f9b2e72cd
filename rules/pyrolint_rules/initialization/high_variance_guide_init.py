"""PYR201 high-variance-guide-init."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Distribution,
    Finding,
    Fix,
    Numeric,
    Origin,
    Pair,
    Related,
    ReplaceExpression,
    SampleSite,
    Severity,
    Value,
    by_width,
    innermost,
    named,
    parameter_in,
    rule,
    spread_of,
    typical_deviation,
)

# Most guides start about here, and they converge.
_ABOUT_ONE = 2.0


@rule("PYR201", "high-variance-guide-init", severity=Severity.WARNING, tips=[7])
def high_variance_guide_init(pair: Pair) -> Iterator[Finding]:
    """A guide's site starts many times wider than its prior, so that gradients are mostly noise.

    ## What it does
    Finds scales of guide sites whose initial value, after every transform, is over
    `max-init-scale` (10) times the prior's standard deviation; or over 10 as it stands, where
    the prior's is not known or is 100 or more. Scales of the logarithm (LogNormal) are compared
    with such, variances by their root. Concentrations and the model's own noise are no concern.

    ## Why is this bad
    The gradient of the ELBO is estimated from the guide's draws. A wide guide draws values that
    fit neither prior nor data, their log-densities differ by orders of magnitude, and the
    estimate drowns in noise: training crawls, diverges or ends in NaN. A narrow guide widens
    soon enough where the posterior is wide.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        width = pyro.param("width", torch.tensor(50.0), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(pyro.param("mean", torch.tensor(0.0)), width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    Let the parameter start at 0.1, as here. An `AutoNormal` does so by itself.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        width = pyro.param("width", torch.tensor(0.1), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(pyro.param("mean", torch.tensor(0.0)), width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The guide's standard deviation against the prior's, and the signal-to-noise ratio of the
    gradient over a number of draws.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 7: start guides with low variance
    """
    for model_site, guide_site in pair.shared_latents():
        for inner in _ways(guide_site):
            spread = spread_of(inner)
            if spread is None or spread.argument is None or spread.deviation is None:
                continue
            prior = typical_deviation(model_site, spread)
            limit = guide_site.thresholds.max_init_scale * (prior or 1.0)
            origin = parameter_in(inner.arguments[spread.argument])
            if origin is None or spread.deviation <= max(limit, _ABOUT_ONE):
                continue
            place = inner.places.get(spread.argument, inner.place)
            of_log = " of its logarithm" if spread.is_log else ""
            than = f"{spread.deviation / prior:.3g} times its prior's" if prior else "far too wide"
            what = named("the parameter", origin.name, "the parameter")
            subject = named("Site", guide_site.name, "A site")
            use = f"`{spread.argument}` of {inner.name.rsplit('.', 1)[-1]}"
            yield Finding(
                f"{subject} starts in the guide with a standard deviation{of_log} of"
                f" about {spread.deviation:.3g}, {than}: the first gradients will be mostly noise;"
                f" start {what} so that {use} is about 0.1.",
                origin.place,
                related=(Related(place, f"used here as {use}"),),
                fix=_fix(pair, inner.arguments[spread.argument], origin),
                program=guide_site.program,
                site=guide_site.name,
                argument=spread.argument,
            )


def _ways(site: SampleSite) -> Iterator[Distribution]:
    for _, distribution in site.distributions():
        yield from by_width(innermost(distribution))


def _fix(pair: Pair, scale: Value, origin: Origin) -> Fix | None:
    """A lower start, where the scale is a parameter as it stands and that is a single number."""
    for parameter in (*pair.guide.parameters, *pair.model.parameters):
        if parameter.place == origin.place and parameter.init_place is not None:
            start = parameter.init.within if isinstance(parameter.init, Numeric) else None
            if isinstance(scale, Numeric) and scale.shape == () and scale.start == start:
                edit = ReplaceExpression(parameter.init_place, "{torch.tensor}(0.1)")
                return Fix("Start at 0.1", (edit,))
    return None
