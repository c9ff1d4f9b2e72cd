"""PYR406 observation-dtype."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    DENSITY_ASKED,
    AppendCode,
    Constant,
    Distribution,
    Finding,
    Fix,
    List,
    Numeric,
    OriginKind,
    ReplaceExpression,
    SampleSite,
    Severity,
    Tuple,
    Value,
    alternatives,
    named,
    rule,
)

_KINDS = {
    "int": "a tensor of integers",
    "bool": "a tensor of booleans",
    "array": "a NumPy array",
    "list": "a list",
    "number": "a plain number",
}


@rule("PYR406", "observation-dtype", severity=Severity.ERROR)
def observation_dtype(site: SampleSite) -> Iterator[Finding]:
    """What is observed is no tensor, or one of a type whose log-density cannot be computed.

    ## What it does
    Compares what `obs=` is given with what the log-density of the site's family takes, as
    measured: tensors of integers or booleans observed by a Bernoulli or ContinuousBernoulli,
    booleans by a Normal, Binomial or Geometric; a NumPy array, a list or a plain number where a
    tensor is wanted.

    ## Why is this bad
    The first step fails: while validation is on with a ValueError that a tensor is wanted, else,
    and for the types of tensors always, with a RuntimeError or TypeError from within torch.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoDelta
    from pyro.optim import Adam


    def model(flips):
        fairness = pyro.sample("fairness", dist.Beta(10.0, 10.0))
        with pyro.plate("flips", len(flips)):
            pyro.sample("flip", dist.Bernoulli(fairness), obs=flips)


    svi = SVI(model, AutoDelta(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([1, 0, 1, 1]))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoDelta
    from pyro.optim import Adam


    def model(flips):
        fairness = pyro.sample("fairness", dist.Beta(10.0, 10.0))
        with pyro.plate("flips", len(flips)):
            pyro.sample("flip", dist.Bernoulli(fairness), obs=flips)


    svi = SVI(model, AutoDelta(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.tensor([1.0, 0.0, 1.0, 1.0]))
    ```

    ## What confirm shows
    The RuntimeError, TypeError or ValueError of the first step.

    ## References
    - torch, `torch.distributions.Distribution.log_prob`
    """
    if not site.observed or site.observation is None or site.inference_kind not in DENSITY_ASKED:
        return
    if site.role == "guide" or site.is_masked is not False:
        return
    options = [option for _, option in alternatives(site.observation)]
    for _, distribution in site.distributions():
        kinds = [_refused(site, distribution, option) for option in options]
        kind = kinds[0]
        if kind is None or None in kinds:
            return
        is_tensor = kind in ("int", "bool")
        family = distribution.name.rsplit(".", 1)[-1]
        yield Finding(
            f"{named('Site', site.name, 'The site here')} observes {_KINDS[kind]}, of which"
            f" {family} cannot compute the log-density: the first step fails;"
            f" {'append `.float()`' if is_tensor else 'make it a tensor by `torch.as_tensor(…)`'}.",
            site.observation_place or site.place,
            fix=_fix(site, is_tensor=is_tensor) if len(options) == 1 else None,
            program=site.program,
            site=site.name,
        )
        return


def _refused(site: SampleSite, distribution: Distribution, observation: Value) -> str | None:
    """The kind of an observation, where the family refuses it."""
    base = next(
        (each for each in distribution.arguments.values() if isinstance(each, Distribution)), None
    )
    if base is not None:
        # A wrapper asks what it wraps.
        return _refused(site, base, observation)
    family = distribution.family
    if family is None or distribution.is_base:
        return None
    is_checked = (
        site.is_checked
        and site.inference_kind != "mcmc"
        and distribution.checked != Constant(False)
    )
    refused = {each.rstrip("?") for each in family.refused if is_checked or not each.endswith("?")}
    kind = _kind(observation)
    if site.inference_kind == "root" and not isinstance(observation, Numeric):
        # It may be a default that every caller overrides.
        return None
    return kind if kind in refused else None


def _kind(observation: Value) -> str | None:
    match observation:
        case Numeric(origins=origins) if any(each.kind is OriginKind.LATENT for each in origins):
            return None
        case Numeric(form="array" | "number" as form):
            return form
        case Numeric(form="tensor" | None, dtype=dtype):
            return dtype
        case Constant(bool() | int() | float()):
            return "number"
        case List() | Tuple():
            return "list"
        case _:
            return None


def _fix(site: SampleSite, *, is_tensor: bool) -> Fix | None:
    place = site.observation_place
    if place is None:
        return None
    if is_tensor:
        return Fix("Make floats of it", (AppendCode(place, ".float()"),), safe=True)
    code = "{torch.as_tensor}({})"
    return Fix("Make a tensor of it", (ReplaceExpression(place, code),), safe=True)
