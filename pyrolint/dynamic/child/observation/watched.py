"""A step while it runs, and which of the functions traced in it are its guide and its model."""

from __future__ import annotations

import functools
import time
from typing import Any

from pyro.poutine.messenger import Messenger
from pyro.poutine.replay_messenger import ReplayMessenger

from pyrolint.dynamic.child.observation.positions import calling_position
from pyrolint.dynamic.child.observation.recorders import Traced
from pyrolint.dynamic.child.observation.step import Callee, Execution, execution


class Watched:
    """A step while it runs: what its inference is, and the functions that were traced in it."""

    def __init__(
        self,
        inference: str,
        model: Callee | None = None,
        guide: Callee | None = None,
        *,
        objective: Any = None,
        optimizer: Any = None,
    ) -> None:
        self.inference = inference
        self.model = model
        self.guide = guide
        self.objective = objective
        self.optimizer = optimizer
        self.traced: list[Traced] = []
        self.position = calling_position()
        self.started = time.perf_counter()

    def runs(self) -> tuple[Execution | None, Execution | None]:
        """The first runs of guide and model; the model's is the one replayed against the guide."""
        guide, model = self._first()
        if model is None and self._has_no_guide:
            guide, model = None, guide
        if self.model is not None and self.guide is None:
            # Particles and the like stand where a guide would, and are none of the user's.
            guide = None
        return _execution("guide", guide), _execution("model", model)

    def _first(self) -> tuple[Traced | None, Traced | None]:
        """Of the outermost functions the first replayed one, and the one that ran before it."""
        outermost = min((each.nesting for each in self.traced), default=0)
        before: Traced | None = None
        for each in self.traced:
            if each.nesting == outermost and each.trace is not None:
                if replayed(each.handler.fn) is not None:
                    return before, each
                before = before if self._has_no_guide and before is not None else each
        return before, None

    @property
    def _has_no_guide(self) -> bool:
        return self.guide is None and (self.model is not None or len(self.traced) == 1)

    def callees(self) -> tuple[Callee | None, Callee | None]:
        """Model and guide as they can be called again; None where the step does not tell."""
        if self.model is not None:
            return self.model, self.guide
        guide, model = self._first()
        if model is None:
            return _callee(guide), None
        inner = replayed(model.handler.fn)
        return Callee(inner, model.arguments, model.keywords), _callee(guide)


def _callee(traced: Traced | None) -> Callee | None:
    return None if traced is None else Callee(traced.handler.fn, traced.arguments, traced.keywords)


def replayed(function: Any) -> Any:
    """The function below a replay handler, wherever among the handlers that stands; else None."""
    chain: list[Any] = []
    current = function
    while True:
        if type(current).__name__ == "_bound_partial":
            current = current.func
        elif isinstance(current, functools.partial) and len(current.args) >= 2:
            messenger, inner = current.args[:2]
            if isinstance(messenger, ReplayMessenger):
                for outer in reversed(chain):
                    inner = outer(inner)
                return inner
            if isinstance(messenger, Messenger):
                chain.append(messenger)
            current = inner
        else:
            return None


def _execution(role: str, traced: Traced | None) -> Execution | None:
    return None if traced is None else execution(role, traced.trace)
