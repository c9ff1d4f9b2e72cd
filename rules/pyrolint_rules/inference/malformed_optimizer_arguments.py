"""PYR315 malformed-optimizer-arguments."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pyrolint.rule import (
    Constant,
    Entries,
    Finding,
    Fix,
    GatherKeywords,
    LibraryObject,
    List,
    Numeric,
    Options,
    Place,
    Related,
    Severity,
    Tuple,
    Value,
    alternatives,
    classes_of,
    knowledge,
    options_of,
    rule,
)

# Schedulers took it until not long ago: those of an older torch still do.
_RETIRED = frozenset({"verbose"})
_CLIPPING = frozenset({"clip_norm", "clip_value"})


@rule("PYR315", "malformed-optimizer-arguments", severity=Severity.ERROR)
def malformed_optimizer_arguments(made: LibraryObject) -> Iterator[Finding]:
    """An optimizer of Pyro's is not made in the way that it can be.

    ## What it does
    Looks at the optimizers and schedulers of `pyro.optim`. Their options are one dict, or a
    function that answers one for a parameter's name: keywords, a bare number, or no options at all
    are refused. The dict may only hold what the class of torch's that steps knows; a scheduler's
    dict needs `optimizer`, the class of torch's, and `optim_args`, its options.
    An optimizer that goes to `SVI` without being called is found as well.

    ## Why is this bad
    The call, or `SVI`, raises a TypeError, a ValueError or an AssertionError. A wrong key is only
    met when the first parameter is stepped.

    ## Example
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


    optimizer = Adam(lr=0.01)
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
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


    optimizer = Adam({"lr": 0.01})
    svi = SVI(model, AutoNormal(model), optimizer, Trace_ELBO())
    svi.step(torch.randn(10))
    ```

    ## What confirm shows
    The error of the call, or the option that the class of torch's does not take.

    ## References
    - Pyro, `pyro.optim.PyroOptim`, argument `optim_args`
    - Pyro, `pyro.optim.PyroLRScheduler`, argument `optim_args`
    """
    if made.kind == "svi":
        yield from _uncalled(made)
        return
    known = knowledge().optimizers.get(made.name) if made.kind == "optimizer" else None
    if known is None or not known.kind.startswith("pyro"):
        return
    if any(each.star for each in known.parameters):
        return
    short = made.name.rsplit(".", 1)[-1]
    accepted = {each.name for each in known.parameters}
    stray = [name for name in made.arguments if name not in accepted]
    given = made.arguments.get("optim_args")
    if stray:
        instead = f'write `{short}({{"{stray[0]}": …}})`'
        if stray[0] == "clip_args":
            instead = "its own option `clip_norm` says how far it clips"
        yield Finding(
            f"`{short}` takes its options as one dict, and raises a TypeError for the keyword"
            f" `{stray[0]}`; {instead}.",
            made.place,
            fix=_gathered(made, stray, known.kind),
        )
    elif given is None:
        if made.is_complete:
            yield Finding(
                f"`{short}` is made without options, and raises a TypeError; give it a dict, be it"
                f" an empty one: `{short}({{}})`.",
                made.place,
            )
    elif any(_is_no_dict(option) for _, option in alternatives(given)):
        yield Finding(
            f"`{short}` raises an AssertionError, since what it gets for its options is neither a"
            f' dict nor a function that answers one; write `{short}({{"lr": …}})`.',
            made.places.get("optim_args", made.place),
        )
    else:
        yield from _of_scheduler(made, given, known.kind)
        for options in options_of(made):
            yield from _of_class(made, options)


def _uncalled(svi: LibraryObject) -> Iterator[Finding]:
    for _, name in classes_of(svi.arguments.get("optim")):
        if name is not None and name.startswith("pyro.") and name in knowledge().optimizers:
            short = name.rsplit(".", 1)[-1]
            yield Finding(
                f"`SVI` gets `{short}` itself, and raises a ValueError: it takes an optimizer that"
                f' was made; write `{short}({{"lr": …}})`.',
                svi.places.get("optim", svi.place),
                related=(Related(svi.place, "this `SVI` refuses it"),),
            )


def _gathered(made: LibraryObject, stray: list[str], kind: str) -> Fix | None:
    options = made.arguments.get("optim_args")
    is_first = options is None or not isinstance(options, Entries)
    keys = {key.name for key in knowledge().optimizers[made.name].keys}
    if kind != "pyro" or not made.is_complete or "clip_args" in made.arguments or not is_first:
        return None
    if not keys.issuperset(stray):
        return None
    return Fix("Gather the keywords in a dict", (GatherKeywords(made.place),), safe=True)


def _of(made: LibraryObject) -> tuple[Related, ...]:
    return (Related(made.place, "the optimizer that cannot be made"),)


def _is_no_dict(value: Value) -> bool:
    return isinstance(value, Constant | Numeric | Tuple | List)


def _of_scheduler(made: LibraryObject, given: Value, kind: str) -> Iterator[Finding]:
    """Faults in the dict of a scheduler, what it says of the optimizer left out."""
    if kind != "pyro_scheduler":
        return
    short = made.name.rsplit(".", 1)[-1]
    keys = knowledge().optimizers[made.name].keys
    for _, entries in alternatives(given):
        if not isinstance(entries, Entries):
            continue
        needed = ("optimizer", "optim_args")
        missing = [name for name in needed if name not in entries.known and entries.rest is None]
        if missing:
            yield Finding(
                f"The dict of `{short}` lacks `{missing[0]}`, and the scheduler cannot be made;"
                ' it holds "optimizer", the class of torch\'s, "optim_args", its options, and the'
                " scheduler's own options.",
                made.places.get("optim_args", made.place),
            )
            continue
        names = {each.name for each in keys} | _RETIRED
        for key in entries.known:
            if keys and isinstance(key, str) and key not in names:
                yield Finding(
                    f"`{short}` has no option `{key}`, and raises a TypeError at the first step;"
                    f"{_closest(key, names)} what is for the optimizer belongs into `optim_args`.",
                    entries.places.get(key, made.place),
                    related=_of(made),
                )


def _of_class(made: LibraryObject, options: Options) -> Iterator[Finding]:
    """Faults in what the optimizer itself is given: its class, and its options' names."""
    known = knowledge().optimizers.get(options.optimizer or "")
    if known is None or options.optimizer is None:
        return
    if known.kind.startswith("pyro"):
        yield Finding(
            f"`{made.name.rsplit('.', 1)[-1]}` gets `{options.optimizer}`, which is Pyro's own, and"
            " raises a TypeError at the first step: it makes an optimizer for each parameter, by a"
            f" class of torch's; give it `torch.optim.{options.name}`.",
            _place_of(made, "optimizer") or made.places.get("optim_constructor", made.place),
            related=_of(made),
        )
        return
    names = {each.name for each in known.keys}
    for key in options.known:
        if key not in names and known.keys:
            yield Finding(
                f"`{options.name}` has no option `{key}`, and raises a TypeError at the first step;"
                f"{_advice(key, options, names)}.",
                options.places.get(key, made.place),
                related=_of(made),
            )
            return


def _place_of(made: LibraryObject, key: str) -> Place | None:
    for _, entries in alternatives(made.arguments["optim_args"]):
        if isinstance(entries, Entries) and key in entries.places:
            return entries.places[key]
    return None


def _advice(key: str, options: Options, names: set[str]) -> str:
    clipped = knowledge().optimizers["pyro.optim.ClippedAdam"]
    if {each.name for each in clipped.keys} >= options.known.keys() and "Adam" in options.name:
        return f" `pyro.optim.ClippedAdam` has one: it is Adam with clipped gradients and `{key}`"
    if key in _CLIPPING:
        return f' Pyro clips gradients by a second dict behind it: `{{…}}, {{"{key}": …}}`'
    return _closest(key, names) + f" it knows {', '.join(f'`{name}`' for name in sorted(names))}"


def _closest(key: str, names: set[str]) -> str:
    close = get_close_matches(key, names, n=1)
    return f" did you mean `{close[0]}`?" if close else ""
