"""PYR402 mixed-scale-constants."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Numeric,
    Related,
    SampleSite,
    Severity,
    alternatives,
    named,
    rule,
)

_LIMIT = 1e3


@rule("PYR402", "mixed-scale-constants", severity=Severity.WARNING, tips=[11])
def mixed_scale_constants(site: SampleSite) -> Iterator[Finding]:
    """The prior scales of one literal tensor lie three or more orders of magnitude apart.

    ## What it does
    Finds a tensor written out as numbers that serves as the scale of a latent's prior, and whose
    largest element is at least a thousand times its smallest.

    ## Why is this bad
    One learning rate serves all elements of a latent. Steps that suit an element of order 0.001
    never move one of order 100, and steps that suit the latter throw the former about; HMC and
    NUTS have one step size likewise. Such priors mostly mirror data in unlike units.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        scales = torch.tensor([0.001, 1.0, 50.0])
        weights = pyro.sample("weights", dist.Normal(torch.zeros(3), scales).to_event(1))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(x @ weights, 1.0), obs=y)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 3), torch.randn(10))
    ```

    ## Use instead
    Bring the columns of the data to order one, and let one scale serve all.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(x @ weights, 1.0), obs=y)


    x = torch.randn(10, 3)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step((x - x.mean(0)) / x.std(0), torch.randn(10))
    ```

    ## What confirm shows
    Nothing of its own: one step does not tell how slowly an element will move.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 11: mind the scales of your numbers
    """
    if site.observed or site.role == "guide":
        return
    for _, distribution in site.distributions():
        family = distribution.family
        scale = family.playing("scale") if family is not None else None
        value = distribution.arguments.get(scale.name) if scale is not None else None
        if scale is None or value is None:
            continue
        where = distribution.places.get(scale.name, distribution.place)
        for _, option in alternatives(value):
            literal = option.literal if isinstance(option, Numeric) else None
            if literal is None or literal.is_eye or min(literal.values) <= 0.0:
                continue
            ratio = max(literal.values) / min(literal.values)
            # A ratio of powers of ten is rarely exact.
            if ratio < _LIMIT * (1 - 1e-9):
                continue
            name = distribution.name.rsplit(".", 1)[-1]
            yield Finding(
                f"The elements of `{scale.name}` of {name}, the prior of"
                f" {named('site', site.name, 'the site here')}, lie a factor of {ratio:.3g} apart"
                f" ({min(literal.values):g} to {max(literal.values):g}), too far for one step size;"
                " bring the data to order one and give all elements scales of one order.",
                literal.place or where,
                related=(Related(where, f"used here as `{scale.name}` of {name}"),),
                program=site.program,
                site=site.name,
                argument=scale.name,
            )
