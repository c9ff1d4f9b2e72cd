"""PYR709 unregistered-module."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Fix,
    Instance,
    LibraryObject,
    Related,
    ReplaceCallee,
    Severity,
    UnregisteredModule,
    rule,
)


@rule("PYR709", "unregistered-module", severity=Severity.ERROR)
def unregistered_module(missed: UnregisteredModule) -> Iterator[Finding]:
    """A network that a trained program uses is never made known to Pyro, and so never trained.

    ## What it does
    Finds modules of torch that the model or guide of an `SVI` calls although nobody registers them:
    no `pyro.module`, no `PyroModule` whose attribute they are read as, no optimizer of their own.
    Also finds methods of a `PyroModule` that are given to `SVI` without `@pyro_method` and use its
    layers, `nn.Parameter`s or `PyroParam`s: only `__call__` and such methods register what they
    read. A network that is frozen, loaded or put into evaluation mode is left alone.

    ## Why is this bad
    `SVI` optimizes the parameters that its programs tell Pyro of. Weights that it is not told of
    stay at their random initial values, without any error: the loss falls as far as the other
    parameters can take it, and the network is noise.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam

    decoder = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))


    def model(x):
        with pyro.plate("data", len(x)):
            z = pyro.sample("z", dist.Normal(torch.zeros(2), 1.0).to_event(1))
            pyro.sample("x", dist.Normal(decoder(z), 1.0).to_event(1), obs=x)


    def guide(x):
        with pyro.plate("data", len(x)):
            loc = pyro.param("loc", torch.zeros(len(x), 2))
            pyro.sample("z", dist.Normal(loc, 0.1).to_event(1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 4))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam

    decoder = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))


    def model(x):
        pyro.module("decoder", decoder)
        with pyro.plate("data", len(x)):
            z = pyro.sample("z", dist.Normal(torch.zeros(2), 1.0).to_event(1))
            pyro.sample("x", dist.Normal(decoder(z), 1.0).to_event(1), obs=x)


    def guide(x):
        with pyro.plate("data", len(x)):
            loc = pyro.param("loc", torch.zeros(len(x), 2))
            pyro.sample("z", dist.Normal(loc, 0.1).to_event(1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 4))
    ```

    ## What confirm shows
    The module, and those of its parameters that the step used and the parameter store lacks.

    ## References
    - Pyro, `pyro.module` and `pyro.nn.module.pyro_method`
    - Pyro, Variational Autoencoders: how networks are registered
    - Pyro, Modules in Pyro
    """
    use = missed.use
    kind = _class_of(use.module)
    if use.owner is not None:
        owner = _class_of(use.owner)
        what = f"`{use.attribute}`" if use.attribute else f"`{missed.name or kind}` ({kind})"
        yield Finding(
            f"`{use.program}` reads {what} of the PyroModule {owner}, but is no method that Pyro"
            f" knows: what it reads is not registered, and SVI never trains it; decorate the method"
            " with `@pyro_method`.",
            use.use,
            related=(Related(use.program_place, "the method that SVI runs"),),
            program=use.program,
            argument=use.attribute or missed.name,
            cause=use.program_place,
        )
        return
    name = missed.name or kind.lower()
    yield Finding(
        f"SVI never trains the {kind} `{name}` that `{use.program}` uses: no `pyro.module` and no"
        " PyroModule tells Pyro of its parameters, which stay at their initial values; write"
        f' `pyro.module("{name}", {missed.name or "…"})` in the program.',
        use.use,
        related=(Related(use.module.place, "the module is made here"),),
        fix=_fix(missed, name),
        program=use.program,
        argument=missed.name,
        cause=use.module.place,
    )


def _class_of(module: Instance | LibraryObject) -> str:
    return module.cls.name if isinstance(module, Instance) else module.name.rsplit(".", 1)[-1]


def _fix(missed: UnregisteredModule, name: str) -> Fix | None:
    """``pyro.module`` gives the module back, so that it can stand where that is called."""
    if missed.name is None or not missed.use.is_bare:
        return None
    code = f'{{pyro.module}}("{name}", {{}})'
    return Fix(f"Register `{name}` by `pyro.module`", (ReplaceCallee(missed.use.use, code),))
