"""PYR405 unused-observations."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AddKeyword,
    Finding,
    Fix,
    Inference,
    Program,
    Related,
    SampleSite,
    Severity,
    leaves_data_unused,
    likely_likelihood,
    named,
    rule,
)


@rule("PYR405", "unused-observations", severity=Severity.WARNING)
def unused_observations(inference: Inference) -> Iterator[Finding]:
    """A model is given data by the training step, and conditions on none.

    ## What it does
    Looks for models that `svi.step` hands tensors or other data, and in which no sample statement
    has `obs=` and nothing else adds to the density: no `pyro.factor`, no `poutine.condition`. A
    model that has an `obs=` which is None in training is left alone, and so is one that is not
    known as a whole.

    ## Why is this bad
    Without observations the posterior is the prior, and that is what the guide is fitted to: the
    loss falls, and nothing was learnt of the data. What was meant as the likelihood is a latent
    of its own.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0))


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(20), torch.randn(20))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(20), torch.randn(20))
    ```

    ## What confirm shows
    The sites of the model's trace, all of them latent.

    ## References
    - Pyro, `pyro.sample`, argument `obs`
    """
    model, step = inference.model, inference.step
    if model is None or step is None or not leaves_data_unused(inference):
        return
    likelihood = likely_likelihood(model)
    latent = ""
    if likelihood is not None:
        site = named("site", likelihood.name, "the last site")
        latent = f" ({site}, made of other latents, is a latent itself)"
    yield Finding(
        f"The training step hands data to `{model.name}`, and nothing there is conditioned on it"
        f"{latent}: the guide is fitted to the prior; pass the data to the sample statement as"
        " `obs=`.",
        likelihood.place if likelihood else model.place,
        related=(Related(step, "the data is handed over here"),),
        fix=_fix(model, likelihood) if likelihood else None,
        program=model.name,
        site=likelihood.name if likelihood else None,
    )


def _fix(model: Program, likelihood: SampleSite) -> Fix | None:
    if len(model.unread) != 1 or likelihood.caller != model.place or not likelihood.name_known:
        return None
    name = model.unread[0]
    return Fix(f"Observe `{name}`", (AddKeyword(likelihood.place, "obs", name),))
