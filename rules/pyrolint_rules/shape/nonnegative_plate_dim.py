"""PYR604 nonnegative-plate-dim."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, PlateUse, Related, Severity, named, rule, size_of


@rule("PYR604", "nonnegative-plate-dim", severity=Severity.ERROR, tips=[13])
def nonnegative_plate_dim(plate: PlateUse) -> Iterator[Finding]:
    """A plate's dimension is counted from the left.

    ## What it does
    Reports a plate with a `dim` of 0 or more.

    ## Why is this bad
    Batch shapes grow to the left, so Pyro counts plate dimensions from the right: -1 is the last
    one. It refuses any other.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data), dim=0):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
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
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data), dim=-1):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The plate, and the dimension that it asked for.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, `pyro.plate`, argument `dim`
    """
    asked = size_of(plate.dim)
    if isinstance(asked, int) and asked >= 0 and not plate.is_sequential:
        yield Finding(
            f"{named('Plate', plate.name, 'The plate here')} asks for `dim={asked}`, but the"
            " dimensions of plates count from the right, and Pyro refuses any other; write"
            " -1 for the last one, -2 for the one before it, or leave `dim=` out.",
            plate.dim_place or plate.place,
            related=(Related(plate.place, "the plate"),),
            site=plate.name,
        )
