"""PYR302 non-adaptive-optimizer."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Inference,
    Related,
    Severity,
    rule,
    stepping,
)

_ONE_RATE = frozenset({"SGD", "ASGD", "Rprop"})
_FAILING = {
    "LBFGS": "needs a closure, which `SVI` does not give it, and raises a TypeError",
    "SparseAdam": "takes sparse gradients only, and raises a RuntimeError",
}


@rule("PYR302", "non-adaptive-optimizer", severity=Severity.WARNING, tips=[2])
def non_adaptive_optimizer(inference: Inference) -> Iterator[Finding]:
    """An ELBO is trained by an optimizer with one rate for all, or by one that cannot train it.

    ## What it does
    Looks at the optimizers that `SVI` steps, and at those that your own loops step on the gradients
    of an ELBO. `SGD`, `ASGD` and `Rprop` are warnings. `LBFGS` and `SparseAdam` are errors in an
    `SVI`, where they fail at the first step; a loop of your own may give `LBFGS` its closure.

    ## Why is this bad
    The gradients of an ELBO are noisy, and those of different parameters differ by orders of
    magnitude: a location that hundreds of data share against the scale of one latent. A single
    rate for all of them is too long for the one or too short for the other, and `Rprop` goes by
    signs, which noise turns. Adam and its kin scale every parameter's steps by what its gradients
    have been.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import SGD


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = torch.randn(10)
    svi = SVI(model, AutoNormal(model), SGD({"lr": 0.01}), Trace_ELBO())
    svi.step(data)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import ClippedAdam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = torch.randn(10)
    svi = SVI(model, AutoNormal(model), ClippedAdam({"lr": 0.01}), Trace_ELBO())
    svi.step(data)
    ```

    ## What confirm shows
    Nothing: which optimizer serves best shows after many steps only.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 2: use Adam or ClippedAdam by default
    - Kingma and Ba (2015), Adam: A Method for Stochastic Optimization
    """
    if not inference.trains_elbo:
        return
    related = (Related(inference.step or inference.place, "here it steps on an ELBO"),)
    for made, options in stepping(inference):
        name = options.name
        if name in _FAILING and inference.kind == "svi":
            yield Finding(
                f"`{name}` {_FAILING[name]} at the first step; train by `Adam` or `ClippedAdam`.",
                made.place,
                related=related,
                severity=Severity.ERROR,
            )
        elif name in _ONE_RATE:
            yield Finding(
                f"`{name}` does not scale the steps of each parameter by its gradients, which in an"
                " ELBO are noisy and of very different size; train by `Adam` or `ClippedAdam`.",
                made.place,
                related=related,
            )
