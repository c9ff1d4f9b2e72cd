"""A step while it runs, and which of the functions traced in it are its guide and its model."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from typing import Any

from pyro import poutine
from pyro.poutine.guide import GuideMessenger
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
        self.loss: float | None = None
        self.leaves: frozenset[int] = frozenset()
        self.position = calling_position()
        self.started = time.perf_counter()

    def runs(self) -> tuple[Execution | None, Execution | None]:
        """The first runs of guide and model; the model's is the one replayed against the guide."""
        effects = guide_by_effects(self.guide)
        if effects is not None:
            # It runs the model once, under itself.
            model_trace, guide_trace = effects.get_traces()
            return execution("guide", guide_trace), execution("model", model_trace)
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
        is_known = self.model is not None or self.inference == "MCMC"
        return self.guide is None and (is_known or len(self.traced) == 1)

    def values(self) -> Iterator[Any]:
        """The parameters, draws and log-densities of what was traced."""
        for each in self.traced:
            for node in each.trace.nodes.values():
                yield from (node.get(name) for name in ("value", "log_prob", "unscaled_log_prob"))

    def callees(self) -> tuple[Callee | None, Callee | None]:
        """Model and guide as they can be called again; None where the step does not tell."""
        if self.model is not None:
            return self.model, self.guide
        guide, model = self._first()
        if model is None:
            return _callee(guide), None
        inner = replayed(model.handler.fn)
        return Callee(inner, model.arguments, model.keywords), _callee(guide)


def guide_by_effects(guide: Callee | None) -> Any:
    """The guide that runs the model under itself and keeps both traces; None for all others."""
    messenger = poutine.unwrap(guide.function) if guide is not None else None
    return messenger if isinstance(messenger, GuideMessenger) else None


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
