"""PYR605 plate-size-mismatch."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    ParamSite,
    Program,
    Related,
    SampleSite,
    Severity,
    misfits,
    named,
    parameter_misfits,
    rule,
    shape_words,
)


@rule("PYR605", "plate-size-mismatch", severity=Severity.ERROR, tips=[13])
def plate_size_mismatch(program: Program) -> Iterator[Finding]:
    """A site has another size than the plate that it stands in.

    ## What it does
    Compares each plate's size, or the size of its subsample, with the size that the site's
    distribution, its value and its `obs_mask` have in the plate's dimension. A size of 1 is
    broadcast, and no finding. A parameter that a plate holds and that says by `event_dim` which
    dimensions are its own needs an element for each of the plate's.

    ## Why is this bad
    A plate of 8 says that there are 8 independent data. Ten observations in it do not fit, and
    where broadcasting hides that, the likelihood is scaled for the wrong number of data.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", 8):
            pyro.sample("obs", dist.Normal(loc.expand(10), 1.0), obs=data)


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
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.expand(10), 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The size that the plate declares, and the shape that the site or the parameter has.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, `pyro.plate`, arguments `size` and `subsample_size`
    """
    if program.inference_kind == "root":
        # Its callers' plates take dimensions as well.
        return
    for site in program.sites:
        yield from _of_site(site)
    for parameter in program.parameters:
        yield from _of_parameter(parameter)


def _of_site(site: SampleSite) -> Iterator[Finding]:
    for misfit in misfits(site):
        plate = named("plate", misfit.plate.name, "the plate")
        has, mend = "batch shape", "take the dimension out of the batch by `.to_event(1)`"
        if misfit.of == "obs_mask":
            has, mend = "shape", "leave the dimensions of one event out of it"
        yield Finding(
            f"{named('Site', site.name, 'The site here')} stands in {plate}, of which a run sees"
            f" {misfit.extent}, but its {misfit.of} has {has} {shape_words(misfit.shape)},"
            f" with {misfit.size} in that plate's dimension {misfit.plate.allocated}; make them"
            f" one size, or {mend}.",
            site.place,
            related=(Related(misfit.plate.place, "the plate"),),
            program=site.program,
            site=site.name,
        )


def _of_parameter(parameter: ParamSite) -> Iterator[Finding]:
    for misfit in parameter_misfits(parameter):
        plate = named("plate", misfit.plate.name, "a plate")
        yield Finding(
            f"{named('The parameter', parameter.name, 'The parameter here')} stands in {plate} of"
            f" size {misfit.wanted}, but by `event_dim={parameter.event_dims}` its shape"
            f" {shape_words(misfit.shape)} has {misfit.size} in that plate's dimension, which Pyro"
            f" refuses; give it {misfit.wanted} there, or declare it outside of the plate.",
            parameter.place,
            related=(Related(misfit.plate.place, "the plate"),),
            program=parameter.program,
        )
