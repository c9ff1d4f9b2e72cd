"""PYR603 plate-collision."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, PlateUse, Related, Severity, contradict, named, rule


@rule("PYR603", "plate-collision", severity=Severity.ERROR, tips=[13])
def plate_collision(plate: PlateUse) -> Iterator[Finding]:
    """Two plates of one execution claim the same dimension or the same name.

    ## What it does
    Reports a plate that was entered inside another of the same `dim` or of the same name, and a
    second plate of a name that the execution had already.

    ## Why is this bad
    Each nested plate needs a dimension of its own, and each plate statement a name of its own, as
    Pyro tells independent dimensions apart by them. It stops at the collision.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("groups", 2, dim=-1):
            with pyro.plate("data", len(data), dim=-1):
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
        with pyro.plate("groups", 2, dim=-2):
            with pyro.plate("data", len(data), dim=-1):
                pyro.sample("obs", dist.Normal(loc, 1.0), obs=data.expand(2, -1))


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The plate that Pyro refused, and the dimension that it asked for.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, `pyro.plate`, arguments `name` and `dim`
    """
    if plate.is_sequential:
        return
    for outer in plate.inside:
        if outer.is_sequential or contradict(plate.guard, outer.guard):
            continue
        if plate.name == outer.name and plate.name_known and outer.name_known:
            what, remedy = "of the same name", "give each a name of its own"
        elif plate.allocated is not None and plate.allocated == outer.allocated:
            what = f"of the same dimension {plate.allocated}"
            remedy = "leave `dim=` out, or give each a dimension of its own"
        else:
            continue
        yield Finding(
            f"{named('Plate', plate.name, 'The plate here')} is entered inside"
            f" {named('plate', outer.name, 'another')} {what}, by which Pyro tells independent"
            f" dimensions apart, and so it refuses the step; {remedy}.",
            plate.place,
            related=(Related(outer.place, "the outer plate"),),
            site=plate.name,
        )
        return
