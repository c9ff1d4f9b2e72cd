"""PYR319 stale-param-store."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, Fix, Inference, InsertStatement, Related, Severity, rule


@rule("PYR319", "stale-param-store", severity=Severity.WARNING)
def stale_param_store(inference: Inference) -> Iterator[Finding]:
    """A pair is trained from values that another pair, trained before it, has learnt.

    ## What it does
    Follows the parameter store over a program: which pair has trained which names. It speaks where
    a second pair of another model has a `pyro.param` statement of its own for a name that the
    first has trained, or an autoguide of its own that makes parameters of the same names, and
    nothing between them clears the store or opens a scope of it. Pairs that are trained turn about
    in one loop belong together, and so do those that share the statement or the guide.

    ## Why is this bad
    Pyro's store knows parameters by name only. The second pair's initial values go unused: it
    starts where the other one ended, which may be far off, narrow, or of another shape. Even a new
    autoguide takes up what another of its class has left. No warning tells of it.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def pooled(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def shifted(data):
        loc = pyro.sample("loc", dist.Normal(10.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc - 10.0, 1.0), obs=data)


    data = torch.randn(10)
    svi = SVI(pooled, AutoNormal(pooled), Adam({"lr": 0.01}), Trace_ELBO())
    for step in range(1000):
        svi.step(data)

    svi = SVI(shifted, AutoNormal(shifted), Adam({"lr": 0.01}), Trace_ELBO())
    for step in range(1000):
        svi.step(data)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def pooled(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def shifted(data):
        loc = pyro.sample("loc", dist.Normal(10.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc - 10.0, 1.0), obs=data)


    data = torch.randn(10)
    svi = SVI(pooled, AutoNormal(pooled), Adam({"lr": 0.01}), Trace_ELBO())
    for step in range(1000):
        svi.step(data)

    pyro.clear_param_store()
    svi = SVI(shifted, AutoNormal(shifted), Adam({"lr": 0.01}), Trace_ELBO())
    for step in range(1000):
        svi.step(data)
    ```

    ## What confirm shows
    Nothing: the first step of a program comes before any other pair's.

    ## References
    - Pyro, `pyro.clear_param_store`
    - Pyro, `pyro.params.param_store.ParamStoreDict`, method `scope`
    """
    if not inference.stale:
        return
    first, *others = inference.stale
    names = f"`{first.name}`" + (f" and {len(others)} more" if others else "")
    fix = None
    if first.is_later:
        code = InsertStatement(inference.place, "{pyro.clear_param_store}()")
        fix = Fix("Clear the parameter store before this pair", (code,))
    related = []
    if first.earlier != inference.place:
        related.append(Related(first.earlier, "this inference has trained it before"))
    if first.declared != first.place:
        related.append(Related(first.declared, "the other pair declares it here"))
    yield Finding(
        f"{_subject(inference)} is trained from what another pair has learnt: {names} stays in the"
        " parameter store, and the initial value goes unused; call `pyro.clear_param_store()`"
        " before this pair, or train it in `pyro.get_param_store().scope()`.",
        inference.place,
        related=tuple(related),
        fix=fix,
    )


def _subject(inference: Inference) -> str:
    model = inference.model
    return f"The pair of `{model.name}`" if model is not None else "This pair"
