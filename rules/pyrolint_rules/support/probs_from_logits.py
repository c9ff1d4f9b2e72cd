"""PYR109 probs-from-logits."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Applied,
    Distribution,
    Edit,
    Finding,
    Fix,
    Numeric,
    Related,
    RenameKeyword,
    SampleSite,
    Severity,
    UnwrapCall,
    alternatives,
    named,
    rule,
)

_SIGMOID = ("Bernoulli", "Binomial", "Geometric", "NegativeBinomial")
_SOFTMAX = ("Categorical", "OneHotCategorical", "Multinomial", "OneHotCategoricalStraightThrough")


@rule("PYR109", "probs-from-logits", severity=Severity.WARNING, tips=[16])
def probs_from_logits(site: SampleSite) -> Iterator[Finding]:
    """A sigmoid or softmax is computed only to be handed over as probabilities.

    ## What it does
    Finds `probs=` fed by `sigmoid`, or by a `softmax` over the last dimension, with nothing in
    between and no other use of the probabilities.

    ## Why is this bad
    Probabilities round to exactly 0 or 1 for logits of about 17 (single precision): the gradient
    is lost and the log-density may be infinite. The distribution takes the logits themselves and
    computes the log-density without rounding.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(x, y):
        w = pyro.sample("w", dist.Normal(0.0, 1.0))
        p = torch.sigmoid(w * x)
        with pyro.plate("data", len(y)):
            pyro.sample("obs", dist.Bernoulli(probs=p), obs=y)


    def guide(x, y):
        pyro.sample("w", dist.Normal(pyro.param("loc", torch.tensor(0.0)), 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10), torch.ones(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(x, y):
        w = pyro.sample("w", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(y)):
            pyro.sample("obs", dist.Bernoulli(logits=w * x), obs=y)


    def guide(x, y):
        pyro.sample("w", dist.Normal(pyro.param("loc", torch.tensor(0.0)), 0.1))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10), torch.ones(10))
    ```

    ## What confirm shows
    Probabilities equal to 0 or 1.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 16: keep sensitive parameters where numbers behave
    """
    if site.observed is not True and site.inference_kind == "root":
        # Nobody is seen to train it: a simulator's draws need no gradient.
        return
    for _, distribution in site.distributions():
        for argument, instead in (("probs", "logits"), ("gate", "gate_logits")):
            value = distribution.arguments.get(argument)
            if value is None or argument not in site.single_use:
                continue
            for _, option in alternatives(value):
                if not isinstance(option, Numeric) or option.applied is None:
                    continue
                made = option.applied
                if not _serves(distribution, argument, made):
                    continue
                place = distribution.places.get(argument, distribution.place)
                family = distribution.name.rsplit(".", 1)[-1]
                yield Finding(
                    f"{named('Site', site.name, 'The site here')} turns logits into probabilities"
                    f" by {made.function} only to pass them as `{argument}` of {family}: they"
                    f" round to 0 or 1 and lose the gradient; pass `{instead}=` the value before"
                    f" the {made.function}.",
                    place,
                    related=(Related(made.place, f"the {made.function}"),),
                    fix=_fix(site, distribution, argument, instead, made),
                    program=site.program,
                    site=site.name,
                    argument=argument,
                )


def _serves(distribution: Distribution, argument: str, made: Applied) -> bool:
    """Whether the family computes this very function from logits itself."""
    family = distribution.name.rsplit(".", 1)[-1]
    if argument == "gate":
        return made.function == "sigmoid"
    if family in _SIGMOID:
        return made.function == "sigmoid"
    return family in _SOFTMAX and made.function == "softmax" and made.dimension == -1


def _fix(
    site: SampleSite, distribution: Distribution, argument: str, instead: str, made: Applied
) -> Fix | None:
    """Unwrap the function where it is called, and rename the keyword."""
    place = distribution.places.get(argument)
    if place is None or made.argument_place in (None, made.place):
        return None
    if made.caller != site.caller:
        # Elsewhere the function's other callers may want its probabilities.
        return None
    edits: tuple[Edit, ...] = (UnwrapCall(made.place), RenameKeyword(place, instead))
    return Fix(f"Pass `{instead}`", edits, safe=True)
