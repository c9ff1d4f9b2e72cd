"""PYR322 sequential-plate-under-autoguide."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, Pair, Place, PlateUse, Related, SampleSite, Severity, named, rule


@rule("PYR322", "sequential-plate-under-autoguide", severity=Severity.ERROR, tips=[6])
def sequential_plate_under_autoguide(pair: Pair) -> Iterator[Finding]:
    """An autoguide sees a latent inside a loop over a plate.

    ## What it does
    Looks at the model as the autoguide runs it, and finds latents in `for i in pyro.plate(...)`.
    Loops that only hold observations are fine, as are latents that `poutine.block` hides.

    ## Why is this bad
    Autoguides make one parameter for all of a plate's elements, along the plate's dimension. A
    sequential plate has none, and Pyro raises a NotImplementedError in the first step (a TypeError
    where the autoguide is a messenger).

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        for i in pyro.plate("groups", 3):
            loc = pyro.sample(f"loc_{i}", dist.Normal(0.0, 1.0))
            pyro.sample(f"obs_{i}", dist.Normal(loc, 1.0), obs=data[i])


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(3))
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
        with pyro.plate("groups", 3):
            loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(3))
    ```

    ## What confirm shows
    Pyro's error, and the latent that it was raised for.

    ## References
    - Pyro, `pyro.plate`: sequential and vectorised
    - Pyro, `pyro.infer.autoguide`
    """
    for prototype in pair.guide.prototypes:
        if prototype.autoguide is None or prototype.model is None:
            continue
        inside: dict[Place, tuple[PlateUse, SampleSite]] = {}
        for site in prototype.model.sites:
            for plate in site.plates:
                if plate.is_sequential and site.observed is False:
                    inside.setdefault(plate.place, (plate, site))
        for plate, site in inside.values():
            autoguide = prototype.autoguide.name.rsplit(".", 1)[-1]
            yield Finding(
                f"{named('Plate', plate.name, 'The plate here')} is gone through by a loop, with"
                f" {named('latent', site.name, 'a latent')} inside, and {autoguide} supports only"
                " vectorised plates: it raises an error; write `with pyro.plate(...)` and sample"
                " all elements at once, or hide the latents from it by `poutine.block`.",
                plate.place,
                related=(
                    Related(site.place, "a latent inside the loop"),
                    Related(prototype.autoguide.place, "the autoguide"),
                ),
                program=site.program,
                site=site.name,
            )
