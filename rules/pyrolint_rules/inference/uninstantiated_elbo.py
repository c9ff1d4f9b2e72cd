"""PYR314 uninstantiated-elbo."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AppendCode,
    Class,
    External,
    Finding,
    Fix,
    Inference,
    Related,
    Severity,
    Value,
    alternatives,
    knowledge,
    rule,
)


@rule("PYR314", "uninstantiated-elbo", severity=Severity.ERROR)
def uninstantiated_elbo(inference: Inference) -> Iterator[Finding]:
    """`SVI` is given the class of an ELBO, and not an object of it.

    ## What it does
    Follows what reaches `SVI` as its `loss`: a class of `pyro.infer`, such as `Trace_ELBO`, or one
    of your own that has such a base, which nobody called.

    ## Why is this bad
    `SVI` takes anything that is no ELBO for a function of model, guide and arguments. Calling the
    class makes an ELBO with the model as its number of particles, and no loss: the first step ends
    in an AttributeError.

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
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), loss=Trace_ELBO)
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


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), loss=Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The class that stands for the loss, whose answer has no `item`, so that the step fails.

    ## References
    - Pyro, `pyro.infer.SVI`, argument `loss`
    """
    svi = inference.made
    given = svi.arguments.get("loss") if svi is not None else None
    if svi is None or svi.kind != "svi" or given is None:
        return
    options = alternatives(given)
    for _, option in options:
        name = _elbo_class(option)
        if name is None:
            continue
        place = svi.places.get("loss", svi.place)
        fix = None
        if len(options) == 1 and place != svi.place and not _required(option):
            fix = Fix("Make an object of the class", (AppendCode(place, "()"),), safe=True)
        yield Finding(
            f"`SVI` gets the class `{name}` as its loss, and takes it for a function: the first"
            f" step ends in an AttributeError; make an object of it, `{name}()`.",
            place,
            related=(Related(inference.step or svi.place, "this step fails"),),
            fix=fix,
        )
        return


def _elbo_class(value: Value) -> str | None:
    """The name of the class that a value is, if that is an ELBO."""
    elbos = knowledge().elbos
    match value:
        case External(name) if name in elbos:
            return name.rsplit(".", 1)[-1]
        case Class(name=name, order=order):
            if any(isinstance(base, External) and base.name in elbos for base in order):
                return name
    return None


def _required(value: Value) -> bool:
    """Whether the class cannot be called without arguments, as far as that is known."""
    if not isinstance(value, External):
        return True
    return any(each.required for each in knowledge().elbos[value.name].parameters)
