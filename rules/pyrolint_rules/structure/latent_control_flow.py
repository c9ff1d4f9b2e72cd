"""PYR706 latent-control-flow."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, Program, Related, Severity, latent_tests, rule


@rule("PYR706", "latent-control-flow", severity=Severity.ADVICE)
def latent_control_flow(program: Program) -> Iterator[Finding]:
    """Which way a program goes depends on a continuous latent.

    ## What it does
    Finds `if`, `while` and conditional expressions in a program whose test is on a continuous
    latent that is not observed, or on a number taken of one (`.item()`). Discrete latents are left
    alone, for enumeration goes through their values one by one.

    ## Why is this bad
    No gradient passes a test, so nothing moves the latent across the boundary on purpose. Where
    the ways hold different sites, each draw may have other sites than the guide or the sampler
    expects: Pyro warns or fails, but only once a draw lies on the other side. Under vectorised
    particles the test meets a whole batch of draws, and fails.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        rate = pyro.sample("rate", dist.Normal(0.0, 1.0))
        if rate > 0:
            scale = pyro.sample("scale", dist.LogNormal(0.0, 1.0))
        else:
            scale = torch.tensor(1.0)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(rate, scale), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
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
        rate = pyro.sample("rate", dist.Normal(0.0, 1.0))
        wide = pyro.sample("scale", dist.LogNormal(0.0, 1.0))
        scale = torch.where(rate > 0, wide, torch.tensor(1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(rate, scale), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Two draws of the program that have different sites.

    ## References
    - Pyro, An Introduction to Models in Pyro, on control flow
    - Pyro, Inference with Discrete Latent Variables
    """
    for place, origin in latent_tests(program):
        yield Finding(
            f"This test is on the continuous latent `{origin.name}`: no gradient passes it, and"
            " what it decides may differ from draw to draw; choose by `torch.where`, or let a"
            " discrete site decide.",
            place,
            related=(Related(origin.place, "the latent"),),
            program=program.name,
            site=origin.name,
        )
