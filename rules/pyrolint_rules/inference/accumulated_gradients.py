"""PYR310 accumulated-gradients."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Descent,
    Finding,
    Fix,
    InsertStatement,
    Related,
    Severity,
    knowledge,
    rule,
)


@rule("PYR310", "accumulated-gradients", severity=Severity.ERROR)
def accumulated_gradients(descent: Descent) -> Iterator[Finding]:
    """A loop steps on the gradients of all its turns, since nothing sets them back.

    ## What it does
    Follows the loss of an ELBO through loops that are written by hand, to `backward()` and to the
    step of an optimizer that outlives the loop's turns. It speaks where each turn makes both, and
    nothing in the loop, in those around it or in what they call sets gradients back: `zero_grad()`
    of anything, `zero_grads`, an assignment to `.grad`. A step that only some turns make is taken
    for gradients that are gathered on purpose.

    ## Why is this bad
    `backward()` adds to the gradients that are there. Without `zero_grad()` each step follows the
    sum over all turns so far: it remembers where the parameters have been and not where they are,
    grows with every turn, and carries them past any optimum. No error tells of it.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import Trace_ELBO
    from pyro.infer.autoguide import AutoNormal


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = torch.randn(10)
    elbo = Trace_ELBO()(model, AutoNormal(model))
    elbo(data)
    optimizer = torch.optim.Adam(elbo.parameters(), lr=0.01)
    for step in range(100):
        loss = elbo(data)
        loss.backward()
        optimizer.step()
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import Trace_ELBO
    from pyro.infer.autoguide import AutoNormal


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    data = torch.randn(10)
    elbo = Trace_ELBO()(model, AutoNormal(model))
    elbo(data)
    optimizer = torch.optim.Adam(elbo.parameters(), lr=0.01)
    for step in range(100):
        loss = elbo(data)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    ```

    ## What confirm shows
    Nothing: the first step has no turn before it whose gradients it could add to.

    ## References
    - PyTorch, `torch.optim.Optimizer.zero_grad`
    - Pyro, `pyro.infer.ELBO.__call__`: training by an optimizer of torch's
    """
    if not descent.accumulates:
        return
    name = descent.optimizer.name.rsplit(".", 1)[-1]
    of_torch = knowledge().optimizers[descent.optimizer.name].kind == "torch"
    instead = "`zero_grad()` of the optimizer" if of_torch else "`pyro.infer.util.zero_grads`"
    related = [Related(descent.step, f"`{name}` steps on the sum of all turns")]
    if descent.objective != descent.backward:
        related.append(Related(descent.objective, "the loss of the ELBO"))
    fix = None
    if of_torch:
        code = InsertStatement(descent.backward, "{}.zero_grad()", of=descent.step)
        fix = Fix("Set the gradients back before they are taken", (code,))
    yield Finding(
        f"Every turn of this loop adds its gradients to those of the turns before, and `{name}`"
        f" steps on their sum, which only grows; call {instead} in each turn.",
        descent.backward,
        related=tuple(related),
        fix=fix,
    )
