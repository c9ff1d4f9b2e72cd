"""PYR902 nonfinite-gradient."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR902", "nonfinite-gradient", severity=Severity.ERROR)
def nonfinite_gradient() -> None:
    """The loss of the first step is finite, and the gradient of a parameter is not.

    ## What it does
    Reports the first parameter with a NaN or an infinity in its gradient, at the first site whose
    log-density gives such a gradient.

    ## Why is this bad
    The loss looks well for one step, and the update turns the parameter into NaN. Square roots and
    norms at 0, and `torch.where` around a branch that is not finite, are the usual causes.

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
        width = pyro.param("width", torch.tensor(0.0))
        loc = (width * 0.0).sqrt()
        pyro.sample("loc", dist.Normal(loc, 0.1))


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
        width = pyro.param("width", torch.tensor(0.0))
        loc = (width * width + 1.0).sqrt()
        pyro.sample("loc", dist.Normal(loc, 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The parameter, the element and its index, and the site whose density is to blame.

    ## References
    - PyTorch, Autograd mechanics: gradients for non-differentiable functions
    """
