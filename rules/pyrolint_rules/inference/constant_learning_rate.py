"""PYR303 constant-learning-rate."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import (
    AddEntry,
    Finding,
    Fix,
    Inference,
    LibraryObject,
    Options,
    Related,
    ReplaceCallee,
    Severity,
    alternatives,
    bound_value,
    contradict,
    family_name,
    knowledge,
    rows_of,
    rule,
    stepping,
)

LONG = 1000.0
"""So many steps are long enough for a rate that falls."""

# The length of whose steps is about the rate, however long training goes on.
_CONSTANT = frozenset("Adam AdamW Adamax ClippedAdam DCTAdam NAdam RAdam RMSprop SGD".split())


@rule("PYR303", "constant-learning-rate", severity=Severity.ADVICE, tips=[3])
def constant_learning_rate(inference: Inference) -> Iterator[Finding]:
    """The learning rate never falls, however long training goes on.

    ## What it does
    Looks at loops of 1,000 steps or more that train an ELBO by Adam and its kin with neither a
    scheduler nor `lrd`, nor code that sets the rate. A scheduler of Pyro's moves only where its
    `step()` is called, and counts for nothing where that is nowhere. Loops whose length is not
    known are left out, and so are guides that draw nothing, such as `AutoDelta`, at steps that take
    all the data: those have gradients without noise.

    ## Why is this bad
    Each of Adam's moves is of about the learning rate's size. Where they are mostly noise they
    add up like a random walk, and parameters wander about the optimum as far as the rate lets
    them, however long training goes on. A rate that falls lets them settle.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import ClippedAdam


    def model(data):
        with pyro.plate("components", 40):
            loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 10.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.zeros(40))
        with pyro.plate("components", 40):
            pyro.sample("loc", dist.StudentT(10.0, mean, 1.0))


    optimizer = ClippedAdam({"lr": 0.1})
    svi = SVI(model, guide, optimizer, Trace_ELBO())
    data = torch.randn(10)
    for step in range(2000):
        svi.step(data)
    ```

    ## Use instead
    `lrd` is the factor of one step: `gamma ** (1 / steps)` ends at `gamma` times the first rate.
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.distributions import constraints
    from pyro.infer import SVI, Trace_ELBO
    from pyro.optim import ClippedAdam


    def model(data):
        with pyro.plate("components", 40):
            loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("obs", dist.Normal(loc.mean(), 10.0), obs=data)


    def guide(data):
        mean = pyro.param("mean", torch.zeros(40))
        with pyro.plate("components", 40):
            pyro.sample("loc", dist.StudentT(10.0, mean, 1.0))


    optimizer = ClippedAdam({"lr": 0.1, "lrd": 0.01 ** (1 / 2000)})
    svi = SVI(model, guide, optimizer, Trace_ELBO())
    data = torch.randn(10)
    for step in range(2000):
        svi.step(data)
    ```

    ## What confirm shows
    The rate, the signal-to-noise ratio of the gradient, and how far noise alone moves a parameter
    in a thousand steps: it confirms where that ratio is below 0.3 at the first step, and that way
    one or more. One step does not tell of gradients that only drown in noise near the end.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tip 3: decay the learning rate
    - Pyro, `pyro.optim.ClippedAdam`, argument `lrd`
    """
    if not inference.trains_elbo or inference.is_paced or not _is_noisy(inference):
        return
    for made, options in stepping(inference):
        if not _is_constant(options):
            continue
        counts = [
            bound_value(count)
            for way, count in alternatives(inference.turns)
            if not contradict(options.guard, way)
        ]
        steps = max((each for each in counts if each is not None), default=0.0)
        if steps >= LONG:
            way_out = f"let it fall, by {_decay(options)}, or by a scheduler"
            if options.scheduler is not None:
                way_out = (
                    f"`{options.scheduler.rsplit('.', 1)[-1]}` lets it fall only when its `step()`"
                    " is called: call it in the loop"
                )
            yield Finding(
                f"`{options.name}` trains for {steps:g} steps at a rate that never falls, so that"
                f" noise keeps parameters from settling; {way_out}.",
                made.place,
                related=(Related(inference.step or inference.place, "here it steps"),),
                fix=_decayed(made, options, steps),
            )


def _is_noisy(inference: Inference) -> bool:
    """Whether a step's gradient has noise: of the guide's draws, or of the data it takes."""
    model, guide = inference.model, inference.guide
    if guide is None:
        return False
    if inference.arguments is not None and any(map(rows_of, inference.arguments.values())):
        return True
    for program in (model, guide):
        for site in program.sites if program is not None else ():
            if any(plate.subsample_size is not None for plate in site.plates):
                return True
    if guide.autoguide is not None:
        return not guide.autoguide.name.endswith(".AutoDelta")
    points = all(family_name(each.distribution) == "Delta" for each in guide.sites)
    return not (guide.complete and points)


def _decay(options: Options) -> str:
    entry = '`"lrd": gamma ** (1 / steps)`'
    return entry if options.name == "ClippedAdam" else f"`ClippedAdam` with {entry}"


def _is_constant(options: Options) -> bool:
    return options.name in _CONSTANT and options.is_complete and "lrd" not in options.known


def _decayed(made: LibraryObject, options: Options, steps: float) -> Fix | None:
    """Clipped Adam with a decay to a tenth, where all options are its own."""
    clipped = {each.name for each in knowledge().optimizers["pyro.optim.ClippedAdam"].keys}
    dictionary = made.places.get("optim_args")
    if options.name not in ("Adam", "ClippedAdam") or dictionary is None:
        return None
    if made.name not in ("pyro.optim.Adam", "pyro.optim.ClippedAdam"):
        return None
    if options.known.keys() - clipped or "clip_args" in made.arguments:
        return None
    entry = AddEntry(dictionary, "lrd", f"0.1 ** (1 / {steps:.0f})")
    return Fix(
        "Let the rate fall to a tenth",
        (ReplaceCallee(made.place, "{pyro.optim.ClippedAdam}"), entry),
    )
