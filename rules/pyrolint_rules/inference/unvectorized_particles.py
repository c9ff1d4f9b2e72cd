"""PYR309 unvectorized-particles."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    FALSE,
    AddKeyword,
    Constant,
    Finding,
    Fix,
    Pair,
    Severity,
    Value,
    alternatives,
    knowledge,
    rule,
)


@rule("PYR309", "unvectorized-particles", severity=Severity.ADVICE, tips=[8])
def unvectorized_particles(pair: Pair) -> Iterator[Finding]:
    """Particles are run one by one though they could be run at once, or at once though they mix.

    ## What it does
    Draws particles at once and then runs each alone with the values that it drew. Where every
    site has the same log-density both ways, `vectorize_particles=True` is safe, and it is advice
    to set it. Where one differs and particles are vectorised already, the program is wrong: that
    is a warning.

    ## Why is this bad
    A loop over particles costs as many steps as there are particles; one vectorised step costs
    hardly more than one. But a program that sums over all dimensions, or reads the first one by
    its index, mixes the particles, and the loss is another one than the ELBO, without any error.

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
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    objective = Trace_ELBO(num_particles=10)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), objective)
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


    objective = Trace_ELBO(num_particles=10, vectorize_particles=True)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), objective)
    svi.step(torch.randn(20), torch.randn(20))
    ```

    ## What confirm shows
    The log-density of each site, vectorised and alone.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 8: particles and mini-batches trade variance for
      compute
    - Pyro, `pyro.infer.Trace_ELBO`, argument `vectorize_particles`
    """
    objective = pair.inference.objective
    if objective is None or objective.is_base or objective.name not in knowledge().elbos:
        return
    count = objective.arguments.get("num_particles")
    at_once = objective.arguments.get("vectorize_particles", _default(objective.name))
    if count is None or at_once != FALSE or not _is_several(count):
        return
    plates = (*pair.model.plates, *pair.guide.plates)
    if not (pair.model.complete and pair.guide.complete) or any(
        plate.is_sequential for plate in plates
    ):
        return
    add = AddKeyword(objective.place, "vectorize_particles", "True")
    yield Finding(
        f"{objective.name.rsplit('.', 1)[-1]} runs the program once for each particle: if it"
        " broadcasts over dimensions on the left, and `pyrolint confirm` tells whether it does,"
        " `vectorize_particles=True` draws them all at once.",
        objective.place,
        fix=Fix("Draw all particles at once", (add,)),
        program=pair.model.name,
    )


def _default(name: str) -> Constant | None:
    for parameter in knowledge().elbos[name].parameters:
        if parameter.name == "vectorize_particles":
            return Constant(parameter.default)
    return None


def _is_several(count: Value) -> bool:
    return all(
        isinstance(option, Constant) and isinstance(option.value, int) and option.value > 1
        for _, option in alternatives(count)
    )
