"""PYR713 frozen-module-parameter."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    FrozenRegistration,
    LibraryObject,
    Related,
    Severity,
    rule,
)


@rule("PYR713", "frozen-module-parameter", severity=Severity.WARNING)
def frozen_module_parameter(found: FrozenRegistration) -> Iterator[Finding]:
    """A module is registered with Pyro although its parameters were frozen.

    ## What it does
    Finds modules in training mode of which `requires_grad_(False)`, or `requires_grad = False` for
    each of its parameters, froze a part or the whole, and that `pyro.module` or a PyroModule that
    holds them then registers. `eval()` or `train(False)` says that this is meant.

    ## Why is this bad
    Pyro registers what requires a gradient and leaves out the rest: frozen parameters are neither
    trained, nor saved and loaded with the parameter store. It warns of each of them, at each step.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam

    features = torch.nn.Linear(4, 2)
    features.requires_grad_(False)


    def model(x, y):
        pyro.module("features", features)
        weight = pyro.sample("weight", dist.Normal(torch.zeros(2), 1.0).to_event(1))
        mean = features(x) @ weight
        with pyro.plate("data", len(x)):
            pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 4), torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam

    features = torch.nn.Linear(4, 2)
    features.requires_grad_(False)
    features.eval()


    def model(x, y):
        weight = pyro.sample("weight", dist.Normal(torch.zeros(2), 1.0).to_event(1))
        mean = features(x) @ weight
        with pyro.plate("data", len(x)):
            pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 4), torch.randn(10))
    ```

    ## What confirm shows
    Pyro's warning, and the parameters that it left out.

    ## References
    - Pyro, `pyro.module`
    """
    module = found.module
    kind = module.name.rsplit(".", 1)[-1] if isinstance(module, LibraryObject) else module.cls.name
    by = (
        f"as the attribute `{found.attribute}` of a PyroModule"
        if found.attribute
        else "by `pyro.module`"
    )
    way_out = (
        "put it into evaluation mode by `eval()`"
        if found.attribute
        else "leave `pyro.module` out, or put it into evaluation mode by `eval()`"
    )
    yield Finding(
        f"The {kind} registered {by} here has frozen parameters: Pyro leaves them out of the"
        f" parameter store, and warns of each at every step; if it is to stay as it is, {way_out},"
        " else let its parameters require gradients.",
        found.place,
        related=(Related(found.frozen, "its parameters are frozen here"),),
        program=found.program,
    )
