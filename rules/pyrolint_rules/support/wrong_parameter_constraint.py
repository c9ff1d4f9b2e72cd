"""PYR105 wrong-parameter-constraint."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    BreachKind,
    Finding,
    Fix,
    Related,
    ReplaceExpression,
    SampleSite,
    Severity,
    constraint_code,
    constraint_words,
    named,
    passage,
    rule,
    transform_onto,
)


@rule("PYR105", "wrong-parameter-constraint", severity=Severity.ERROR, tips=[5])
def wrong_parameter_constraint(site: SampleSite) -> Iterator[Finding]:
    """A parameter's constraint admits values that the distribution argument it feeds does not.

    ## What it does
    Compares the constraint a parameter was declared with to the constraint of the argument it
    reaches: `positive` for a probability, `positive` for a Cholesky factor or a covariance matrix.

    ## Why is this bad
    The optimizer may move the parameter anywhere inside its own constraint, and so out of what
    the argument takes: a probability over 1, a matrix that is no covariance.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        p = pyro.param("p", torch.tensor(0.5), constraint=constraints.positive)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Bernoulli(p), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.ones(10))
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
        p = pyro.param("p", torch.tensor(0.5), constraint=constraints.unit_interval)
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Bernoulli(p), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.ones(10))
    ```

    ## What confirm shows
    The argument's value, the parameter behind it, and the move of the unconstrained value that
    breaks the argument's constraint.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 5
    """
    for breach in site.breaches:
        origin = breach.origin
        if breach.kind is not BreachKind.WRONG_CONSTRAINT or origin is None:
            continue
        wanted = breach.declared or breach.needs
        bare = breach.value.origins == (origin,) and breach.value.reaches == origin.members
        code = constraint_code(wanted)
        fix = None
        remedy = f"constrain it further, or make {transform_onto(wanted)} the last step"
        if bare and code is not None:
            remedy = f"declare it with `constraint={constraint_words(wanted)}`"
        if bare and code is not None and origin.constraint_place is not None:
            edits = (ReplaceExpression(origin.constraint_place, code),)
            fix = Fix(f"Write `{constraint_words(wanted)}`", edits)
        subject = named("The parameter", origin.name, "The parameter set here")
        verb = "may be, by its constraint,"
        yield Finding(
            f"{passage(breach, subject, verb, site.name)}: training may leave that set and fail or"
            f" give NaN; {remedy}.",
            origin.place,
            related=(Related(breach.place, f"used here as {breach.use}"),),
            fix=fix,
            program=site.program,
            site=site.name,
            argument=breach.argument,
        )
