"""Whether a model is handed data and conditions on none."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from pyrolint.dynamic.child.observation.step import Step, unwrapped
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_READS = frozenset({"LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE", "LOAD_FAST_CHECK"})


@probe("PYR405", under_samplers=False)
def unused_observations(laboratory: Laboratory) -> Iterator[Evidence]:
    """List the sites of a model that observes nothing, where some of its data is never read."""
    step = laboratory.step
    run = step.model_run
    if run is None or step.model is None or step.error is not None or step.guide_run is None:
        return
    claims = list(step.claimed("PYR405"))
    sites = [each for each in run.sites if not each.is_deterministic]
    if any(each.is_observed or each.is_factor for each in sites) or not sites:
        return
    names = ", ".join(repr(each.name) for each in sites)
    for claim in claims:
        position = Position(claim.filename, claim.rows[0], claim.cell)
        yield _evidence(f"the model's sites are {names}, all of them latent", position, claim.site)
    unread = None if claims else _unread(step)
    if unread is not None:
        last = sites[-1]
        message = (
            f"the model's sites are {names}, all of them latent, and its argument {unread!r} is"
            " never read: the guide is fitted to the prior; pass the data to a sample statement as"
            " `obs=`"
        )
        yield _evidence(message, last.position, last.name)


def _evidence(message: str, position: Position | None, site: str | None) -> Evidence:
    return Evidence("PYR405", Verdict.CONFIRMED, message, position=position, site=site)


def _unread(step: Step) -> str | None:
    """A parameter that the step fills with a tensor and that the model's code never reads."""
    assert step.model is not None
    function: Callable[..., Any] = unwrapped(step.model.function)
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    try:
        bound = inspect.signature(function).bind(*step.model.arguments, **step.model.keywords)
    except TypeError:
        return None
    read = {each.argval for each in dis.get_instructions(code) if each.opname in _READS}
    read |= {name for each in dis.get_instructions(code) for name in _names(each.argval)}
    for name, value in bound.arguments.items():
        if isinstance(value, Tensor) and value.dim() and name not in read:
            return name
    return None


def _names(argument: object) -> tuple[str, ...]:
    """The names of an instruction that loads several at once."""
    return argument if isinstance(argument, tuple) else ()
