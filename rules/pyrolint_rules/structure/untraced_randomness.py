"""PYR708 untraced-randomness."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Fix,
    Origin,
    Program,
    Related,
    ReplaceMethodCall,
    Severity,
    named,
    rule,
    untraced_draws,
)


@rule("PYR708", "untraced-randomness", severity=Severity.WARNING)
def untraced_randomness(program: Program) -> Iterator[Finding]:
    """A program draws a random number without Pyro, and a density is made of it.

    ## What it does
    Finds `torch.rand`, `torch.randn` and their kin, `numpy.random`, Python's `random` and
    `dist.Normal(...).sample()` inside a program where the draw goes into a distribution's argument
    or is what a site observes. Silent are the initial values of parameters, noise that is put on
    data, draws outside of programs, and what a distribution of one's own does to draw.

    ## Why is this bad
    Pyro replays a program with the guide's draws, and a sampler replays it with its own, at the
    same values over and over. A draw that is no site is another number each time: it has no
    density, no guide learns it, MCMC compares energies of different models, and `Predictive` and
    conditioning cannot reach it.

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
        with pyro.plate("data", len(data)):
            shift = 0.5 * torch.randn(len(data))
            pyro.sample("obs", dist.Normal(loc + shift, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
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
        with pyro.plate("data", len(data)):
            shift = pyro.sample("shift", dist.Normal(0.0, 0.5))
            pyro.sample("obs", dist.Normal(loc + shift, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The density of the site at the same draws of every other site, run twice.

    ## References
    - Pyro, `pyro.sample`
    - Pyro, An Introduction to Models in Pyro
    """
    for origin, site, argument, place in untraced_draws(program):
        where = named("site", site.name, "a site")
        role = f"`{argument}` of {where}" if argument != "obs" else f"what {where} observes"
        yield Finding(
            f"`{origin.statement}` draws behind Pyro's back, and goes into {role}: it is another"
            f" number each time the program is replayed, {_lack(origin)}; {_remedy(argument)}.",
            origin.place,
            related=(Related(place, f"{role} is made of it"),),
            fix=_fix(origin, program) if argument != "obs" else None,
            program=site.program,
            site=site.name,
            argument=argument,
        )


def _fix(origin: Origin, program: Program) -> Fix | None:
    """Let the draw from a distribution be the site of the name that it is assigned to."""
    if not (origin.statement or "").endswith(("(…).sample()", "(…).rsample()")):
        return None
    names = (
        *(site.name for site in program.sites),
        *(parameter.name for parameter in program.parameters),
        *(plate.name for plate in program.plates),
    )
    taken = tuple(name for name in names if name is not None)
    edit = ReplaceMethodCall(origin.place, '{pyro.sample}("<name>", {})', taken)
    return Fix("Draw it by `pyro.sample`", (edit,))


def _lack(origin: Origin) -> str:
    if (origin.statement or "").endswith(".rsample()"):
        return "and the density of the draw is missing from the loss"
    return "and nothing can learn it"


def _remedy(argument: str) -> str:
    if argument == "obs":
        return "draw the data once, outside of the program, and pass it in"
    return "draw it by `pyro.sample` from a distribution"
