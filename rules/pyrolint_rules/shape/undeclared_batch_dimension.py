"""PYR601 undeclared-batch-dimension."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AppendCode,
    Finding,
    Fix,
    Inference,
    SampleSite,
    Severity,
    Undeclared,
    named,
    plate_nesting,
    rule,
    shape_words,
    size_words,
    undeclared_dimension,
)


@rule("PYR601", "undeclared-batch-dimension", severity=Severity.ERROR, tips=[13])
def undeclared_batch_dimension(inference: Inference) -> Iterator[Finding]:
    """A site's density has a batch dimension that no plate declares.

    ## What it does
    Compares the shape of each site's log-density with the plates around the site, in model and
    guide, from the right to `max_plate_nesting`. Dimensions of size 1, those of enumeration and
    those of vectorised particles are no finding.

    ## Why is this bad
    Pyro takes a dimension for independent only where a plate says so. With validation on, the step
    fails. With validation off, the gradient estimators that count on plates are wrong or noisier,
    and mini-batches are scaled wrongly.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
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
    The shape of the site's log-density, and the dimension that nothing declares.

    ## References
    - Pyro, Tensor shapes in Pyro
    - Pyro, SVI Part IV: Tips and Tricks, tip 13: handling tensor shape errors
    - Pyro, `pyro.util.check_site_shape`
    """
    nesting = plate_nesting(inference)
    if nesting is None:
        return
    programs = (inference.model, inference.guide)
    sites = [site for program in programs if program is not None for site in program.sites]
    for site in sites:
        if site.prior is not None or site.is_reparameterised:
            # What a module's attribute lacks is told of the prior.
            continue
        found = undeclared_dimension(site, nesting)
        if found is None:
            continue
        whose = "" if found.of_distribution else ", the observation's"
        size = size_words(found.size, found.shape)
        # What only the data know is more than 1 as programs are written, yet need not be.
        unless = "" if isinstance(found.size, int) else f" where {size} is more than 1"
        yield Finding(
            f"{named('Site', site.name, 'The site here')} has batch shape"
            f" {shape_words(found.shape)}, but no plate declares dimension {found.dimension} of"
            f" size {size}{whose}, so that Pyro refuses the step{unless};"
            f" {_remedy(found, is_in_plate=bool(site.plates))}.",
            site.place,
            fix=_fix(site, found),
            program=site.program,
            site=site.name,
        )


def _remedy(found: Undeclared, *, is_in_plate: bool) -> str:
    plate = "enclose the statement in a `pyro.plate` of that size"
    if is_in_plate or not found.of_distribution:
        return plate
    return f"make one event of it by `.to_event({-found.dimension})`, or {plate}"


def _fix(site: SampleSite, found: Undeclared) -> Fix | None:
    """Only where there is no plate do all the dimensions make up one event."""
    if site.plates or not found.of_distribution or found.distribution.is_base:
        return None
    count = len(found.distribution.batch_shape or ())
    place = site.distribution_place or found.distribution.place
    edit = AppendCode(place, f".to_event({count})")
    return Fix("Make one event of the batch", (edit,))
