"""PYR802 deprecated-api."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    NameUse,
    Severity,
    UseKind,
    knowledge,
    renaming,
    retired,
    rule,
)


@rule("PYR802", "deprecated-api", severity=Severity.WARNING)
def deprecated_api(use: NameUse) -> Iterator[Finding]:
    """A name is used that Pyro calls deprecated.

    ## What it does
    Looks for what Pyro itself warns of when it is called, given or imported: `iarange` and
    `irange`, `random_module`, `.independent` of a distribution, `SVI.run`, `num_samples=` and
    `num_steps=` of `SVI`, `pyro.contrib.autoguide`, and others. `constraints.independent` is none
    of them. A package's `__init__.py` may hand such names on.

    ## Why is this bad
    What Pyro calls deprecated still works, and will be gone from a later version. The warning
    that says so is one that Python hides by default.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.iarange("data", len(data)):
            pyro.sample("x", dist.Normal(loc, 1.0), obs=data)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("x", dist.Normal(loc, 1.0), obs=data)
    ```

    ## What confirm shows
    Nothing: the results are what they always were.

    ## References
    - Pyro, the warnings of each name
    """
    outdated = retired(use.name)
    if outdated is None or outdated.version is not None:
        return
    if outdated.instead is not None:
        way_out = f"write `{outdated.instead}`"
    elif outdated.advice is not None:
        way_out = f"use {outdated.advice}"
    else:
        facts = knowledge()
        way_out = f"Pyro says: {facts.deprecated[facts.canonical(use.name)].rstrip('.')}"
    yield Finding(
        f"{_subject(use)} is deprecated: it works still, and will be gone from a later version of"
        f" Pyro; {way_out}.",
        use.place,
        fix=renaming(use, outdated),
        program=use.program,
    )


def _subject(use: NameUse) -> str:
    owner, _, last = use.name.rpartition(".")
    match use.kind:
        case UseKind.METHOD if owner.endswith("Mixin"):
            return f"`.{last}` of a distribution"
        case UseKind.METHOD:
            return f"`{owner.rpartition('.')[-1]}.{last}`"
        case UseKind.ARGUMENT:
            name, _, argument = last.partition("(")
            return f"The argument `{argument.rstrip('=)')}` of {name}"
        case _:
            return f"`{use.name}`"
