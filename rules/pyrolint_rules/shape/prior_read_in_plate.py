"""PYR608 prior-read-in-plate."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Function,
    PlateUse,
    Program,
    Related,
    SampleSite,
    Severity,
    named,
    rule,
)


@rule("PYR608", "prior-read-in-plate", severity=Severity.WARNING, tips=[13])
def prior_read_in_plate(program: Program) -> Iterator[Finding]:
    """A module's prior is first read inside a plate, and becomes one latent for each element.

    ## What it does
    Finds `PyroSample` attributes that are first read inside a plate: the weights of torch's layers
    in any plate, other attributes in a plate that holds the observations. A plate of groups may be
    meant to have one draw for each of them, as may a prior that a function of the module makes.

    ## Why is this bad
    `PyroSample` draws where the attribute is first read, and the plates that are open then apply. A
    weight per datum is another model: nothing is shared, and there are as many latents as data.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoDelta
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](1, 1, bias=False)
            self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 1]).to_event(2))

        def forward(self, x, y):
            with pyro.plate("data", len(x)):
                weight = self.linear.weight
                mean = weight.squeeze(-1).squeeze(-1) * x
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Regression()
    svi = SVI(model, AutoDelta(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10), torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoDelta
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](1, 1, bias=False)
            self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 1]).to_event(2))

        def forward(self, x, y):
            weight = self.linear.weight
            with pyro.plate("data", len(x)):
                mean = weight.squeeze(-1).squeeze(-1) * x
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Regression()
    svi = SVI(model, AutoDelta(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10), torch.randn(10))
    ```

    ## What confirm shows
    The plate around the prior, and how many latents it became.

    ## References
    - Pyro, Modules in Pyro: how `PyroSample` works
    - Pyro, `pyro.nn.PyroSample`
    """
    if program.role == "guide":
        return
    for site in program.sites:
        plate = _plate(program, site)
        if site.prior is None or plate is None:
            continue
        yield Finding(
            f"The prior of {named('the attribute', site.name, 'an attribute')} is first read inside"
            f" {named('plate', plate.name, 'a plate')}, and so is one latent for each element of"
            " the plate, with nothing shared between them; read it before the plate is entered.",
            site.prior.read,
            related=(
                Related(plate.place, "the plate"),
                Related(site.place, "the prior"),
            ),
            program=site.program,
            site=site.name,
        )


def _plate(program: Program, site: SampleSite) -> PlateUse | None:
    """The plate that multiplies a prior, where that is certainly not meant."""
    around = [each for each in site.plates if not each.is_sequential]
    if site.prior is None or not around:
        return None
    innermost = around[-1]
    if site.prior.is_of_layer:
        return innermost
    if isinstance(site.prior.given, Function):
        return None
    holds_data = any(
        twin.observed and twin.plates and twin.plates[-1].place == innermost.place
        for twin in program.sites
    )
    return innermost if holds_data else None
