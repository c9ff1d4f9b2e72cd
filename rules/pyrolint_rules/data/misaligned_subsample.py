"""PYR404 misaligned-subsample."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Constant,
    Finding,
    Fix,
    PlateUse,
    Related,
    Rows,
    RowsKind,
    SampleSite,
    Severity,
    TakeRows,
    alternatives,
    named,
    rows_of,
    rule,
)


@rule("PYR404", "misaligned-subsample", severity=Severity.ERROR)
def misaligned_subsample(site: SampleSite) -> Iterator[Finding]:
    """A plate draws a subsample, and what is observed inside are always the same rows.

    ## What it does
    Looks for plates that draw so many of so many data, both sizes written out, and in which a
    fixed window of the data is observed: `data[:10]` instead of `data[ind]`. What is taken by the
    plate's indices, by `subsample=` or `pyro.subsample` is right, and so is a batch that was made
    before the model is called.

    ## Why is this bad
    The plate weighs ten rows as if they had been drawn from all data, and each step sees the same
    ten: the others are never looked at, and the posterior is as sure as if they had been.

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
        with pyro.plate("data", 100, subsample_size=10):
            pyro.sample("x", dist.Normal(loc, 1.0), obs=data[:10])


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(100))
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
        with pyro.plate("data", 100, subsample_size=10) as ind:
            pyro.sample("x", dist.Normal(loc, 1.0), obs=data[ind])


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(100))
    ```

    ## What confirm shows
    The indices that the plate draws in two runs, and the rows that it observes in both.

    ## References
    - Pyro, SVI Part II: Conditional Independence, Subsampling, and Amortization
    """
    if not site.observed or site.observation is None:
        return
    rows = [rows_of(option) for _, option in alternatives(site.observation)]
    for plate in site.plates:
        length = _drawn(plate)
        if length is None or not all(_is_fixed(each, length) for each in rows):
            continue
        window = rows[0]
        assert window is not None
        yield Finding(
            f"{named('Plate', plate.name, 'The plate here')} draws {length} rows anew at each step,"
            f" but {named('site', site.name, 'the site')} observes the same {length} each time;"
            " take them by the plate's indices: `with pyro.plate(…) as ind:` and `data[ind]`.",
            window.place,
            related=(
                Related(plate.place, "the rows are drawn here"),
                Related(site.place, "the site observes what was taken"),
            ),
            fix=Fix("Take the rows that the plate draws", (TakeRows(window.place, plate.place),)),
            program=site.program,
            site=site.name,
        )
        return


def _drawn(plate: PlateUse) -> int | None:
    """How many rows a plate draws of more, both written out; None for other plates."""
    match plate.size, plate.subsample_size, plate.subsample:
        case Constant(int(size)), Constant(int(length)), None | Constant(None):
            return length if length < size and not plate.is_sequential else None
        case _:
            return None


def _is_fixed(rows: Rows | None, length: int) -> bool:
    return (
        rows is not None
        and rows.kind is RowsKind.WINDOW
        and rows.in_program
        and rows.length == length
    )
