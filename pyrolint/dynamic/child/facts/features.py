"""Data that is multiplied with what is learnt: where, under which names, in which columns."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.ranges import range_of
from pyrolint.dynamic.child.observation.step import Execution, Site
from pyrolint.dynamic.child.repetition.laboratory import Run
from pyrolint.dynamic.child.repetition.operations import Operation, is_floating, operands

_MATRIX = frozenset("matmul rmatmul imatmul mm mv bmm".split())
"""Products that sum over the last dimension of the left operand and the one before of the right."""


def products(run: Run) -> Iterator[tuple[Site, Operation]]:
    """The products behind each site's distribution, each once."""
    assert run.operations is not None
    seen: set[int] = set()
    for execution in run.executions:
        for site in execution.sites:
            waiting = [
                run.operations.of(argument)
                for construction in site.constructions
                for argument in construction.arguments.values()
                if isinstance(argument, Tensor)
            ]
            while waiting:
                operation = waiting.pop()
                if id(operation) in seen:
                    continue
                seen.add(id(operation))
                if operation.is_product:
                    yield site, operation
                waiting += operands(operation)


def data_of(product: Operation) -> Iterator[tuple[Operation, bool]]:
    """The operands of a product that are data, where another is a weight; whether it stands left.

    A weight is learnt and may have either sign. What is positive by construction is a rate or a
    scale: the data beside it are exposures or times, which mean nothing once they are centred.
    """
    listed = list(operands(product))
    if not any(each.value.requires_grad and _has_both_signs(each) for each in listed):
        return
    for index, each in enumerate(listed):
        if not each.value.requires_grad and is_floating(each.value) and each.value.numel() > 1:
            yield each, index == 0


def _has_both_signs(learnt: Operation) -> bool:
    lower, upper = range_of(learnt)
    return lower < 0.0 < upper


def lengths_of(model: Execution | None) -> set[int]:
    """The sizes of observed values along each of their dimensions."""
    if model is None:
        return set()
    values = [site.value for site in model.observed if isinstance(site.value, Tensor)]
    return {size for value in values for size in value.shape if size > 1}


def name_of(data: Operation, known: dict[int, str]) -> str:
    """The names of the arrays that data is made of; empty where the program made it on its own."""
    waiting, seen = [data], set()
    found: dict[str, None] = {}
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen or current.source is not None:
            continue
        seen.add(id(current))
        name = known.get(_place(current.value))
        if name is None:
            waiting += operands(current)
        else:
            found[name] = None
    return ", ".join(found)


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def columns_of(product: Operation, value: Tensor, *, is_left: bool) -> list[tuple[float, float]]:
    """Mean and standard deviation of each column of what is multiplied."""
    value = value.detach().double()
    name = (product.function or "").strip("_")
    if value.dim() < 2:
        columns = value.reshape(-1, 1)
    elif name in _MATRIX and not (is_left ^ (name == "rmatmul")):
        columns = value.transpose(-1, -2).reshape(-1, value.shape[-2])
    elif name == "linear" or name in _MATRIX:
        columns = value.reshape(-1, value.shape[-1])
    elif value.dim() == 2 and 1 not in value.shape:
        columns = value
    else:
        # Which dimension an element-wise product or a convolution counts columns along is not told.
        columns = value.reshape(-1, 1)
    if not bool(columns.isfinite().all()) or len(columns) < 2:
        return []
    plain = ((columns == 0) | (columns == 1)).all(0)
    kept = columns[:, ~plain]
    deviations, means = torch.std_mean(kept, dim=0, correction=0)
    return list(zip(means.tolist(), deviations.tolist(), strict=True))
