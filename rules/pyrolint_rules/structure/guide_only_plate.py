"""PYR711 guide-only-plate."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, Pair, Related, Severity, rule, unmatched_plates


@rule("PYR711", "guide-only-plate", severity=Severity.WARNING)
def guide_only_plate(pair: Pair) -> Iterator[Finding]:
    """A plate of the guide that holds a site has no match in the model.

    ## What it does
    Compares the plates that model and guide came by in the step, by name.

    ## Why is this bad
    Plates tell which dimensions are independent, and how they are scaled under subsampling. Where
    only the guide has one, its latents are scaled and counted otherwise than the model's.

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
        pyro.sample("loc", dist.Normal(loc, 0.1).to_event(1))
        with pyro.plate("draws", 10):
            pyro.sample("noise", dist.Normal(0.0, 1.0), infer={"is_auxiliary": True})


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
        pyro.sample("noise", dist.Normal(0.0, 1.0), infer={"is_auxiliary": True})


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The plate, at the guide's line.

    ## References
    - Pyro, An Introduction to Stochastic Variational Inference: guides
    - Pyro, `pyro.util.check_model_guide_match`
    """
    for plate in unmatched_plates(pair):
        yield Finding(
            f"The guide's plate `{plate.name.text}` has no match in its model `{pair.model.name}`:"
            " what it holds is scaled and counted otherwise than there; give it the name of the"
            " model's plate, or draw without it.",
            plate.place,
            related=(Related(pair.model.place, "the model"),),
            program=pair.guide.name,
            site=plate.name.text,
        )
