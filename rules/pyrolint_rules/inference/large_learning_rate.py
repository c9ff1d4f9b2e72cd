"""PYR301 large-learning-rate."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Inference,
    Options,
    Related,
    Severity,
    alternatives,
    bound_value,
    rule,
    stepping,
)

# Their rates are factors of steps that they measure themselves, or fall by themselves.
_OTHER_RATES = frozenset({"Adadelta", "Adafactor", "Adagrad", "LBFGS", "Rprop"})


@rule("PYR301", "large-learning-rate", severity=Severity.WARNING, tips=[1])
def large_learning_rate(inference: Inference) -> Iterator[Finding]:
    """The steps of the optimizer are so long that they overshoot.

    ## What it does
    Follows the learning rate into the optimizers that train an ELBO, by `SVI` or in a loop of
    your own: from the dict of options, a name, a default, an option of the command line, or the
    function that answers for each parameter. It speaks of rates over the setting
    `max-learning-rate`, 0.1, that nothing lets fall: no scheduler, no `lrd`, no code that sets it.
    `Adadelta`, `Adagrad` and others whose rate is no length of a step are left out.

    ## Why is this bad
    Adam moves every parameter by about the learning rate at each step, whatever the gradient's
    size. A rate far above the scale at which the loss changes carries parameters past their
    optimum into regions of huge losses, and they may never come back, or end as NaN.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(x @ weights, 0.1), obs=y)


    optimizer = Adam({"lr": 5.0})
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
    x = torch.randn(50, 3)
    svi.step(x, x @ torch.tensor([0.5, -0.5, 0.2]))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        weights = pyro.sample("weights", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(x @ weights, 0.1), obs=y)


    optimizer = Adam({"lr": 0.01})
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
    x = torch.randn(50, 3)
    svi.step(x, x @ torch.tensor([0.5, -0.5, 0.2]))
    ```

    ## What confirm shows
    The loss after twenty steps of copies of the parameters at the rate, at a tenth of it, and at
    the start. It confirms where the loss ends well above its start at the one and not at the other.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 1: start with a small learning rate
    - Kingma and Ba (2015), Adam: A Method for Stochastic Optimization, section 2.1
    """
    if not inference.trains_elbo or inference.is_paced:
        return
    limit = inference.thresholds.max_learning_rate
    for made, options in stepping(inference):
        rate = _rate_over(options, limit)
        if rate is None:
            continue
        yield Finding(
            f"`{options.name}` steps with a learning rate of {rate:g}, and nothing lets it fall:"
            " steps of that length carry parameters past their optimum; start at 1e-3 to 1e-2.",
            options.places.get("lr", made.place),
            related=(
                Related(made.place, "the optimizer that steps so far"),
                Related(inference.step or inference.place, "here it trains an ELBO"),
            ),
        )


def _rate_over(options: Options, limit: float) -> float | None:
    """The largest rate over the limit, if nothing lets it fall."""
    if options.scheduler is not None or not options.is_complete:
        return None
    if options.name in _OTHER_RATES or options.known.keys() & {"lrd", "lr_decay"}:
        return None
    given = options.known.get("lr")
    rates = [bound_value(option) for _, option in alternatives(given)] if given is not None else []
    return max((each for each in rates if each is not None and each > limit), default=None)
