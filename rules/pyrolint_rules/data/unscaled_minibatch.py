"""PYR403 unscaled-minibatch."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Constant,
    Finding,
    Inference,
    PlateUse,
    Program,
    Related,
    Rows,
    RowsKind,
    SampleSite,
    Severity,
    named,
    rows_of,
    rule,
)

_WORDS = {
    RowsKind.BATCH: "batches of a data loader",
    RowsKind.MOVING: "slices that move through the data",
    RowsKind.DRAWN: "rows drawn anew",
}


@rule("PYR403", "unscaled-minibatch", severity=Severity.WARNING)
def unscaled_minibatch(inference: Inference) -> Iterator[Finding]:
    """Mini-batches weigh as much against the priors as if they were the whole data.

    ## What it does
    Looks for steps that get mini-batches (of a data loader, slices that move through the data,
    rows by drawn indices) of a model whose likelihood stands in a plate of the batch's size, and
    that has a latent with a prior outside of that plate. Models whose latents all lie in it, such
    as variational autoencoders, need no scale; `size=` with `subsample=` or `subsample_size=`
    gives it, and so does `poutine.scale`.

    ## Why is this bad
    The posterior of a global latent rests on all data. A plate of the batch's size counts each
    batch as the whole of it: the prior weighs N over B times too much, and the posterior comes
    out too wide and too near the prior, without any error. Given the whole length, the plate
    scales by itself.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam
    from torch.utils.data import DataLoader, TensorDataset


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    loader = DataLoader(TensorDataset(torch.randn(200), torch.randn(200)), batch_size=20)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    for x, y in loader:
        svi.step(x, y)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam
    from torch.utils.data import DataLoader, TensorDataset


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", size=200, subsample_size=len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    loader = DataLoader(TensorDataset(torch.randn(200), torch.randn(200)), batch_size=20)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    for x, y in loader:
        svi.step(x, y)
    ```

    ## What confirm shows
    The wanted factor N over B, and the one that the sites' scales give.

    ## References
    - Pyro, SVI Part II: Conditional Independence, Subsampling, and Amortization
    - Pyro, `pyro.plate`, arguments `size` and `subsample_size`
    """
    model, step = inference.model, inference.step
    if inference.kind != "svi" or model is None or step is None or not inference.trains_elbo:
        return
    if not model.complete or any(each.is_scaled for each in model.sites):
        return
    for site in model.sites:
        plate, rows = _plate_of(site)
        latent = _global(model, plate) if plate is not None else None
        if plate is None or rows is None or latent is None:
            continue
        whole = rows.whole if rows.whole is not None else "N"
        yield Finding(
            f"{named('Plate', plate.name, 'The plate here')} has the size of what the step passes,"
            f" {_WORDS[rows.kind]}: {named('site', site.name, 'the likelihood')} weighs a batch as"
            " if it were the whole data, and the prior of"
            f" {named('latent', latent.name, 'a latent')} too much; give the plate the length of"
            f" the whole data, `size={whole}`, with `subsample_size=` of the batch.",
            plate.place,
            related=(
                Related(rows.place, "the batches are made here"),
                Related(latent.place, "a latent of all data"),
                Related(site.place, "the likelihood"),
                Related(step, "the step gets one batch at a time"),
            ),
            program=model.name,
            site=site.name,
            cause=model.place,
        )
        return


def _plate_of(site: SampleSite) -> tuple[PlateUse | None, Rows | None]:
    """The plate of a batch's size around a likelihood, and whose size that is.

    None where a plate draws or takes a part of its own of the data.
    """
    if not site.observed or any(map(_is_part, site.plates)):
        return None, None
    observed = rows_of(site.observation)
    for plate in site.plates:
        if plate.is_sequential:
            continue
        rows = rows_of(plate.size)
        if rows is not None and rows.is_batch:
            return plate, rows
        if observed is not None and observed.is_batch and plate.size == Constant(observed.length):
            return plate, observed
    return None, None


def _is_part(plate: PlateUse) -> bool:
    return _is_given(plate.subsample) or _is_given(plate.subsample_size)


def _is_given(value: object) -> bool:
    return value not in (None, Constant(None))


def _global(model: Program, plate: PlateUse) -> SampleSite | None:
    """A latent outside of a plate whose own shape has nothing to do with the batch."""
    for site in model.sites:
        if site.observed is not False or site.is_masked is not False:
            continue
        inside = any(each.name == plate.name or _is_batch(each) for each in site.plates)
        sizes = [distribution.batch_shape for _, distribution in site.distributions()]
        events = [distribution.event_shape for _, distribution in site.distributions()]
        known = all(
            shape is not None and all(isinstance(size, int) for size in shape)
            for shape in (*sizes, *events)
        )
        if not inside and known and sizes:
            return site
    return None


def _is_batch(plate: PlateUse) -> bool:
    rows: Rows | None = rows_of(plate.size)
    return rows is not None and rows.is_batch
