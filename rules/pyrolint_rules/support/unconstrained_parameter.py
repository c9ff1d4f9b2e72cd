"""PYR101 unconstrained-parameter."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AddKeyword,
    BreachKind,
    Finding,
    Fix,
    Related,
    SampleSite,
    Severity,
    constraint_code,
    constraint_words,
    is_subset,
    named,
    passage,
    rule,
    transform_onto,
)


@rule("PYR101", "unconstrained-parameter", severity=Severity.ERROR, tips=[5])
def unconstrained_parameter(site: SampleSite) -> Iterator[Finding]:
    """A parameter without a fitting constraint feeds a distribution argument that needs one.

    ## What it does
    Finds a `pyro.param`, `PyroParam` or `nn.Parameter` whose value reaches an argument such as a
    scale, a rate or a probability although the parameter may take any value, through locals,
    helpers, attributes, modules and files. A transform on the way (`exp`, `softplus`, `sigmoid`,
    `softmax`, `clamp`) that makes the value valid for this argument keeps the rule silent.

    ## Why is this bad
    The optimizer moves an unconstrained parameter along the whole real line. Sooner or later a
    scale turns negative or a probability leaves [0, 1]: with validation on that is a ValueError
    in the middle of training, with validation off it is NaN.

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
        scale = pyro.param("loc_scale", torch.tensor(0.1))
        pyro.sample("loc", dist.Normal(loc, scale))


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
    The argument's value, the parameter behind it, and the move of the unconstrained value that
    breaks the constraint.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 5: constrain parameters that need it
    - Pyro, `pyro.param` and `pyro.distributions.constraints`
    """
    for breach in site.breaches:
        origin = breach.origin
        if breach.kind is not BreachKind.UNCONSTRAINED_PARAMETER or origin is None:
            continue
        wanted = breach.declared or breach.needs
        bare = breach.value.origins == (origin,) and breach.value.reaches == origin.members
        code = constraint_code(wanted) if bare and not origin.constrained else None
        fix = None
        remedy = f"make {transform_onto(wanted)} the last step on its way"
        if code is not None and origin.statement != "nn.Parameter":
            start = breach.value.start
            fits = start is not None and is_subset(start, breach.needs) is True
            fix = Fix(
                f"Add `constraint={constraint_words(wanted)}`",
                (AddKeyword(origin.place, "constraint", code),),
                safe=fits and breach.is_sole_use,
            )
            remedy = f"declare it with `constraint={constraint_words(wanted)}`"
        subject = named("The parameter", origin.name, "The parameter set here")
        yield Finding(
            f"{passage(breach, subject, 'can become', site.name)}: training will leave that set and"
            f" fail or give NaN; {remedy}.",
            origin.place,
            related=(Related(breach.place, f"used here as {breach.use}"),),
            fix=fix,
            program=site.program,
            site=site.name,
            argument=breach.argument,
        )
