"""PYR801 removed-api."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, NameUse, Retired, Severity, UseKind, renaming, retired, rule


@rule("PYR801", "removed-api", severity=Severity.ERROR)
def removed_api(use: NameUse) -> Iterator[Finding]:
    """A name is used that Pyro no longer has.

    ## What it does
    Looks for modules, functions, classes, methods and forms of arguments that earlier versions of
    Pyro had and the newest has not: `pyro.nn.ClippedSoftmax`, `pyro.distributions.iaf`,
    `pyro.contrib.glmm`, `MCMC.marginal`, a loss given by its name. What a program falls back on,
    where a failed import is caught or behind a test of Pyro's version, is left alone.

    ## Why is this bad
    The import, or the line that uses the name, fails.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch


    def model(data):
        flow = dist.transforms.PlanarFlow(2)
        pyro.module("flow", flow)
        base = dist.Normal(torch.zeros(2), torch.ones(2))
        with pyro.plate("data", len(data)):
            pyro.sample("x", dist.TransformedDistribution(base, [flow]), obs=data)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch


    def model(data):
        flow = dist.transforms.Planar(2)
        pyro.module("flow", flow)
        base = dist.Normal(torch.zeros(2), torch.ones(2))
        with pyro.plate("data", len(data)):
            pyro.sample("x", dist.TransformedDistribution(base, [flow]), obs=data)
    ```

    ## What confirm shows
    Nothing: what fails at an import never comes to a step.

    ## References
    - Pyro, the release notes of versions 0.2 to 1.9
    """
    gone = retired(use.name)
    if gone is None or gone.version is None:
        return
    yield Finding(
        f"{_subject(use)} is gone since Pyro {gone.version}, so that this line fails;"
        f" {_way_out(gone)}.",
        use.place,
        fix=renaming(use, gone),
        program=use.program,
    )


def _subject(use: NameUse) -> str:
    if use.name == "pyro.infer.SVI(loss=str)":
        return "A loss given by its name"
    if use.kind is UseKind.METHOD:
        owner, _, method = use.name.rpartition(".")
        short = owner.rpartition(".")[-1].removesuffix("Mixin")
        return f"`{short}.{method}`"
    return f"`{use.name}`"


def _way_out(gone: Retired) -> str:
    if gone.instead is not None:
        return f"its name is `{gone.instead}` now"
    return f"use {gone.advice}"
