"""PYR304 torch-optimizer-in-svi."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    External,
    Finding,
    Fix,
    GatherKeywords,
    Instance,
    LibraryObject,
    Related,
    ReplaceCallee,
    Severity,
    Value,
    alternatives,
    knowledge,
    rule,
)


@rule("PYR304", "torch-optimizer-in-svi", severity=Severity.ERROR, tips=[2])
def torch_optimizer_in_svi(svi: LibraryObject) -> Iterator[Finding]:
    """`SVI` is given an optimizer of `torch.optim`, which it refuses.

    ## What it does
    Follows what reaches `SVI` as its optimizer: an optimizer or a learning-rate scheduler of
    torch's, made or merely named. Loops of your own that call `backward()` on an ELBO and step an
    optimizer of torch's are fine, and so is `PyroOptim(torch.optim.Adam, {...})`.

    ## Why is this bad
    `SVI` finds its parameters while it runs, and hands them to an optimizer of `pyro.optim`, which
    makes one of torch's for each. Anything else raises a ValueError as soon as `SVI` is made.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    guide = AutoNormal(model)
    data = torch.randn(10)
    guide(data)
    optimizer = torch.optim.Adam(guide.parameters(), lr=0.01)
    svi = SVI(model, guide, optimizer, Trace_ELBO())
    svi.step(data)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    guide = AutoNormal(model)
    data = torch.randn(10)
    optimizer = pyro.optim.Adam({"lr": 0.01})
    svi = SVI(model, guide, optimizer, Trace_ELBO())
    svi.step(data)
    ```

    ## What confirm shows
    The ValueError that `SVI` raises, and the class of what it was given.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 2: use Adam or ClippedAdam
    - Pyro, `pyro.optim.PyroOptim`: how optimizers of torch's are wrapped
    """
    given = svi.arguments.get("optim")
    if svi.kind != "svi" or given is None:
        return
    argument = svi.places.get("optim", svi.place)
    for _, option in alternatives(given):
        name = _torch_class(option)
        if name is None:
            continue
        short = name.rsplit(".", 1)[-1]
        twin = f"pyro.optim.{short}"
        instead = f"`{twin}({{…}})`" if twin in knowledge().optimizers else "`pyro.optim.Adam({…})`"
        made = option if isinstance(option, LibraryObject) else None
        yield Finding(
            f"`SVI` gets `{name}`, and raises a ValueError: it takes optimizers of `pyro.optim`"
            f" only, which make torch's for each parameter; give it {instead}.",
            made.place if made is not None else argument,
            related=(Related(svi.place, "this `SVI` refuses it"),),
            fix=_wrapped(made, twin) if made is not None else None,
        )


def _torch_class(value: Value) -> str | None:
    """The class of torch's that an optimizer or scheduler is of, or is."""
    facts = knowledge().optimizers
    match value:
        case LibraryObject(name=name, kind="optimizer") | External(name):
            known = facts.get(name)
            return name if known is not None and known.kind.startswith("torch") else None
        case Instance(cls=cls):
            bases = [base.name for base in cls.order if isinstance(base, External)]
            return next((each for each in bases if _torch_class(External(each))), None)
        case _:
            return None


def _wrapped(made: LibraryObject, twin: str) -> Fix | None:
    known = knowledge().optimizers.get(twin)
    if known is None or known.kind != "pyro" or not made.is_complete:
        return None
    return Fix(
        f"Make it with `{twin}`, which finds the parameters by itself",
        (ReplaceCallee(made.place, f"{{{twin}}}"), GatherKeywords(made.place)),
    )
