"""Passive records of what user code does: distributions made, sites reached, functions traced.

The records hang on the objects themselves: a distribution carries the call that made it, a trace's
node the user's line. Nothing that user code computes is changed, and what it pickles or copies
holds none of them.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from pyro.distributions.distribution import DistributionMeta
from pyro.infer import SVI
from pyro.infer.autoguide.guides import AutoGuide
from pyro.infer.elbo import ELBO
from pyro.optim.optim import PyroOptim
from pyro.poutine.trace_messenger import TraceHandler, TraceMessenger

from pyrolint.dynamic.child.observation.positions import calling_position
from pyrolint.dynamic.messages import Position

POSITION = "_pyrolint_position"
"""The key of a trace's node that holds the user's line."""

_PLACE = "_pyrolint_place"
_SOURCE = "_pyrolint_source"
_CONSTRUCTION = "_pyrolint_construction"

MOST_FAILED = 100
"""How many of the distribution calls that failed are kept: the last ones."""


class _Mark:
    """What hangs on a user's object; copies share it, and pickles hold None in its place."""

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(None), ()


@dataclass(slots=True)
class _Place(_Mark):
    """The user's line that made an autoguide, an objective or an optimizer."""

    position: Position | None


@dataclass(slots=True)
class _Source(_Mark):
    """What a distribution was expanded from."""

    distribution: Any


@dataclass(slots=True)
class Construction(_Mark):
    """One call of a distribution's class, with its arguments as they were given.

    Broadcasting happens after it, so that each argument still is the tensor that user code made.
    """

    family: type
    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    position: Position | None
    error: Exception | None = None
    _bound: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments by parameter name; what does not fit the signature is left out."""
        if self._bound is None:
            try:
                signature = self.family.__signature__  # type: ignore[attr-defined]
                self._bound = dict(signature.bind(*self.positional, **self.keywords).arguments)
            except TypeError:
                self._bound = dict(self.keywords)
        return self._bound


@dataclass(slots=True)
class Traced:
    """One call of ``poutine.trace(function).get_trace``; ``nesting`` counts those around it."""

    handler: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    trace: Any
    nesting: int
    position: Position | None
    error: Exception | None = None


class Recorders:
    """What is recorded while ``recording`` holds; ``listener`` hears of every traced function."""

    def __init__(self) -> None:
        self.failed: deque[Construction] = deque(maxlen=MOST_FAILED)
        self.listener: Callable[[Traced], None] | None = None
        self._nesting = 0

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record until the end of the block; a process that runs one program never ends it."""
        patches = [
            (DistributionMeta, "__call__", self._constructing),
            (torch.distributions.Distribution, "_get_checked_instance", self._copying),
            (TraceMessenger, "_pyro_post_sample", self._positioning),
            (TraceMessenger, "_pyro_post_param", self._positioning),
            (TraceHandler, "__call__", self._tracing),
            (AutoGuide, "__init__", self._placing),
            (ELBO, "__init__", self._placing),
            (PyroOptim, "__init__", self._placing),
            (SVI, "__init__", self._placing),
            (torch.nn.Module, "register_parameter", self._declaring),
        ]
        originals = [(owner, name, owner.__dict__[name]) for owner, name, _ in patches]
        for (owner, name, wrap), (_, _, original) in zip(patches, originals, strict=True):
            setattr(owner, name, wrap(original))
        try:
            yield
        finally:
            for owner, name, original in originals:
                setattr(owner, name, original)

    @property
    def is_unheard(self) -> bool:
        """Whether nobody listens: nothing is watched, or the step is being repeated."""
        return self.listener is None

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Tell the listener of nothing for a block."""
        listener, self.listener = self.listener, None
        try:
            yield
        finally:
            self.listener = listener

    def _constructing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(cls: type, *args: Any, **kwargs: Any) -> Any:
            construction = Construction(cls, args, kwargs, calling_position())
            try:
                made = original(cls, *args, **kwargs)
            except Exception as error:
                construction.error = error
                self.failed.append(construction)
                raise
            # A coercion may return what was made before, or what cannot hold attributes.
            namespace = getattr(made, "__dict__", None)
            if namespace is not None:
                namespace.setdefault(_CONSTRUCTION, construction)
            return made

        return call

    def _copying(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def copy(self_: Any, cls: type, _instance: Any = None) -> Any:
            made = original(self_, cls, _instance)
            made.__dict__[_SOURCE] = _Source(self_)
            return made

        return copy

    def _positioning(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def post(messenger: Any, message: Any) -> None:
            original(messenger, message)
            node = messenger.trace.nodes.get(message["name"])
            if node is not None:
                node[POSITION] = calling_position()
                if message["type"] == "param":
                    # Later statements only read what the first one declared.
                    _place(leaf_of(message["value"]), node[POSITION])

        return post

    def _placing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def init(made: Any, *args: Any, **kwargs: Any) -> None:
            original(made, *args, **kwargs)
            object.__setattr__(made, _PLACE, _Place(calling_position()))

        return init

    def _declaring(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def register_parameter(module: Any, name: str, param: Any) -> None:
            original(module, name, param)
            _place(param, calling_position())

        return register_parameter

    def _tracing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(handler: Any, *args: Any, **kwargs: Any) -> Any:
            traced = Traced(handler, args, kwargs, None, self._nesting, calling_position())
            self._nesting += 1
            try:
                return original(handler, *args, **kwargs)
            except Exception as error:
                traced.error = error
                raise
            finally:
                self._nesting -= 1
                traced.trace = handler.msngr.trace
                if self.listener is not None:
                    self.listener(traced)

        return call


def leaf_of(value: Any) -> torch.Tensor | None:
    """The unconstrained tensor behind a parameter's value."""
    unconstrained = getattr(value, "unconstrained", None)
    leaf = unconstrained() if unconstrained is not None else None
    return leaf if isinstance(leaf, torch.Tensor) else None


def _place(made: Any, position: Position | None) -> None:
    """Hang the line on what it made, unless an earlier one hangs there."""
    if made is not None and not hasattr(made, _PLACE):
        setattr(made, _PLACE, _Place(position))


def making_position(made: Any) -> Position | None:
    """The user's line that made an autoguide, objective, optimizer, SVI or module's parameter."""
    place = getattr(made, _PLACE, None)
    return place.position if isinstance(place, _Place) else None


def source_of(distribution: Any) -> Any:
    """What a distribution was expanded from; None where it was not."""
    source = getattr(distribution, "__dict__", {}).get(_SOURCE)
    return source.distribution if isinstance(source, _Source) else None


def construction_of(distribution: Any) -> Construction | None:
    """The call that made a distribution, or made what it is an expanded copy of."""
    for _ in range(16):
        construction = getattr(distribution, "__dict__", {}).get(_CONSTRUCTION)
        if isinstance(construction, Construction):
            return construction
        distribution = source_of(distribution)
        if distribution is None:
            break
    return None


def constructions_of(distribution: Any) -> Iterator[Construction]:
    """All calls that made a distribution: its own, then those of what it is built from."""
    waiting, seen = [distribution], set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        construction = construction_of(current)
        if construction is not None:
            yield construction
            waiting += [
                argument
                for argument in construction.arguments.values()
                if isinstance(argument, torch.distributions.Distribution)
            ]
        base = getattr(current, "base_dist", None)
        if base is not None:
            waiting.append(base)
