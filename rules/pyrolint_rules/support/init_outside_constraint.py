"""PYR106 init-outside-constraint."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pyrolint.rule import Finding, Interval, ParamSite, Severity, describe, named, rule


@rule("PYR106", "init-outside-constraint", severity=Severity.ERROR, tips=[5])
def init_outside_constraint(parameter: ParamSite) -> Iterator[Finding]:
    """A parameter starts outside its own constraint, or on a boundary it cannot leave.

    ## What it does
    Compares the initial value of a parameter with its constraint, closed ends included: zero under
    `nonnegative`, one under `unit_interval`, an identity matrix under elementwise `positive`.

    ## Why is this bad
    Pyro stores the parameter's unconstrained twin. Outside a constraint with one bound, or of
    vectors and matrices, that is NaN, and on the boundary infinite. An interval clips the start
    to its end, where the sigmoid is so flat that training hardly moves it.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        scale = pyro.param("scale", torch.tensor(0.0), constraint=constraints.positive)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(0.0, scale), obs=data)


    def guide(data):
        pass


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
    from torch.distributions import constraints


    def model(data):
        scale = pyro.param("scale", torch.tensor(1.0), constraint=constraints.positive)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(0.0, scale), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    A non-finite or saturated unconstrained value.

    ## References
    - Pyro, `pyro.param`
    """
    fault = parameter.unusable_start
    if fault is None or parameter.constraint is None:
        return
    members = parameter.constraint.members
    consequence = "it has no finite unconstrained value to train"
    if isinstance(members, Interval) and math.isfinite(members.upper - members.lower):
        # The inverse of the sigmoid clips what lies at the ends or beyond.
        consequence = "it is clipped to the end of a sigmoid, where training hardly moves it"
    yield Finding(
        f"{named('The parameter', parameter.name, 'The parameter set here')} starts {fault}, but"
        f" its constraint needs {describe(members)}: {consequence}; start strictly inside.",
        parameter.place,
        program=parameter.program or None,
        site=parameter.name,
    )
