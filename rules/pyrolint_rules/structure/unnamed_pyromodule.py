"""PYR715 unnamed-pyromodule."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Fix,
    ModulePrior,
    PlainModule,
    Program,
    Related,
    ReplaceCallee,
    ReplaceExpression,
    SampleSite,
    Severity,
    contradict,
    rule,
)


@rule("PYR715", "unnamed-pyromodule", severity=Severity.ERROR)
def unnamed_pyromodule(program: Program) -> Iterator[Finding]:
    """Layers with priors are held by what gives them no names, so that their sites share one.

    ## What it does
    Finds several PyroModules with `PyroSample` attributes of one name in a plain `nn.Sequential`,
    `nn.ModuleList`, list or `nn.Module`, or held by nothing at all, that one program calls.

    ## Why is this bad
    A PyroModule names its sites after the PyroModules that hold it: `net.0.weight`. Plain
    containers pass no names on, so that the weights of all their layers are called `weight`, and
    Pyro raises a RuntimeError at the second one.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    import torch.nn as nn
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Network(PyroModule):
        def __init__(self):
            super().__init__()
            first, second = PyroModule[nn.Linear](1, 8), PyroModule[nn.Linear](8, 1)
            first.weight = PyroSample(dist.Normal(0.0, 1.0).expand([8, 1]).to_event(2))
            second.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 8]).to_event(2))
            self.layers = nn.Sequential(first, nn.Tanh(), second)

        def forward(self, x, y):
            mean = self.layers(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Network()
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 1), torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    import torch.nn as nn
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Network(PyroModule):
        def __init__(self):
            super().__init__()
            first, second = PyroModule[nn.Linear](1, 8), PyroModule[nn.Linear](8, 1)
            first.weight = PyroSample(dist.Normal(0.0, 1.0).expand([8, 1]).to_event(2))
            second.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 8]).to_event(2))
            self.layers = PyroModule[nn.Sequential](first, nn.Tanh(), second)

        def forward(self, x, y):
            mean = self.layers(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Network()
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 1), torch.randn(10))
    ```

    ## What confirm shows
    The RuntimeError, and the modules whose sites have one name.

    ## References
    - Pyro, Modules in Pyro: how `PyroModule` names its sites
    - Pyro, `pyro.nn.PyroModule`
    """
    seen: dict[str, list[tuple[SampleSite, ModulePrior]]] = {}
    for site in program.sites:
        if site.prior is None or site.name is None or not site.name_known:
            continue
        earlier = seen.setdefault(site.name, [])
        for twin, prior in earlier:
            if prior.owner.identity == site.prior.owner.identity:
                continue
            # A function that nobody is seen to run may be no program, but one that calls several.
            is_run = program.inference_kind != "root" or site.prior.container is not None
            if is_run and not contradict(twin.guard, site.guard):
                yield _finding(site, site.prior, twin)
                break
        earlier.append((site, site.prior))


def _finding(site: SampleSite, prior: ModulePrior, twin: SampleSite) -> Finding:
    assert twin.prior is not None
    container = prior.container or twin.prior.container
    if container is not None:
        reason = f"a plain {container.written} holds the modules and gives them no names"
        way_out = f"use `{container.wanted}`"
    else:
        reason = "no PyroModule holds the modules and could name them"
        way_out = "let a PyroModule hold them as attributes"
    return Finding(
        f"The priors of several modules are all the site `{site.name}`: {reason}, and Pyro refuses"
        f" the second site with a RuntimeError; {way_out}.",
        container.place if container is not None else site.place,
        related=(
            Related(twin.place, "one of the priors"),
            Related(site.place, "another of the same name"),
            Related(prior.read, "this reads the second one"),
        ),
        fix=_fix(container) if container is not None else None,
        program=site.program,
        site=site.name,
        cause=container.place if container is not None else prior.owner.place,
    )


def _fix(container: PlainModule) -> Fix:
    replace = ReplaceExpression if container.is_base else ReplaceCallee
    edit = replace(container.place, container.code)
    return Fix(f"Use `{container.wanted}`", (edit,), safe=not container.is_base)
