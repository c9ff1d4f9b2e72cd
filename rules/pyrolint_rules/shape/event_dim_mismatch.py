"""PYR602 event-dim-mismatch."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Pair,
    Related,
    Severity,
    named,
    rule,
    shape_disagreement,
    shape_words,
    undeclared_dimension,
    whole_shape,
)


@rule("PYR602", "event-dim-mismatch", severity=Severity.ERROR, tips=[13])
def event_dim_mismatch(pair: Pair) -> Iterator[Finding]:
    """Model and guide disagree about how many dimensions one draw of a site has.

    ## What it does
    Compares the event dimensions of each latent in the model with those of the same site in the
    guide.

    ## Why is this bad
    A draw with one event dimension is one vector; without, it is many numbers that are independent.
    The densities of the two halves are then of different things, and Pyro refuses to subtract one
    from the other.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.sum(), 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.zeros(3))
        with pyro.plate("parts", 3):
            pyro.sample("loc", dist.Normal(loc, 0.1))


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
        loc = pyro.sample("loc", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.sum(), 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.zeros(3))
        pyro.sample("loc", dist.Normal(loc, 0.1).to_event(1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The number of event dimensions on both sides.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, SVI Part IV: Tips and Tricks, tip 13: handling tensor shape errors
    - Pyro, `pyro.util.check_model_guide_match`
    """
    for model_site, guide_site in pair.shared_latents():
        if model_site.is_reparameterised or guide_site.is_reparameterised:
            continue
        if pair.model.dispatches(model_site) or pair.guide.dispatches(guide_site):
            continue
        if any(undeclared_dimension(each, math.inf) for each in (model_site, guide_site)):
            # What makes an event of it mends this as well.
            continue
        found = shape_disagreement(model_site, guide_site)
        if found is None:
            continue
        wanted, drawn = found
        own, other = len(drawn.event_shape or ()), len(wanted.event_shape or ())
        if own != other:
            what = f"{_events(own)} in the guide and {_events(other)} in the model"
            remedy = "give both as many by `.to_event(n)`"
        else:
            drawn_shape, wanted_shape = (
                whole_shape(guide_site, drawn),
                whole_shape(model_site, wanted),
            )
            what = (
                f"shape {shape_words(drawn_shape)} in the guide and {shape_words(wanted_shape)} in"
                " the model"
            )
            remedy = "let the guide's parameters have the shape of the model's site"
        yield Finding(
            f"{named('Site', guide_site.name, 'The site here')} has {what}, so that their densities"
            f" are of different things and Pyro refuses the step; {remedy}.",
            guide_site.place,
            related=(Related(model_site.place, "the model's site"),),
            program=guide_site.program,
            site=guide_site.name,
        )


def _events(count: int) -> str:
    return f"{count} event dimension" + ("" if count == 1 else "s")
