"""PYR312 enumeration-without-traceenum."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Edit,
    Finding,
    Fix,
    LibraryObject,
    Pair,
    Related,
    ReplaceCallee,
    SampleSite,
    Severity,
    knowledge,
    named,
    rule,
)

_TWINS = {
    "Trace_ELBO": "TraceEnum_ELBO",
    "JitTrace_ELBO": "JitTraceEnum_ELBO",
    "TraceGraph_ELBO": "TraceEnum_ELBO",
    "JitTraceGraph_ELBO": "JitTraceEnum_ELBO",
    "TraceMeanField_ELBO": "TraceEnum_ELBO",
    "JitTraceMeanField_ELBO": "JitTraceEnum_ELBO",
}


@rule("PYR312", "enumeration-without-traceenum", severity=Severity.ERROR, tips=[14])
def enumeration_without_traceenum(pair: Pair) -> Iterator[Finding]:
    """Sites are marked for enumeration, and the loss is one that does not enumerate.

    ## What it does
    Finds pairs with latents that `config_enumerate` or `infer={"enumerate": ...}` marks, trained
    by a loss of Pyro's other than `TraceEnum_ELBO` and its relatives. Where the model alone has
    the site, it is an error; where the guide has it too, a warning.

    ## Why is this bad
    Only the enumerating losses look at the mark. Any other draws one value: from the guide, by a
    noisy score-function gradient, or, where the guide leaves the site out because it was to be
    summed over, from the prior, so that what is trained is another model. Some losses fail with
    a KeyError there.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO, config_enumerate
    from pyro.optim import Adam


    @config_enumerate
    def model(data):
        locs = pyro.param("locs", torch.tensor([-1.0, 1.0]))
        with pyro.plate("data", len(data)):
            kind = pyro.sample("kind", dist.Categorical(torch.tensor([0.5, 0.5])))
            pyro.sample("obs", dist.Normal(locs[kind], 1.0), obs=data)


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
    The marked site, its one draw, and where that came from.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 14: enumerate discrete latents
    - Pyro, `pyro.infer.config_enumerate`
    """
    objective = pair.inference.objective
    if objective is None or objective.is_base:
        return
    facts = knowledge().elbos.get(objective.name)
    if facts is None or facts.enumerates:
        return
    in_guide = [site for site in pair.guide.sites if _is_marked(site)]
    in_model = [site for site in pair.model.sites if _is_marked(site) and pair.lacks(site)]
    if in_model:
        yield _finding(
            objective, in_model, "draws it from its prior, as the guide has no such site, and"
            " trains another model", None,
        )  # fmt: skip
    elif in_guide:
        consequence = "takes a single draw of the guide's all the same"
        yield _finding(objective, in_guide, consequence, Severity.WARNING)


def _is_marked(site: SampleSite) -> bool:
    return site.observed is False and site.enumeration.is_marked


def _finding(
    objective: LibraryObject, sites: list[SampleSite], consequence: str, severity: Severity | None
) -> Finding:
    loss = objective.name.rsplit(".", 1)[-1]
    twin = _TWINS.get(loss)
    fix = None
    if twin is not None:
        edits: tuple[Edit, ...] = (ReplaceCallee(objective.place, f"{{pyro.infer.{twin}}}"),)
        fix = Fix(f"Train with {twin}", edits)
    first = sites[0]
    return Finding(
        f"{named('Site', first.name, 'A site')} is marked for enumeration, but {loss} does not"
        f" enumerate and {consequence}; train with {twin or 'TraceEnum_ELBO'}.",
        objective.place,
        related=tuple(
            Related(site.place, "this latent is marked for enumeration")
            for site in {site.place: site for site in sites}.values()
        ),
        fix=fix,
        program=first.program,
        site=first.name,
        severity=severity,
    )
