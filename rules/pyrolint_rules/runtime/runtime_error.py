"""PYR903 runtime-error."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR903", "runtime-error", severity=Severity.ERROR)
def runtime_error() -> None:
    """Pyro or torch raised an error, in the first step or before it.

    ## What it does
    Reports an error that the libraries raised, with the first line of their message, at the line of
    the program that it came by last, or at the site that Pyro was busy with. Errors that the
    program raises itself, missing files, packages, devices and memory are no finding, and neither
    is what another rule explains.

    ## Why is this bad
    The program does not train.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        mean = torch.ones(10, 4) @ loc
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(mean, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.zeros(3))
        pyro.sample("loc", dist.Normal(loc, 0.1).to_event(1))


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
        loc = pyro.sample("loc", dist.Normal(torch.zeros(3), 1.0).to_event(1))
        mean = torch.ones(10, 3) @ loc
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(mean, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.zeros(3))
        pyro.sample("loc", dist.Normal(loc, 0.1).to_event(1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The error's type and the first line of its message.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 13: handling tensor shape errors
    - Pyro, `pyro.poutine.Trace.format_shapes`
    """
