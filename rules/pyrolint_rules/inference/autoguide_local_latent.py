"""PYR321 autoguide-local-latent."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    NONE,
    Constant,
    Finding,
    Fix,
    LibraryObject,
    Numeric,
    Pair,
    PlateUse,
    Related,
    ReplaceCallee,
    SampleSite,
    Severity,
    knowledge,
    named,
    rule,
)

_SIZED_BY_DRAW = frozenset({"AutoContinuous", "AutoStructured", "AutoGaussian"})
"""Autoguides, and bases of them, whose parameters are as large as the first mini-batch."""


@rule("PYR321", "autoguide-local-latent", severity=Severity.ERROR, tips=[6])
def autoguide_local_latent(pair: Pair) -> Iterator[Finding]:
    """A joint autoguide sees a latent of a subsampled plate, and shares it among all mini-batches.

    ## What it does
    Finds latents inside a plate that draws a mini-batch (`subsample_size=`, `subsample=`), in the
    model as `AutoDiagonalNormal`, `AutoMultivariateNormal`, `AutoLowRankMultivariateNormal` or
    another autoguide with one vector for all latents runs it; `AutoStructured` and `AutoGaussian`
    are like them. `AutoNormal`, `AutoDelta` and the messengers keep a parameter for each element of
    the whole plate.

    ## Why is this bad
    These autoguides make their parameters as large as the first mini-batch. From then on the first
    place of every mini-batch has the same posterior, whichever datum stands there: a thousand
    latents share ten posteriors, the loss ends far too high, and nothing says a word.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoDiagonalNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data), subsample_size=10) as index:
            shift = pyro.sample("shift", dist.Normal(loc, 1.0))
            pyro.sample("obs", dist.Normal(shift, 0.1), obs=data[index])


    svi = SVI(model, AutoDiagonalNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(1000))
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
        with pyro.plate("data", len(data), subsample_size=10) as index:
            shift = pyro.sample("shift", dist.Normal(loc, 1.0))
            pyro.sample("obs", dist.Normal(shift, 0.1), obs=data[index])


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(1000))
    ```

    ## What confirm shows
    The number of elements that the autoguide has for the latent, against the plate's size.

    ## References
    - Pyro, `pyro.infer.autoguide`
    - Pyro, `pyro.plate`: subsampling
    """
    for prototype in pair.guide.prototypes:
        autoguide = prototype.autoguide
        if autoguide is None or prototype.model is None or not _is_sized_by_draw(autoguide):
            continue
        for site in prototype.model.sites:
            plate = next((each for each in site.plates if _is_subsampled(each)), None)
            if plate is not None and site.observed is False:
                yield _finding(autoguide, site, plate)
                break


def _is_sized_by_draw(autoguide: LibraryObject) -> bool:
    bases = (autoguide.name, *knowledge().autoguides[autoguide.name].bases)
    return not _SIZED_BY_DRAW.isdisjoint(name.rsplit(".", 1)[-1] for name in bases)


def _is_subsampled(plate: PlateUse) -> bool:
    """Whether a plate certainly stands for more than a draw of it holds."""
    if plate.is_sequential:
        return False
    whole = plate.size.value if isinstance(plate.size, Constant) else None
    if plate.subsample is not None and plate.subsample != NONE:
        indices = plate.subsample
        length = indices.shape[0] if isinstance(indices, Numeric) and indices.shape else None
        return isinstance(length, int) and isinstance(whole, int) and length < whole
    drawn = plate.subsample_size.value if isinstance(plate.subsample_size, Constant) else None
    # Where the size is the data's own, there is more of it than is drawn, or none would be.
    return isinstance(drawn, int) and (not isinstance(whole, int) or whole > drawn)


def _finding(autoguide: LibraryObject, site: SampleSite, plate: PlateUse) -> Finding:
    name = autoguide.name.rsplit(".", 1)[-1]
    fix = None
    if autoguide.arguments.keys() <= {"model", "init_loc_fn", "init_scale"}:
        code = "{pyro.infer.autoguide.AutoNormal}"
        fix = Fix("Use AutoNormal", (ReplaceCallee(autoguide.place, code),))
    return Finding(
        f"{name} sees {named('latent', site.name, 'a latent')} inside"
        f" {named('plate', plate.name, 'a plate')}, which draws mini-batches: its parameters are"
        " sized to the mini-batch and shared by all of them; use AutoNormal, or hide the latent by"
        " `poutine.block` and give it a guide of its own.",
        autoguide.place,
        related=(
            Related(site.place, "a latent for each datum"),
            Related(plate.place, "the plate that draws mini-batches"),
        ),
        fix=fix,
        program=site.program,
        site=site.name,
    )
