"""PYR313 silenced-enumeration-warning."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    FALSE,
    Finding,
    Fix,
    Pair,
    Related,
    RemoveArgument,
    SampleSite,
    Severity,
    is_enumerable,
    knowledge,
    named,
    rule,
)


@rule("PYR313", "silenced-enumeration-warning", severity=Severity.ADVICE, tips=[12])
def silenced_enumeration_warning(pair: Pair) -> Iterator[Finding]:
    """An enumerating loss is told not to warn where nothing is enumerated.

    ## What it does
    Finds `strict_enumeration_warning=False` in the loss of an inference. It is a warning where a
    discrete latent of the pair is drawn and no site is marked: what was silenced is true.

    ## Why is this bad
    `TraceEnum_ELBO` warns where no site is marked for enumeration, as a decorator was forgotten,
    or lost behind another handler. Without the warning the discrete latents are drawn, and the
    gradient is mostly noise. Where there is nothing to enumerate, `Trace_ELBO` does the same
    without a word.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, TraceEnum_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    loss = TraceEnum_ELBO(strict_enumeration_warning=False)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), loss)
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    Nothing: what was silenced is told by the page of PYR311.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 12: keep validation on, and the enumeration warning
    - Pyro, `pyro.infer.ELBO`, argument `strict_enumeration_warning`
    """
    objective = pair.inference.objective
    facts = knowledge().elbos.get(objective.name) if objective is not None else None
    if objective is None or facts is None or not facts.enumerates:
        return
    place = objective.places.get("strict_enumeration_warning")
    if objective.arguments.get("strict_enumeration_warning") != FALSE or place is None:
        return
    drawn = _drawn(pair)
    name = objective.name.rsplit(".", 1)[-1]
    consequence = (
        f"{named('site', drawn.name, 'a discrete latent')} is drawn, as no site is marked for"
        " enumeration; mark it, and leave the argument out"
        if drawn is not None
        else "a mark that is lost goes unnoticed; leave the argument out, and train what has"
        " nothing to enumerate with Trace_ELBO"
    )
    yield Finding(
        f"`strict_enumeration_warning=False` keeps {name} quiet: {consequence}.",
        place,
        related=() if drawn is None else (Related(drawn.place, "this latent is drawn"),),
        fix=Fix("Let it warn", (RemoveArgument(place),)),
        program=pair.model.name,
        severity=None if drawn is None else Severity.WARNING,
    )


def _drawn(pair: Pair) -> SampleSite | None:
    """A discrete latent that is drawn, where nothing in the pair may be marked."""
    sites = (*pair.model.sites, *pair.guide.sites)
    if not all(site.enumeration.is_unmarked for site in sites if site.observed is not True):
        return None
    if not (pair.model.complete and pair.guide.complete):
        return None
    drawn = (site for site in sites if site.is_drawn_discretely)
    return next((site for site in drawn if is_enumerable(site.distribution)), None)
