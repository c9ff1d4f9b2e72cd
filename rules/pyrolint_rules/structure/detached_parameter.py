"""PYR707 detached-parameter."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    Cut,
    Finding,
    Fix,
    KeepReceiver,
    OriginKind,
    Related,
    ReplaceCallee,
    Severed,
    Severity,
    UnwrapCall,
    named,
    rule,
)


@rule("PYR707", "detached-parameter", severity=Severity.ERROR)
def detached_parameter(severed: Severed) -> Iterator[Finding]:
    """A trained value reaches the density, and its gradient does not come back.

    ## What it does
    Finds parameters, and continuous latents of a model that SVI, NUTS or HMC runs, that go into
    densities only by way of `.detach()`, `.data`, `.item()`, `.numpy()`, `float()`,
    `torch.tensor(...)` (of a list of them too) or a `torch.no_grad()` block. One way that is left
    whole keeps the rule silent; so do discrete latents, values that only baselines, logs or
    callers get, calls that cannot be looked into, and a parameter that is detached in the very
    statement that declares it.

    ## Why is this bad
    The parameter keeps its initial value for ever, though the model computes with it; the latent
    is learnt as if the data had nothing to say of it. No error tells. To join tensors,
    `torch.stack` keeps the gradient; `torch.tensor` copies the numbers.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        both = torch.tensor([loc, loc])
        width = pyro.param("width", torch.tensor(0.1), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(both.mean(), width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import Adam


    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    def guide(data):
        loc = pyro.param("loc_loc", torch.tensor(0.0))
        both = torch.stack([loc, loc])
        width = pyro.param("width", torch.tensor(0.1), constraint=constraints.positive)
        pyro.sample("loc", dist.Normal(both.mean(), width))


    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    That the gradient is None after the step, and which call cuts it; of a latent, that the
    densities beside its own have no gradient for it.

    ## References
    - PyTorch, `torch.Tensor.detach`
    - PyTorch, `torch.tensor` and its warning about tensors
    - PyTorch, Autograd mechanics
    """
    if not severed.origin.cuts or _is_on_purpose(severed):
        return
    origin, site = severed.origin, severed.site
    cut = origin.cuts[0]
    is_parameter = origin.kind is OriginKind.PARAMETER
    kind = "parameter" if is_parameter else "latent"
    subject = named(f"The {kind}", origin.name, f"The {kind} set here")
    where = named("site", site.name, "a site")
    goal = f"`{severed.argument}` of {where}"
    loss = (
        "so training leaves it as it starts"
        if is_parameter
        else "so what is learnt of the latent knows nothing of that site"
    )
    yield Finding(
        f"{subject} goes into {goal} only without its gradient: `{cut.function}` {_deed(cut)},"
        f" {loss}; {_remedy(cut)}.",
        cut.place,
        related=(
            Related(origin.place, f"the {kind}"),
            Related(severed.place, f"{goal} is made of it"),
        ),
        fix=_fix(origin.cuts),
        program=site.program,
        site=site.name,
        argument=severed.argument,
    )


def _is_on_purpose(severed: Severed) -> bool:
    """Whether a parameter is held fixed where it is declared, by what is meant for that."""
    return severed.is_frozen and severed.origin.cuts[0].function in (".detach()", ".data")


def _deed(cut: Cut) -> str:
    if cut.takes == "tensors":
        return "copies the numbers of the tensors in its list"
    if cut.function.endswith("no_grad()") or cut.function.endswith("inference_mode()"):
        return "keeps no gradient of what is computed under it"
    return "hands on its values alone"


def _remedy(cut: Cut) -> str:
    if cut.takes == "tensors":
        return "join tensors by `torch.stack`, which keeps the gradient"
    if cut.function.endswith("no_grad()") or cut.function.endswith("inference_mode()"):
        return "compute it outside of that block"
    return "pass the tensor itself on"


def _fix(cuts: tuple[Cut, ...]) -> Fix | None:
    """Take the one cut out of the way; of several, none is worth taking out alone."""
    if len(cuts) != 1:
        return None
    cut = cuts[0]
    if cut.function in (".item()", ".detach()", ".data", ".numpy()"):
        return Fix(f"Drop `{cut.function}`", (KeepReceiver(cut.place),))
    if cut.takes == "tensors" and cut.function.startswith("torch."):
        return Fix("Join by `torch.stack`", (ReplaceCallee(cut.place, "{torch.stack}"),))
    if cut.takes == "tensor" and cut.function in ("float()", "torch.tensor()"):
        return Fix(f"Drop `{cut.function}`", (UnwrapCall(cut.place),))
    return None
