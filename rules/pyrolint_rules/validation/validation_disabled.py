"""PYR501 validation-disabled."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    CallSite,
    Constant,
    Finding,
    Fix,
    RemoveStatement,
    Severity,
    Value,
    alternatives,
    rule,
)

# These do nothing until they are entered.
_SCOPES = ("validation_enabled", "context")
_SWITCHES = ("enable_validation", "validation_enabled", "set_default_validate_args")


@rule("PYR501", "validation-disabled", severity=Severity.WARNING, tips=[12])
def validation_disabled(call: CallSite) -> Iterator[Finding]:
    """Pyro's validation is switched off, so that mistakes train on in silence.

    ## What it does
    Finds `enable_validation(False)` of `pyro`, `pyro.distributions`, `pyro.infer` and
    `pyro.poutine`, `validation_enabled(False)` as a context manager or decorator,
    `set_default_validate_args(False)` of a distribution class of torch, and
    `pyro.settings.set(validate_…=False)`; under any alias, and where the value is a constant of
    another name. A scope that no inference runs in is advice only.

    ## Why is this bad
    With validation on, Pyro names the site whose argument leaves its constraint, whose value lies
    outside its support, or whose shape no plate declares. Without it a negative scale becomes
    NaN, and an undeclared dimension becomes a wrong loss. The checks cost little beside a
    gradient step.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam

    pyro.enable_validation(False)


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


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
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Which kinds of validation were on when the step ran. `MCMC.run` switches them off by itself,
    so a sampler's run is left out.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 12: keep validation on
    - Pyro, `pyro.enable_validation` and `pyro.settings`
    """
    if call.name in ("pyro.settings.set", "pyro.settings.context"):
        given = {key: v for key, v in call.arguments.items() if key.startswith("validate_")}
        is_alone = all(map(_is_off, call.arguments.values()))
    elif call.name.rsplit(".", 1)[-1] in _SWITCHES:
        given, is_alone = dict(call.arguments), True
    else:
        return
    if not any(map(_is_off, given.values())):
        return
    if call.name.rsplit(".", 1)[-1] in _SCOPES and not call.is_context:
        return
    fix = None
    if is_alone and not call.is_context and len(given) == len(call.arguments):
        fix = Fix("Leave validation as it is", (RemoveStatement(call.place),))
    where = "in this scope" if call.covers_inference is not None else "from here on"
    yield Finding(
        f"This switches validation off {where}: mistakes then give NaN or a wrong loss instead of"
        " an error that names the site; remove it, and mend what the checks report.",
        call.place,
        fix=fix,
        program=call.program,
        severity=Severity.ADVICE if call.covers_inference is False else None,
    )


def _is_off(value: Value) -> bool:
    return all(
        isinstance(option, Constant) and isinstance(option.value, bool | int) and not option.value
        for _, option in alternatives(value)
    )
