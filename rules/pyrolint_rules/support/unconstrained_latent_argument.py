"""PYR103 unconstrained-latent-argument."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    BreachKind,
    Finding,
    Related,
    SampleSite,
    Severity,
    family_onto,
    named,
    passage,
    rule,
    transform_onto,
)


@rule("PYR103", "unconstrained-latent-argument", severity=Severity.ERROR, tips=[4, 5])
def unconstrained_latent_argument(site: SampleSite) -> Iterator[Finding]:
    """A latent variable feeds a distribution argument that does not take all of its values.

    ## What it does
    Finds a latent site whose support is not inside the constraint of the argument it reaches: a
    Normal draw used as a scale, a difference of latents used as a probability. Supports that miss
    the constraint only at an end point (a HalfNormal as a scale) are fine.

    ## Why is this bad
    The prior itself gives values for which the next distribution does not exist. The model is
    not the one that was meant, and draws outside raise a ValueError or make NaN.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        sigma = pyro.sample("sigma", dist.Normal(1.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(0.0, sigma), obs=data)


    def guide(data):
        pyro.sample("sigma", dist.Normal(pyro.param("loc", torch.tensor(1.0)), 0.1))


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
        sigma = pyro.sample("sigma", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(0.0, sigma), obs=data)


    def guide(data):
        pyro.sample("sigma", dist.LogNormal(pyro.param("loc", torch.tensor(0.0)), 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The draw that breaks the constraint.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tips 4 and 5
    """
    for breach in site.breaches:
        origin = breach.origin
        if breach.kind is not BreachKind.LATENT or origin is None:
            continue
        wanted = breach.declared or breach.needs
        family = family_onto(wanted)
        prior = "with that support" if family is None else f"such as {family}"
        subject = named("The latent", origin.name, "The latent drawn here")
        yield Finding(
            f"{passage(breach, subject, 'can be', site.name)}: draws outside raise a ValueError, or"
            f" give NaN with validation off; give the latent a prior {prior}, or make"
            f" {transform_onto(wanted)} the last step on the draw's way.",
            origin.place,
            related=(Related(breach.place, f"used here as {breach.use}"),),
            program=site.program,
            site=site.name,
            argument=breach.argument,
            severity=Severity.WARNING if site.inference_kind == "mcmc" else None,
        )
