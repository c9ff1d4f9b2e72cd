"""Leave the caller's process as it was: what a step and its repeats may change is put back."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pyro
import torch
from pyro.infer.autoguide.guides import AutoGuide
from torch import Tensor
from torch.nn.modules.module import register_module_forward_pre_hook

from pyrolint.dynamic.child.observation.step import unwrapped
from pyrolint.dynamic.child.repetition.preservation import preserved

DEEPEST = 3
"""How many containers deep modules and tensors are looked for."""


@contextmanager
def untouched(things: Iterable[Any], objective: Any = None) -> Iterator[None]:
    """Run a block that traces and differentiates; put back what that changes.

    ``things`` are programs and their arguments: what they hold and reach is kept. ``objective``
    is a loss, which may hold what it finds out about them. Gradients are None when the block
    begins, as a first step finds them.
    """
    modules, leaves = _reached(things)
    states = _States()
    for module in modules:
        states.keep(module)
    # Of modules that nobody could see from outside, the state when they are first run.
    handle = register_module_forward_pre_hook(lambda module, arguments: states.keep(module))
    with ExitStack() as stack:
        stack.callback(states.put_back)
        stack.callback(handle.remove)
        stack.enter_context(_settings())
        stack.enter_context(_attributes(objective))
        known = [*leaves, *pyro.get_param_store()._params.values()]
        stack.enter_context(preserved(known))
        for leaf in known:
            leaf.grad = None
        yield


@contextmanager
def _settings() -> Iterator[None]:
    before = pyro.settings.get()
    dtype = torch.get_default_dtype()
    with torch.set_grad_enabled(torch.is_grad_enabled()), warnings.catch_warnings():
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            pyro.settings.set(**before)


@contextmanager
def _attributes(thing: Any) -> Iterator[None]:
    namespace = getattr(thing, "__dict__", {})
    before = dict(namespace)
    try:
        yield
    finally:
        if namespace:
            namespace.clear()
            namespace.update(before)


class _States:
    """The attributes of modules, one level deep: an autoguide is set up by its first call."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[torch.nn.Module, dict[str, Any], list[tuple[Any, Any]]]] = {}
        self._gradients: dict[int, tuple[Tensor, Tensor | None]] = {}

    def keep(self, module: torch.nn.Module) -> None:
        if id(module) in self._kept:
            return
        attributes = dict(vars(module))
        containers = [
            (value, copy.copy(value))
            for value in attributes.values()
            if isinstance(value, (dict, list, set))
        ]
        self._kept[id(module)] = module, attributes, containers
        for leaf in module.parameters(recurse=False):
            self._gradients.setdefault(id(leaf), (leaf, leaf.grad))

    def put_back(self) -> None:
        for module, attributes, containers in self._kept.values():
            vars(module).clear()
            vars(module).update(attributes)
            for container, before in containers:
                container.clear()
                if isinstance(container, list):
                    container.extend(before)
                else:
                    container.update(before)
        for leaf, gradient in self._gradients.values():
            leaf.grad = gradient


def _reached(things: Iterable[Any]) -> tuple[list[torch.nn.Module], list[Tensor]]:
    """The modules and the trainable tensors that programs and arguments hold, each once."""
    modules: dict[int, torch.nn.Module] = {}
    leaves: dict[int, Tensor] = {}
    for value in things:
        for found in _held(value, 0):
            if isinstance(found, torch.nn.Module):
                for module in found.modules():
                    modules[id(module)] = module
                    for parameter in module.parameters(recurse=False):
                        leaves[id(parameter)] = parameter
            elif found.requires_grad and found.is_leaf:
                leaves[id(found)] = found
    return list(modules.values()), list(leaves.values())


def _held(value: Any, depth: int) -> Iterator[torch.nn.Module | Tensor]:
    if depth > DEEPEST:
        return
    if isinstance(value, AutoGuide):
        # It hides its model from `modules()`.
        yield from _held(value.model, depth + 1)
    if isinstance(value, (torch.nn.Module, Tensor)):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            yield from _held(part, depth + 1)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _held(part, depth + 1)
    elif callable(value):
        function = unwrapped(value)
        if isinstance(function, torch.nn.Module):
            yield function
        for part in _enclosed(function):
            yield from _held(part, depth + 1)


def _enclosed(function: Any) -> Iterator[Any]:
    """What a function is bound to, closes over and names of its module's globals."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, torch.nn.Module):
        yield owner
    elif owner is not None:
        yield dict(getattr(owner, "__dict__", {}))
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:
            # The variable is not bound yet.
            continue
    scope = getattr(function, "__globals__", {})
    for name in getattr(getattr(function, "__code__", None), "co_names", ()):
        if name in scope:
            yield scope[name]
    if not hasattr(function, "__code__"):
        # An instance that can be called, or an effect handler around another function.
        yield dict(getattr(function, "__dict__", {}))
