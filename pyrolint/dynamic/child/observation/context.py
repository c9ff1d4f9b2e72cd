"""What the program had switched on, warned of and loaded by the time its step began."""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pyro
import torch
from pyro.infer.util import is_validation_enabled
from pyro.poutine.util import is_validation_enabled as is_poutine_validated

from pyrolint.dynamic.child.observation.positions import (
    calling_position,
    deliberate_position,
    is_users,
)
from pyrolint.dynamic.child.observation.step import Settings, Step
from pyrolint.dynamic.messages import Claim, Position

MOST_WARNINGS = 100
"""How many warnings are kept: a loop may give one a turn."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that Pyro or torch gave, shown or not.

    ``place`` is the function that gave it, as ``pyro.util.check_model_guide_match``: texts change,
    places seldom do. ``position`` is the user's line behind it.
    """

    category: type[Warning]
    text: str
    place: str
    position: Position | None


class Context:
    """Collects them. ``claims`` are the static findings that the step is to be measured for."""

    def __init__(self, claims: tuple[Claim, ...] = ()) -> None:
        self.after_failed_cell = False
        self.made_up_arguments = False
        self._claims = claims
        self._warned: list[Warned] = []
        self._loaders: list[tuple[int, int]] = []
        self._settings: Settings | None = None
        self._compiler_switched = False
        self._disabled_at: Position | None = None
        self._hidden_at: Position | None = None

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect until the end of the block."""
        with ExitStack() as stack:
            loader = torch.utils.data.DataLoader
            for owner, name, wrap in (
                (warnings, "warn", self._warning),
                (loader, "__iter__", self._loading),
                (warnings, "filterwarnings", self._filtering),
                (warnings, "simplefilter", self._filtering),
                *((place, "enable_validation", self._switching) for place in _switches()),
                (torch.distributions.Distribution, "set_default_validate_args", self._switching),
                (pyro.settings, "set", self._setting),
            ):
                original = getattr(owner, name)
                before = vars(owner)[name]
                wrapped: Any = functools.wraps(original)(wrap(original))
                if isinstance(before, staticmethod):
                    wrapped = staticmethod(wrapped)
                setattr(owner, name, wrapped)
                stack.callback(setattr, owner, name, before)
            yield

    def begin_step(self) -> None:
        """Read the settings as the program left them."""
        self._settings = Settings(
            bool(torch.distributions.Distribution._validate_args) or self._compiler_switched,
            is_validation_enabled(),
            is_poutine_validated(),
            _hides_warnings(),
            disabled_at=self._disabled_at,
            hidden_at=self._hidden_at,
        )

    def settings(self) -> Settings:
        """The settings when the last step began."""
        if self._settings is None:
            self.begin_step()
        assert self._settings is not None
        return self._settings

    def complete(self, step: Step) -> None:
        """Let a step know what was collected."""
        step.claims = self._claims
        step.warned = tuple(self._warned)
        step.loaders = tuple(self._loaders)
        step.after_failed_cell = self.after_failed_cell
        step.made_up_arguments = self.made_up_arguments

    def _warning(self, original: Any) -> Any:
        def warn(
            message: Any, category: Any = None, stacklevel: int = 1, *args: Any, **kwargs: Any
        ) -> Any:
            place = _library_place()
            if place is not None and len(self._warned) < MOST_WARNINGS:
                if isinstance(message, Warning):
                    kind: Any = type(message)
                else:
                    kind = category or UserWarning
                self._warned.append(Warned(kind, str(message), place, calling_position()))
            # The wrapper is a frame of its own between the caller and the one that is blamed.
            return original(message, category, stacklevel + 1, *args, **kwargs)

        return warn

    def _filtering(self, original: Any) -> Any:
        def filter_(action: Any, *args: Any, **kwargs: Any) -> None:
            were_hidden = _hides_warnings()
            original(action, *args, **kwargs)
            # A library that filters while it is imported does so by its own decision.
            if not were_hidden and is_users(sys._getframe(1).f_code.co_filename):
                self._hidden_at = calling_position() if _hides_warnings() else None

        return filter_

    def _switching(self, original: Any) -> Any:
        def switch(*args: Any, **kwargs: Any) -> Any:
            module = str(sys._getframe(1).f_globals.get("__name__"))
            was_on = bool(torch.distributions.Distribution._validate_args)
            # `torch.compile` switches it off for everybody, which is no decision of the program's.
            self._compiler_switched = module.startswith("torch._dynamo") and was_on
            if self._compiler_switched:
                return original(*args, **kwargs)
            if any(value is False for value in (*args, *kwargs.values())):
                self._disabled_at = deliberate_position() or self._disabled_at
            return original(*args, **kwargs)

        return switch

    def _setting(self, original: Any) -> Any:
        def set_(**kwargs: Any) -> Any:
            if any(name.startswith("validate_") and not kwargs[name] for name in kwargs):
                self._disabled_at = deliberate_position() or self._disabled_at
            return original(**kwargs)

        return set_

    def _loading(self, original: Any) -> Any:
        def iterate(loader: Any) -> Any:
            try:
                size = len(loader.dataset)
            except (TypeError, NotImplementedError):
                # A dataset that is only iterated has no length.
                return original(loader)
            if loader.batch_size:
                self._loaders.append((size, int(loader.batch_size)))
            return original(loader)

        return iterate


def _switches() -> tuple[Any, ...]:
    """The modules that users switch validation off by."""
    return pyro, pyro.primitives, pyro.infer, pyro.distributions, pyro.poutine


def _library_place() -> str | None:
    """The function of Pyro that warns; None where somebody else does."""
    frame = sys._getframe(2)
    module = frame.f_globals.get("__name__", "")
    if not isinstance(module, str) or module.split(".")[0] != "pyro":
        return None
    return f"{module}.{frame.f_code.co_name}"


def _hides_warnings() -> bool:
    """Whether the first filter that every UserWarning meets lets none through."""
    for action, message, category, module, line in warnings.filters:
        if message is None and module is None and not line and issubclass(UserWarning, category):
            return action == "ignore"
    return False
