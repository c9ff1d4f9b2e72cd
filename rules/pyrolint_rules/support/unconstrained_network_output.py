"""PYR110 unconstrained-network-output."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    BreachKind,
    Finding,
    Related,
    SampleSite,
    Severity,
    passage,
    rule,
    transform_onto,
)


@rule("PYR110", "unconstrained-network-output", severity=Severity.ERROR, tips=[5])
def unconstrained_network_output(site: SampleSite) -> Iterator[Finding]:
    """The output of a network layer of unbounded range feeds a constrained distribution argument.

    ## What it does
    Follows the output of `Linear`, `Conv` and the like, through `forward` methods, `Sequential`
    and locals, into distribution arguments that do not take every real number. A network that
    ends in ReLU into a strictly positive argument counts, as it gives exact zeros.

    ## Why is this bad
    A linear layer gives negative numbers as readily as positive ones. As a scale or a probability
    they raise a ValueError, or make the loss NaN.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch import nn

    net = nn.Linear(2, 1)


    def model(x, y):
        pyro.module("net", net)
        scale = net(x).squeeze(-1)
        with pyro.plate("data", len(y)):
            pyro.sample("obs", dist.Normal(0.0, scale), obs=y)


    def guide(x, y):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 2), torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch import nn
    from torch.nn.functional import softplus

    net = nn.Linear(2, 1)


    def model(x, y):
        pyro.module("net", net)
        scale = softplus(net(x).squeeze(-1)) + 1e-3
        with pyro.plate("data", len(y)):
            pyro.sample("obs", dist.Normal(0.0, scale), obs=y)


    def guide(x, y):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 2), torch.randn(10))
    ```

    ## What confirm shows
    The argument's value, the layer behind it, and the move of its weights that breaks the
    constraint.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 5
    """
    for breach in site.breaches:
        origin = breach.origin
        if breach.kind is not BreachKind.NETWORK or origin is None:
            continue
        layer = f"this {origin.name} layer" if origin.name else "this network"
        onto = transform_onto(breach.declared or breach.needs)
        yield Finding(
            f"{passage(breach, f'The output of {layer}', 'can be', site.name)}: values outside"
            f" raise a ValueError, or give NaN with validation off; make {onto} the"
            " last step on their way.",
            origin.place,
            related=(Related(breach.place, f"used here as {breach.use}"),),
            program=site.program,
            site=site.name,
            argument=breach.argument,
        )
