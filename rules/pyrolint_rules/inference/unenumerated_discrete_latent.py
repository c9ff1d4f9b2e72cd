"""PYR311 unenumerated-discrete-latent."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AddKeyword,
    Edit,
    Finding,
    Fix,
    LibraryObject,
    Pair,
    Related,
    ReplaceCallee,
    SampleSite,
    Severity,
    is_enumerable,
    knowledge,
    named,
    rule,
)

_SCORED = {
    "Trace_ELBO": "TraceEnum_ELBO",
    "JitTrace_ELBO": "JitTraceEnum_ELBO",
    "TraceGraph_ELBO": "TraceEnum_ELBO",
    "JitTraceGraph_ELBO": "JitTraceEnum_ELBO",
    "RenyiELBO": None,
}
"""Losses that take a score-function gradient of what has no other, and their enumerating twins."""

_MEASURES = frozenset({"loss", "evaluate_loss"})
"""What gives a number without gradients."""


@rule("PYR311", "unenumerated-discrete-latent", severity=Severity.WARNING, tips=[14])
def unenumerated_discrete_latent(pair: Pair) -> Iterator[Finding]:
    """A discrete latent is drawn where it could be summed out.

    ## What it does
    Finds discrete latents that SVI trains by draws: under `Trace_ELBO`, `TraceGraph_ELBO` and
    `RenyiELBO` those of the guide that have no baseline, and under `TraceEnum_ELBO` those that
    neither `config_enumerate` nor `infer={"enumerate": ...}` marks. Latents that a reparameterised
    relaxation draws, those marked with `{"enumerate": None}`, and under `TraceEnum_ELBO` those
    whose values cannot be listed, or that a guide draws beside others that it marks, are left
    alone, and so are pairs whose loss is only measured.

    ## Why is this bad
    A draw from a discrete distribution has no gradient. What Pyro takes instead, the log-density's
    gradient times the whole loss, is so noisy that a mixture's assignments hardly move. A model's
    own discrete latent that the guide leaves out is not even that: `TraceEnum_ELBO` draws it from
    the prior until somebody marks it. Summing over the values has none of this noise.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam
    from torch.distributions import constraints


    def model(data):
        locs = pyro.param("locs", torch.tensor([-1.0, 1.0]))
        with pyro.plate("data", len(data)):
            kind = pyro.sample("kind", dist.Categorical(torch.tensor([0.5, 0.5])))
            pyro.sample("obs", dist.Normal(locs[kind], 1.0), obs=data)


    def guide(data):
        probs = pyro.param("probs", torch.full((len(data), 2), 0.5), constraint=constraints.simplex)
        with pyro.plate("data", len(data)):
            pyro.sample("kind", dist.Categorical(probs))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, TraceEnum_ELBO, config_enumerate
    from pyro.optim import Adam


    @config_enumerate
    def model(data):
        locs = pyro.param("locs", torch.tensor([-1.0, 1.0]))
        with pyro.plate("data", len(data)):
            kind = pyro.sample("kind", dist.Categorical(torch.tensor([0.5, 0.5])))
            pyro.sample("obs", dist.Normal(locs[kind], 1.0), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceEnum_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The site in the guide's trace, with a score-function term in its density, or drawn from the
    prior by `TraceEnum_ELBO`.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 14: enumerate discrete latents
    - Pyro, Inference with Discrete Latent Variables
    """
    objective = pair.inference.objective
    if pair.inference.method in _MEASURES:
        return
    if objective is None or objective.is_base or objective.name not in knowledge().elbos:
        return
    loss = objective.name.rsplit(".", 1)[-1]
    if loss in _SCORED:
        for prior, site in pair.shared_latents():
            if site.is_drawn_discretely and prior.observed is False and site.has_baseline is False:
                yield _scored(site, objective, loss)
    elif loss in ("TraceEnum_ELBO", "JitTraceEnum_ELBO"):
        # Who marks some sites one by one may want others drawn: all at once would be too many.
        marked = any(site.enumeration.is_marked for site in pair.guide.sites)
        for prior, site in pair.shared_latents():
            if (
                not marked
                and prior.observed is False
                and site.is_drawn_discretely
                and is_enumerable(site.distribution)
            ):
                yield _unmarked(site, "the guide draws it, with a noisy score-function gradient")
        for site in pair.model.sites:
            if site.is_drawn_discretely and is_enumerable(site.distribution) and pair.lacks(site):
                yield _unmarked(site, "it is drawn from its prior, as the guide has no such site")


def _scored(site: SampleSite, objective: LibraryObject, loss: str) -> Finding:
    remedy, fix = "give it a baseline by `infer=`, or a continuous relaxation", None
    if is_enumerable(site.distribution):
        remedy = (
            'sum it out: `TraceEnum_ELBO`, and `config_enumerate` or `infer={"enumerate": ...}`'
        )
        twin = _SCORED[loss]
        if twin is not None:
            edits: list[Edit] = [ReplaceCallee(objective.place, f"{{pyro.infer.{twin}}}")]
            fix = _marking(site, edits)
    return Finding(
        f"{named('Site', site.name, 'The site here')} is a discrete latent that {loss} trains by"
        f" single draws, with a score-function gradient that is mostly noise; {remedy}.",
        site.place,
        related=(Related(objective.place, "the loss"),),
        fix=fix,
        program=site.program,
        site=site.name,
    )


def _unmarked(site: SampleSite, consequence: str) -> Finding:
    return Finding(
        f"{named('Site', site.name, 'The site here')} is a discrete latent that nothing marks for"
        f" enumeration: {consequence}; decorate the program with `config_enumerate`, or write"
        ' `infer={"enumerate": "parallel"}` here.',
        site.place,
        fix=_marking(site, []),
        program=site.program,
        site=site.name,
    )


def _marking(site: SampleSite, edits: list[Edit]) -> Fix | None:
    """Mark the site where it stands, unless its ``infer=`` says something already."""
    if site.infer is not None:
        return None
    mark = AddKeyword(site.place, "infer", '{"enumerate": "parallel"}')
    return Fix("Sum over its values", (*edits, mark))
