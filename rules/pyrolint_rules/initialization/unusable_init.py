"""PYR205 unusable-init."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AppendCode,
    Finding,
    Fix,
    ParamSite,
    ReplaceExpression,
    Severity,
    named,
    rule,
)


@rule("PYR205", "unusable-init", severity=Severity.ERROR)
def unusable_init(parameter: ParamSite) -> Iterator[Finding]:
    """A parameter starts from a value that cannot be trained: no tensor, or one of integers.

    ## What it does
    Finds parameters whose initial value is a number, a list, a tuple or a numpy array, and those
    that start from integers or bools under a constraint whose transform does not make floats of
    them: no constraint at all, `real`, `unit_interval`.

    ## Why is this bad
    A gradient exists for floating-point tensors only, so the statement raises an exception at its
    first run: RuntimeError or TypeError for integers, AttributeError for what is no tensor.
    `torch.tensor(1)` and `torch.full((3,), 1)` are such integers: torch takes the dtype from the
    number's spelling. Under `positive`, `simplex` and `interval` they are promoted.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(1))
        pyro.sample("loc", dist.Normal(mean, 0.1))


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
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.tensor(1.0))
        pyro.sample("loc", dist.Normal(mean, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The RuntimeError, TypeError or AttributeError of the statement.

    ## References
    - Pyro, `pyro.param`; PyTorch, `torch.Tensor.requires_grad`
    """
    refused = parameter.refused_start
    if refused is None:
        return
    place = parameter.init_place
    subject = named("The parameter", parameter.name, "The parameter set here")
    is_tensor = refused.startswith("a tensor")
    remedy = "make it floats, by `1.0` or `.float()`" if is_tensor else "wrap it in `torch.tensor`"
    fix = None
    if place is not None and is_tensor:
        fix = Fix("Make the initial value floats", (AppendCode(place, ".float()"),), safe=True)
    elif place is not None:
        options = ", dtype={torch.float}" if refused == "a numpy array" else ""
        code = "{torch.tensor}({}" + options + ")"
        fix = Fix("Make the initial value a tensor", (ReplaceExpression(place, code),), safe=True)
    yield Finding(
        f"{subject} starts from {refused}, which has no gradient: the statement"
        f" raises an exception at its first run; {remedy}.",
        parameter.place,
        fix=fix,
        program=parameter.program or None,
        site=parameter.name,
    )
