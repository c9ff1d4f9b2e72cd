"""PYR606 prior-without-event."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AppendCode,
    Finding,
    Fix,
    Inference,
    ModulePrior,
    Related,
    Severity,
    Undeclared,
    plate_nesting,
    rule,
    shape_words,
    undeclared_dimension,
)


@rule("PYR606", "prior-without-event", severity=Severity.ERROR, tips=[13])
def prior_without_event(inference: Inference) -> Iterator[Finding]:
    """The prior of a module's weights leaves its dimensions to the batch.

    ## What it does
    Finds sites of `PyroSample` priors whose log-density has dimensions that no plate declares:
    those of the weight itself, `[out, in]` of a linear layer. Samplers and `Predictive` do not
    mind; a prior that is read inside a plate is judged by another rule.

    ## Why is this bad
    The weights of a layer are one draw, so their dimensions are its event. Left in the batch, they
    are dimensions that nobody declared, and an ELBO refuses them.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](3, 1)
            prior = dist.Normal(torch.zeros(1, 3), 1.0)
            self.linear.weight = PyroSample(prior)

        def forward(self, x, y):
            mean = self.linear(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    def guide(x, y):
        loc = pyro.param("loc", torch.zeros(1, 3))
        pyro.sample("linear.weight", dist.Normal(loc, 0.1))


    svi = SVI(Regression(), guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 3), torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](3, 1)
            prior = dist.Normal(torch.zeros(1, 3), 1.0).to_event(2)
            self.linear.weight = PyroSample(prior)

        def forward(self, x, y):
            mean = self.linear(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    def guide(x, y):
        loc = pyro.param("loc", torch.zeros(1, 3))
        pyro.sample("linear.weight", dist.Normal(loc, 0.1).to_event(2))


    svi = SVI(Regression(), guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 3), torch.randn(10))
    ```

    ## What confirm shows
    The shape of the prior's log-density, and the dimension that nothing declares.

    ## References
    - Pyro, Modules in Pyro: how `PyroSample` works
    - Pyro, Bayesian Regression: `PyroSample` with `to_event`
    - Pyro, Tensor shapes in Pyro
    """
    nesting = plate_nesting(inference)
    if nesting is None:
        return
    for program in (inference.model, inference.guide):
        for site in program.sites if program is not None else ():
            if site.prior is None or site.plates or site.is_reparameterised:
                continue
            found = undeclared_dimension(site, nesting)
            if found is None or not found.of_distribution:
                continue
            count = len(found.distribution.batch_shape or ())
            yield Finding(
                f"The prior of `{site.name or site.prior.attribute}` has batch shape"
                f" {shape_words(found.shape)}, and no plate declares these dimensions, so that"
                " Pyro refuses the step with a ValueError: the values of one attribute are one"
                f" draw; end the prior in `.to_event({count})`.",
                site.place,
                related=(Related(found.distribution.place, "the distribution is made here"),),
                fix=_fix(site.prior, found, count),
                program=site.program,
                site=site.name,
            )


def _fix(prior: ModulePrior, found: Undeclared, count: int) -> Fix:
    code = f".to_event({count})"
    edit = AppendCode(prior.expression or found.distribution.place, code)
    return Fix(f"End the prior in `{code}`", (edit,), safe=True)
