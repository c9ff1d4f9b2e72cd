"""PYR712 predictive-given-observations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyrolint.rule import (
    Arguments,
    Constant,
    Finding,
    Inference,
    Place,
    Related,
    SampleSite,
    Severity,
    Tuple,
    Unknown,
    Value,
    named,
    rule,
)


@rule("PYR712", "predictive-given-observations", severity=Severity.WARNING)
def predictive_given_observations(inference: Inference) -> Iterator[Finding]:
    """A prediction is asked of a model that is given the very data to be predicted.

    ## What it does
    Looks for calls of a `Predictive` whose arguments are observed in its model, where the draws
    of the observed site are read from the result. A guide has nothing to observe, and who reads
    only latents from the result loses nothing.

    ## Why is this bad
    An observed site keeps its data, so what comes back under its name is the data, repeated once
    a sample, instead of draws from the posterior predictive. Checks of the model against them
    always succeed.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Predictive, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y=None):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            return pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    x, y = torch.randn(20), torch.randn(20)
    guide = AutoNormal(model)
    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(x, y)
    predictive = Predictive(model, guide=guide, num_samples=100)
    draws = predictive(x, y)["y"]
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Predictive, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y=None):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            return pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    x, y = torch.randn(20), torch.randn(20)
    guide = AutoNormal(model)
    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(x, y)
    predictive = Predictive(model, guide=guide, num_samples=100)
    draws = predictive(x)["y"]
    ```

    ## What confirm shows
    Nothing: it watches the first step of training, and predictions come behind it.

    ## References
    - Pyro, `pyro.infer.Predictive`, argument `return_sites`
    """
    model, given, made = inference.model, inference.arguments, inference.made
    if inference.kind != "predictive" or model is None or given is None or made is None:
        return
    for site in model.sites:
        if not site.observed or site.observation is None or site.name not in inference.predicted:
            continue
        if not _is_returned(site, made.arguments):
            continue
        place = _place_of(site.observation, given)
        if place is None:
            continue
        words = named("site", site.name, "a site")
        yield Finding(
            f"This is what {words} of `{model.name}` observes, so that the prediction gives back"
            " the data for it, not draws; leave the argument out, or pass None, and let the"
            " model take it as `obs=None`.",
            place,
            related=(Related(site.place, "observed here"),),
            program=model.name,
            site=site.name,
        )
        return


def _is_returned(site: SampleSite, arguments: Mapping[str, Value]) -> bool:
    """Whether the prediction certainly returns an observed site."""
    if not site.name_known:
        return False
    returned = arguments.get("return_sites", Tuple(()))
    if returned == Constant(None):
        return True
    if not isinstance(returned, Tuple):
        return False
    names = [item.value for item in returned.items if isinstance(item, Constant)]
    return not returned.items or site.name in names


def _place_of(observation: Value, given: Arguments) -> Place | None:
    """Where the call passes what a site observes."""
    passed = [
        *zip(given.positional, given.positional_places, strict=False),
        *((given.keywords[name], place) for name, place in given.keyword_places.items()),
    ]
    if isinstance(observation, Unknown):
        return next((place for value, place in passed if value is observation), None)
    # Of two alike the last is meant: features come first.
    return next((place for value, place in reversed(passed) if value == observation), None)
