"""Whether a family's shapes are what its arguments broadcast to, as measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch.distributions import Distribution

from pyrolint.semantics.library.extents import extent_of
from pyrolint.semantics.library.knowledge import Family

from .samples import Arguments, build

_LEADING = ((2,), (5, 1), (5, 2))


def broadcasts(family: type[Distribution], facts: Family, variants: list[Arguments]) -> bool:
    """Whether batch and event shape follow from the arguments' shapes in every case tried."""
    tried = 0
    for arguments in _batched(facts, variants):
        distribution = build(family, arguments)
        if distribution is None:
            continue
        tried += 1
        shapes = {name: _shape(value) for name, value in arguments.items()}
        batch, event = extent_of(facts, shapes)
        if batch != tuple(distribution.batch_shape) or event is None:
            return False
        actual = tuple(distribution.event_shape)
        if len(event) != len(actual):
            return False
        if any(size not in (None, own) for size, own in zip(event, actual, strict=True)):
            return False
    return tried > len(variants)


def _shape(value: Any) -> tuple[int, ...] | None:
    return tuple(value.shape) if isinstance(value, torch.Tensor) else ()


def _batched(facts: Family, variants: list[Arguments]) -> Iterator[Arguments]:
    """The argument sets as they are, and with one argument or two in a batch."""
    for arguments in variants:
        yield arguments
        names = [
            each.name
            for each in facts.arguments
            if each.constraint is not None and isinstance(arguments.get(each.name), torch.Tensor)
        ]
        for index, name in enumerate(names):
            for leading in _LEADING:
                yield {**arguments, name: _expanded(arguments[name], leading)}
            if index:
                first = names[index - 1]
                yield {
                    **arguments,
                    first: _expanded(arguments[first], (5, 1)),
                    name: _expanded(arguments[name], (2,)),
                }


def _expanded(value: torch.Tensor, leading: tuple[int, ...]) -> torch.Tensor:
    return value.expand(*leading, *value.shape).contiguous()
