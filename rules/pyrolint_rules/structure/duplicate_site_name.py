"""PYR701 duplicate-site-name."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Clash,
    Finding,
    Fix,
    Interpolate,
    Program,
    Related,
    Severity,
    clashes,
    rule,
)


@rule("PYR701", "duplicate-site-name", severity=Severity.ERROR)
def duplicate_site_name(program: Program) -> Iterator[Finding]:
    """One execution comes by two statements of the same name.

    ## What it does
    Reports a statement whose name the execution has used already for something else: `sample`,
    `deterministic`, `factor`, `plate` and `param` statements share one table of names. A loop that
    comes by one name in each turn counts; what stands in branches that exclude each other does not,
    nor does `pyro.contrib.autoname.name_count`, which numbers such names itself.

    ## Why is this bad
    Pyro keeps an execution as a table of sites by name, and refuses to write over an entry: the
    step ends with a RuntimeError.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        for value in data:
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=value)


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
        for i, value in enumerate(data):
            pyro.sample(f"obs_{i}", dist.Normal(loc, 1.0), obs=value)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The name, and the lines of both statements.

    ## References
    - Pyro, `pyro.sample`, argument `name`
    - Pyro, `pyro.poutine.Trace`
    """
    seen: set[object] = set()
    for clash in clashes(program):
        key = (clash.second.place, clash.second.name.text)
        if clash.is_of_plates or key in seen:
            continue
        seen.add(key)
        second = clash.second
        yield Finding(
            f"{_what(clash)}: Pyro refuses to write over it, and the run ends with a RuntimeError;"
            f" {_remedy(clash)}.",
            second.place,
            related=_related(clash),
            fix=_fix(clash),
            program=program.name,
            site=second.name.text,
        )


def _what(clash: Clash) -> str:
    name = f"`{clash.second.name.text}`"
    kind = clash.second.kind.value
    if clash.loop is not None:
        return f"The {kind} statement here takes the name {name} in every turn of a loop"
    if clash.first.place == clash.second.place:
        return f"The {kind} statement here takes the name {name} twice in one run"
    return (
        f"The {kind} statement here takes the name {name}, which a {clash.first.kind.value}"
        " statement of the same run has"
    )


def _remedy(clash: Clash) -> str:
    if clash.loop is not None:
        variable = _counter(clash) or "i"
        text = clash.second.name.text if clash.second.name.is_known else "…"
        example = f'f"{text}_{{{variable}}}"'
        return f"build the name of what differs from turn to turn, as in `{example}`"
    if clash.first.place == clash.second.place:
        return "let the name hold what differs between the calls that lead here"
    return "give one of them another name"


def _counter(clash: Clash) -> str | None:
    """The loop's own number, where the statement can read it."""
    loop = clash.loop
    return loop.counter if loop is not None and loop.caller == clash.second.caller else None


def _related(clash: Clash) -> tuple[Related, ...]:
    if clash.loop is not None:
        return (Related(clash.loop.place, "the loop"),)
    if clash.first.place == clash.second.place:
        return ()
    return (Related(clash.first.place, f"the name is taken here, by a {clash.first.kind.value}"),)


def _fix(clash: Clash) -> Fix | None:
    """The loop's own number behind the name, where it has one."""
    place, variable = clash.second.name_place, _counter(clash)
    if place is None or variable is None:
        return None
    return Fix(f"End the name with `{{{variable}}}`", (Interpolate(place, variable),))
