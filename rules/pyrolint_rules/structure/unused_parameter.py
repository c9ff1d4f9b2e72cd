"""PYR705 unused-parameter."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, ParamSite, Severity, named, rule


@rule("PYR705", "unused-parameter", severity=Severity.WARNING)
def unused_parameter(parameter: ParamSite) -> Iterator[Finding]:
    """No density is made of a parameter.

    ## What it does
    Finds `pyro.param` statements with an initial value whose parameter goes into no distribution
    and no observation of the program that declares it, nor of any other that reads it by its name.
    A use that cannot be followed keeps the rule silent: `pyro.factor`, a penalty in a loss of one's
    own, a call that is not known, an attribute, a returned value, a test. So does a function
    without any site, which only fills the parameter store.

    ## Why is this bad
    The parameter keeps its initial value for ever. Often a literal stands where the parameter was
    meant.

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
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        pyro.param("loc_scale", torch.tensor(0.1))
        pyro.sample("loc", dist.Normal(loc, 0.1))


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
        scale = pyro.param("loc_scale", torch.tensor(0.1), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(loc, scale))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    That the gradient is None after the step. A gradient of exactly 0 proves nothing, and is not
    reported.

    ## References
    - Pyro, `pyro.param`
    - PyTorch, Autograd mechanics
    """
    if not parameter.is_idle:
        return
    subject = named("the parameter", parameter.name, "the parameter set here")
    yield Finding(
        f"No density is made of {subject}: it gets no gradient and stays as it starts; use it where"
        " another value stands in its place, or drop it.",
        parameter.place,
        program=parameter.program or None,
    )
