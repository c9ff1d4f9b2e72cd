"""PYR503 hidden-warnings."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import CallSite, Constant, Finding, Severity, rule


@rule("PYR503", "hidden-warnings", severity=Severity.ADVICE, tips=[12])
def hidden_warnings(call: CallSite) -> Iterator[Finding]:
    """All warnings are filtered out in a file that trains, and Pyro's are among them.

    ## What it does
    Finds `warnings.filterwarnings("ignore")` and `warnings.simplefilter("ignore")` without a
    module, a message or a category in a file that runs SVI, an ELBO or MCMC. A filter inside
    `warnings.catch_warnings()` counts only where an inference runs in that block.

    ## Why is this bad
    Many faults of a model and guide are warnings, not errors: a latent that the guide lacks, a
    guide site that the model doesn't know, sites in another order than a mean-field objective
    needs, enumeration that the objective ignores. With all warnings gone, such a program trains
    to a wrong answer and says nothing.

    ## Example
    ```python
    import warnings

    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam

    warnings.filterwarnings("ignore")


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import warnings

    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam

    warnings.filterwarnings("ignore", module="matplotlib")


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The warnings of Pyro that the filter hid.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 12
    - Python, `warnings.filterwarnings`
    """
    if call.name not in ("warnings.filterwarnings", "warnings.simplefilter"):
        return
    if call.arguments.get("action") != Constant("ignore"):
        return
    narrowing = {"message", "category", "module", "lineno"} & call.arguments.keys()
    if not call.file_trains or narrowing or call.covers_inference is False:
        return
    yield Finding(
        "This hides every warning in a file that trains, also those by which Pyro reports a site"
        " that the guide lacks or an objective that ignores enumeration; hide only what you mean,"
        ' by `module="…"` or `message="…"`.',
        call.place,
        program=call.program,
    )
