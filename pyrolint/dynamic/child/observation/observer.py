"""A step as it happens: what runs in it is kept, and when it is over it is told of.

A loss that is only evaluated is kept as a candidate, in case nothing better comes; where something
is differentiated outside any step, the loss behind it is looked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.graphs import leaves_behind
from pyrolint.dynamic.child.observation.recorders import Recorders, Traced
from pyrolint.dynamic.child.observation.step import Execution, Step
from pyrolint.dynamic.child.observation.watched import Watched, replayed

KEPT = 8
"""How many of the functions traced outside any step are kept."""


class Observer:
    """Tells ``reached`` of the step, and ``failed`` of an error in reading it.

    ``candidate`` is the last loss that was only evaluated.
    """

    def __init__(
        self,
        context: Context,
        recorders: Recorders,
        reached: Callable[[Step], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self._context = context
        self._recorders = recorders
        self._reached = reached
        self._failed = failed
        self._watched: Watched | None = None
        self._loose: list[Traced] = []
        self._differentiable: Watched | None = None
        self.candidate: Step | None = None

    def hear(self, traced: Traced) -> None:
        """Take note of a function that was traced."""
        if self._watched is not None:
            self._watched.traced.append(traced)
        elif traced.nesting == 0:
            # A loop written by hand traces the guide, then the model; a few more are kept for
            # what it may trace between.
            self._loose = [*self._loose[1 - KEPT :], traced]

    @property
    def is_busy(self) -> bool:
        """Whether a step runs already, or is repeated: what is within it is run as it is."""
        return self._watched is not None or self._recorders.is_unheard

    def run(self, watched: Watched, compute: Callable[[], Any], *, is_final: bool) -> Any:
        """Run what a step computes, and tell of it; a step within a step is part of the outer."""
        if self.is_busy:
            return compute()
        self._context.begin_step()
        self._watched = watched
        watched.started = _now()
        error: Exception | None = None
        result: Any = None
        try:
            result = compute()
        # Whatever a step raises is evidence, and is raised again.
        except Exception as raised:  # noqa: BLE001
            error = raised
        finally:
            self._watched = None
        # A program may well expect that a loss which it only evaluates fails, and go on.
        self._tell(watched, _number(result), error, is_final=is_final)
        if error is not None:
            raise error
        return result

    def run_differentiable(self, watched: Watched, compute: Callable[[], Any]) -> Any:
        """As ``run``, of a loss that the program may differentiate later."""
        loss = self.run(watched, compute, is_final=False)
        if not self.is_busy:
            watched.loss = _number(loss)
            watched.leaves = leaves_behind(loss)
            if watched.leaves:
                self._differentiable = watched
        return loss

    def differentiated(self, losses: Any) -> None:
        """Something was differentiated outside any step: perhaps a loss written by hand."""
        watched = self._differentiable
        if watched is None:
            watched = Watched("loop")
            watched.traced = list(self._loose)
            model, _ = watched.callees()
            if model is None or not any(replayed(each.handler.fn) for each in self._loose):
                return
            watched.leaves = leaves_behind(*watched.values())
        if watched.leaves.isdisjoint(leaves_behind(losses)):
            # Something else is trained before, such as a network that the model needs.
            return
        self._tell(watched, watched.loss, None, is_final=True)

    def _tell(
        self, watched: Watched, loss: float | None, error: Exception | None, *, is_final: bool
    ) -> None:
        try:
            step = self._step(watched, loss, error)
        # What is read is the user's objects, and what goes wrong then is no error of the program's.
        except Exception as fault:
            if self._failed is None:
                raise
            self._failed(fault)
            return
        if is_final:
            # Whatever the analysis runs and differentiates is no step of the program's.
            with self._recorders.unheard():
                self._reached(step)
        else:
            self.candidate = step

    def _step(self, watched: Watched, loss: float | None, error: Exception | None) -> Step:
        guide_run, model_run = watched.runs()
        model, guide = watched.callees()
        step = Step(
            watched.inference,
            model,
            guide,
            model_run,
            guide_run,
            self._context.settings(),
            objective=watched.objective,
            optimizer=watched.optimizer,
            loss=loss,
            error=error,
            gradients=_gradients(guide_run, model_run),
            failed=tuple(self._recorders.failed),
            position=watched.position,
            seconds=_now() - watched.started,
        )
        step.has_gradients = any(each is not None for each in step.gradients.values())
        self._context.complete(step)
        return step


def _gradients(*runs: Execution | None) -> Mapping[str, Any]:
    """The gradients of the parameters by name, as the step left them."""
    return {
        parameter.name: parameter.leaf.grad
        for run in runs
        if run is not None
        for parameter in run.parameters
    }


def _number(result: Any) -> float | None:
    first = result[0] if isinstance(result, (tuple, list)) and result else result
    if isinstance(first, torch.Tensor) and first.numel() == 1:
        return float(first.detach())
    return float(first) if isinstance(first, (int, float)) else None


def _now() -> float:
    """The time when all is done that was asked of the device, in seconds."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return time.perf_counter()
