"""PYR710 prior-on-plain-module."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Finding,
    Fix,
    MarkedAttribute,
    Related,
    ReplaceCallee,
    ReplaceExpression,
    Severity,
    rule,
)


@rule("PYR710", "prior-on-plain-module", severity=Severity.ERROR)
def prior_on_plain_module(marked: MarkedAttribute) -> Iterator[Finding]:
    """A `PyroSample` or `PyroParam` is set on a module that is no `PyroModule`.

    ## What it does
    Finds attributes of `torch.nn` modules, and of classes that derive from them, that are set to a
    `PyroSample` or a `PyroParam` although neither `PyroModule` nor `to_pyro_module_` made the
    module one of Pyro's.

    ## Why is this bad
    Only a `PyroModule` knows what these are. A plain module refuses one in the place of a
    parameter with a TypeError, and keeps any other as a dead object: no site is sampled, no
    parameter is trained, and arithmetic with it fails.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(3, 1)
            self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 3]).to_event(2))

        def forward(self, x, y):
            mean = self.linear(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Regression()
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 3), torch.randn(10))
    ```

    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.nn import PyroSample
    from pyro.optim import Adam


    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.loc = PyroSample(dist.Normal(0.0, 1.0))

        def forward(self, y):
            loc = self.loc
            with pyro.plate("data", len(y)):
                pyro.sample("obs", dist.Normal(loc, 1.0), obs=y)


    model = Model()
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.nn import PyroModule, PyroSample
    from pyro.optim import Adam


    class Regression(PyroModule):
        def __init__(self):
            super().__init__()
            self.linear = PyroModule[torch.nn.Linear](3, 1)
            self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 3]).to_event(2))

        def forward(self, x, y):
            mean = self.linear(x).squeeze(-1)
            with pyro.plate("data", len(x)):
                pyro.sample("obs", dist.Normal(mean, 1.0), obs=y)


    model = Regression()
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10, 3), torch.randn(10))
    ```

    ## What confirm shows
    The TypeError, or the module that holds the object and makes nothing of it.

    ## References
    - Pyro, Modules in Pyro: how `PyroModule` works
    - Pyro, `pyro.nn.PyroModule`, `pyro.nn.PyroSample` and `pyro.nn.PyroParam`
    """
    kind = marked.marker.name.rsplit(".", 1)[-1]
    owner = marked.owner
    if owner.is_base:
        subject, way_out = f"A class that derives from {owner.written}", "derive it from"
        edit: ReplaceCallee | ReplaceExpression = ReplaceExpression(owner.place, owner.code)
    else:
        subject, way_out = f"{owner.written} as it is", "make it a"
        edit = ReplaceCallee(owner.place, owner.code)
    follows = (
        "setting it in the place of a parameter is a TypeError"
        if marked.replaces
        else "it is an object that does nothing there"
    )
    yield Finding(
        f"{subject} makes nothing of the {kind} that its attribute `{marked.attribute}` is given:"
        f" {follows}; {way_out} `{owner.wanted}`.",
        owner.place,
        related=(Related(marked.place, f"the {kind} is set here"),),
        fix=Fix(f"Use `{owner.wanted}`", (edit,), safe=not owner.is_base),
        argument=marked.attribute,
    )
