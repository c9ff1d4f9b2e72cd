"""PYR107 observation-outside-support."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Outlier,
    Related,
    SampleSite,
    Severity,
    Structured,
    describe,
    named,
    outlier,
    rule,
)


@rule("PYR107", "observation-outside-support", severity=Severity.ERROR, tips=[4, 12])
def observation_outside_support(site: SampleSite) -> Iterator[Finding]:
    """Data is observed at a site whose distribution cannot have drawn it.

    ## What it does
    Compares what is observed with the support of its site, where it is known: literals; logarithms
    of counts, or data less its own mean, into a Poisson; labels -1 and 1, or continuous draws,
    into a Bernoulli; a negative number into a LogNormal. A value at an end of the support counts
    where its log-density is infinite, as a Beta's is at 0. Distributions made with
    `validate_args=False` are left alone: so one may give grey pixels to a Bernoulli.

    ## Why is this bad
    While validation is on, the log-density raises a ValueError. While it is off, the loss is
    infinite or NaN, or, worse, a finite number that means nothing. Masked values are validated as
    well: fill what is missing with a value that the distribution takes.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(counts):
        rate = pyro.sample("rate", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(counts)):
            pyro.sample("obs", dist.Poisson(rate), obs=torch.log1p(counts))


    def guide(counts):
        loc = pyro.param("loc", torch.tensor(0.0))
        pyro.sample("rate", dist.LogNormal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([0.0, 3.0, 1.0, 7.0]))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(counts):
        rate = pyro.sample("rate", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(counts)):
            pyro.sample("obs", dist.Poisson(rate), obs=counts)


    def guide(counts):
        loc = pyro.param("loc", torch.tensor(0.0))
        pyro.sample("rate", dist.LogNormal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([0.0, 3.0, 1.0, 7.0]))
    ```

    ## What confirm shows
    The first offending value with its index, or the infinite log-density of a value at an end.

    ## References
    - torch, `torch.distributions.Distribution.support`
    - Pyro, SVI Part IV: Tips and Tricks, tip 12: let Pyro validate
    """
    found = outlier(site)
    if found is None:
        return
    family = found.distribution.name.rsplit(".", 1)[-1]
    related: tuple[Related, ...] = ()
    if found.altered is not None:
        related = (Related(found.altered.place, "what makes fractions of whole numbers"),)
        if found.altered.is_centred:
            related = (Related(found.altered.place, "what leaves values on both sides of 0"),)
    if found.at_end:
        says = f"an end of the support of {family}, where its log-density is infinite"
        way_out = "move the data off the end, or take a family that gives the end a mass of its own"
    else:
        says = f"but {family} draws {describe(found.needs)}"
        way_out = "observe it by a family that can draw it"
        if isinstance(found.needs, Structured) and found.needs.name == "simplex":
            way_out = "divide it by its sum"
        elif found.altered is not None:
            way_out += f", or before `{found.altered.function}` changes it"
    yield Finding(
        f"{named('Site', site.name, 'The site here')} observes {_shown(found)}, {says}: validation"
        f" raises a ValueError, and without it the loss means nothing; {way_out}."
        if not found.at_end
        else f"{named('Site', site.name, 'The site here')} observes {_shown(found)}, {says}: so is"
        f" the loss; {way_out}.",
        site.observation_place or site.place,
        related=related,
        program=site.program,
        site=site.name,
    )


def _shown(found: Outlier) -> str:
    if found.value is not None:
        where = f" at {list(found.index)}" if found.index else ""
        if isinstance(found.needs, Structured):
            return f"a vector with sum {found.value:g}{where}"
        return f"{found.value:g}{where}"
    if found.altered is not None:
        if found.altered.function == "mean":
            return "data less its own mean"
        if found.altered.is_centred:
            return f"numbers of both signs, by `{found.altered.function}`"
        return f"the `{found.altered.function}` of data"
    return f"values that are {describe(found.reaches)}"
