"""Whether an SVI refused its optimizer or its loss, or an optimizer cannot be made."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from pyro.infer.elbo import ELBO
from pyro.optim import PyroOptim
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from pyrolint.dynamic.child.errors.raised import first_line, places, raised_by
from pyrolint.dynamic.child.observation.positions import raising_position
from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_MAKERS = ("pyro.optim.optim", "pyro.optim.pytorch_optimizers")
_MAKING = ("pyro.optim.optim.__init__", "pyro.optim.lr_scheduler.__init__")


@probe("PYR304", "PYR314", "PYR315")
def refused_parts(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the error that an SVI or an optimizer ended in, or what will end so after the step."""
    step = laboratory.step
    loss = step.objective
    if isinstance(loss, type) and issubclass(loss, ELBO):
        yield _evidence(
            "PYR314",
            f"the loss is the class `{loss.__name__}`, and no object of it: what it answers has no "
            f"`item`, and the step raises AttributeError; write `{loss.__name__}()`",
            step.position,
        )
    elif step.error is not None:
        yield from _refused(step.error)
        yield from _claimed(step, step.error)
    elif isinstance(step.optimizer, PyroOptim):
        yield from _unmakable(step)


def _refused(error: Exception) -> Iterator[Evidence]:
    """What the function says that raised the error, if it is one that was handed the fault."""
    line = raising_position(error)
    if raised_by(error, *_MAKING) is not None:
        yield _evidence(
            "PYR315",
            f"the optimizer was not made, and raised {first_line(error)}; its options are one dict",
            line,
        )
    optimizer = (raised_by(error, "pyro.infer.svi.__init__") or {}).get("optim")
    kind = optimizer if isinstance(optimizer, type) else type(optimizer)
    if issubclass(kind, (Optimizer, LRScheduler)):
        yield _evidence(
            "PYR304",
            f"`SVI` raised a ValueError: it got `{kind.__module__}.{kind.__qualname__}`, and takes "
            "optimizers of `pyro.optim` only",
            line,
        )
    elif optimizer is not None and _is_of_pyro(optimizer):
        yield _evidence(
            "PYR315",
            f"`SVI` raised a ValueError: it got the function `{optimizer.__name__}`, and no "
            "optimizer; call it with a dict of options",
            line,
        )


def _claimed(step: Step, error: Exception) -> Iterator[Evidence]:
    """A call that was refused before it began leaves nothing but its line."""
    line, place = raising_position(error), next(places(error), None)
    if line is None or place is None or not place.is_users or not isinstance(error, TypeError):
        return
    for claim in step.claimed("PYR315"):
        is_there = (line.filename, line.cell) == (claim.filename, claim.cell)
        if is_there and claim.rows[0] <= line.row <= claim.rows[1]:
            yield _evidence("PYR315", f"the call raised {first_line(error)}", line)
            return


def _unmakable(step: Step) -> Iterator[Evidence]:
    """An optimizer that is asked for what its class does not know, as soon as it steps."""
    optimizer = step.optimizer
    position = making_position(optimizer) or step.position
    constructor = optimizer.pt_optim_constructor
    if _is_of_pyro(constructor) or not callable(constructor):
        what = getattr(constructor, "__name__", type(constructor).__name__)
        yield _evidence(
            "PYR315",
            f"the optimizer of each parameter is to be made by `{what}`, which is no class of "
            "torch's; give the class",
            position,
        )
        return
    parts: list[tuple[Any, Any]] = [(constructor, optimizer.pt_optim_args)]
    if hasattr(optimizer, "pt_scheduler_constructor"):
        parts.append((optimizer.pt_scheduler_constructor, optimizer.kwargs))
    for maker, options in parts:
        unknown = _unknown(maker, options)
        if unknown:
            yield _evidence(
                "PYR315",
                f"`{maker.__name__}` has no option `{unknown[0]}`: the first step raises a "
                "TypeError",
                position,
            )


def _unknown(maker: Any, options: Any) -> list[str]:
    """The options that a class does not take, as far as that can be told."""
    if not isinstance(options, Mapping) or not isinstance(maker, type):
        return []
    parameters = inspect.signature(maker).parameters
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters.values()):
        return []
    return [name for name in options if name not in parameters]


def _is_of_pyro(value: Any) -> bool:
    """Whether it is a function that makes one of Pyro's optimizers."""
    return inspect.isroutine(value) and value.__module__ in _MAKERS


def _evidence(code: str, message: str, position: Position | None) -> Evidence:
    return Evidence(code, Verdict.CONFIRMED, message, position=position)
