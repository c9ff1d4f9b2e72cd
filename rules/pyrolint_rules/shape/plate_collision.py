"""PYR603 plate-collision."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Place,
    PlateUse,
    Program,
    Related,
    Severity,
    clashes,
    contradict,
    named,
    rule,
)


@rule("PYR603", "plate-collision", severity=Severity.ERROR, tips=[13])
def plate_collision(program: Program) -> Iterator[Finding]:
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
    told: set[Place] = set()
    for plate in program.plates:
        outer = next((each for each in plate.inside if _collide(plate, each)), None)
        if outer is None or plate.place in told:
            continue
        told.add(plate.place)
        what, remedy = "of the same name", "give each a name of its own"
        if plate.name != outer.name:
            what = f"of the same dimension {plate.allocated}"
            remedy = "leave `dim=` out, or give each a dimension of its own"
        yield Finding(
            f"{named('Plate', plate.name, 'The plate here')} is entered inside"
            f" {named('plate', outer.name, 'another')} {what}, by which Pyro tells independent"
            f" dimensions apart, and so it refuses the step; {remedy}.",
            plate.place,
            related=(Related(outer.place, "the outer plate"),),
            program=program.name,
            site=plate.name,
        )
    for clash in clashes(program):
        second = clash.second
        if not clash.is_of_plates or second.place in told:
            continue
        told.add(second.place)
        before = "every turn of a loop" if clash.loop else "one run, which has it already"
        yield Finding(
            f"A plate takes the name `{second.name.text}` in {before}: the subsamples of two plates"
            " are two sites of one name, and Pyro refuses the second; give each a name of its own,"
            " or make one plate and enter that again.",
            second.place,
            related=() if clash.loop else (Related(clash.first.place, "the name is taken here"),),
            program=program.name,
            site=second.name.text,
        )


def _collide(plate: PlateUse, outer: PlateUse) -> bool:
    """Whether Pyro cannot tell two nested plates apart."""
    if plate.is_sequential or outer.is_sequential or contradict(plate.guard, outer.guard):
        return False
    if plate.name_known and outer.name_known and plate.name == outer.name:
        return True
    return plate.allocated is not None and plate.allocated == outer.allocated
