"""PYR113 untransformable-constraint."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, ParamSite, Related, Severity, named, rule


@rule("PYR113", "untransformable-constraint", severity=Severity.ERROR, tips=[5])
def untransformable_constraint(parameter: ParamSite) -> Iterator[Finding]:
    """A parameter is declared under a constraint that Pyro cannot train under.

    ## What it does
    Finds parameters whose constraint has no transform from the real line (`lower_triangular`,
    `symmetric`, `boolean`, integers), or that were given a constraint's class or a string in the
    place of a constraint.

    ## Why is this bad
    `pyro.param` raises a NotImplementedError (or an AttributeError) as soon as it runs.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        k = pyro.param("k", torch.tensor(1.0), constraint=constraints.nonnegative_integer)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(k, 1.0), obs=data)


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
        k = pyro.param("k", torch.tensor(1.0), constraint=constraints.nonnegative)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(k, 1.0), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The NotImplementedError.

    ## References
    - torch, `torch.distributions.transform_to`
    """
    constraint = parameter.constraint
    if constraint is None:
        return
    name = constraint.name.rsplit(".", 1)[-1]
    if constraint.is_class:
        problem = f"`{name}` itself, which is no constraint object"
        remedy = "call it, or take a constraint from `constraints`"
    elif constraint.transformable is False:
        problem = f"`{name}`, which no transform maps the real line onto"
        remedy = "train a continuous parameter under another constraint and transform it"
    else:
        return
    related: tuple[Related, ...] = ()
    if parameter.constraint_place is not None:
        related = (Related(parameter.constraint_place, "the constraint"),)
    yield Finding(
        f"{named('The parameter', parameter.name, 'The parameter set here')} is declared under"
        f" {problem}: `pyro.param` fails; {remedy}.",
        parameter.place,
        related=related,
        program=parameter.program or None,
        site=parameter.name,
    )
