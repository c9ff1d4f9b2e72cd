"""PYR707 detached-parameter."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR707", "detached-parameter", severity=Severity.ERROR)
def detached_parameter() -> None:
    """A parameter's value reaches the density, and its gradient does not come back.

    ## What it does
    Finds `pyro.param` statements whose parameter got no gradient in the step, and that `.detach()`,
    `.data`, `.item()`, `.numpy()`, `float()`, `torch.tensor(...)` or `torch.no_grad()` cuts off on
    every way.

    ## Why is this bad
    The parameter keeps its initial value for ever, though the model computes with it. To join
    tensors, `torch.stack` keeps the gradient; `torch.tensor` copies the numbers.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        both = torch.tensor([loc, loc])
        width = pyro.param("width", torch.tensor(0.1), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(both.mean(), width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        both = torch.stack([loc, loc])
        width = pyro.param("width", torch.tensor(0.1), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(both.mean(), width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    That the gradient is None after the step, and which call cuts it.

    ## References
    - PyTorch, `torch.Tensor.detach`
    - PyTorch, `torch.tensor` and its warning about tensors
    - PyTorch, Autograd mechanics
    """
