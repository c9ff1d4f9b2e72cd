"""The tensors that a program can reach before it draws: arguments, closures, globals, buffers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.observation.step import Callee, Step, unwrapped

DEEPEST = 3
"""How many containers deep tensors are looked for."""


def named_tensors(step: Step) -> Iterator[tuple[int, str]]:
    """The storage of each such tensor, with its name; views share their storage, and so their name.

    Parameters are left out: only what nobody trains is data. The names nearest to the user come
    last: arguments of the model.
    """
    for callee in (step.guide, step.model):
        if callee is not None:
            for name, value in _held(callee):
                for found, tensor in _tensors(name, value, 0):
                    if not tensor.requires_grad and tensor.layout is torch.strided:
                        yield tensor.untyped_storage().data_ptr(), found


def _held(callee: Callee) -> Iterator[tuple[str, Any]]:
    function = unwrapped(callee.function)
    owner = getattr(function, "__self__", None)
    inner = function.forward if isinstance(function, torch.nn.Module) else function
    code = getattr(inner, "__code__", None)
    scope: Mapping[str, Any] = getattr(inner, "__globals__", {})
    for name in getattr(code, "co_names", ()):
        if name in scope:
            yield name, scope[name]
    cells = getattr(inner, "__closure__", None) or ()
    for name, cell in zip(getattr(code, "co_freevars", ()), cells, strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:
            # The variable is not bound yet.
            continue
    for holder in (owner, function if isinstance(function, torch.nn.Module) else None):
        if holder is not None:
            yield from getattr(holder, "__dict__", {}).items()
        if isinstance(holder, torch.nn.Module):
            yield from holder.named_buffers()
    names = getattr(code, "co_varnames", ())[: getattr(code, "co_argcount", 0)]
    # A method's own instance is not among the arguments, whatever its name.
    offset = 1 if getattr(inner, "__self__", None) is not None else 0
    for index, value in enumerate(callee.arguments):
        at = index + offset
        yield (names[at] if at < len(names) else f"argument {index + 1}"), value
    yield from callee.keywords.items()


def _tensors(name: str, value: Any, depth: int) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name, value
    elif depth < DEEPEST and isinstance(value, (list, tuple)):
        for index, part in enumerate(value[:64]):
            yield from _tensors(f"{name}[{index}]", part, depth + 1)
    elif depth < DEEPEST and isinstance(value, dict):
        for key, part in list(value.items())[:64]:
            yield from _tensors(f"{name}[{key!r}]", part, depth + 1)
