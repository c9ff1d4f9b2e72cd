"""Whether data goes into a product with what is learnt at a scale far from one."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from pyrolint.dynamic.child.holders import named_tensors
from pyrolint.dynamic.child.laboratory import Laboratory, Run
from pyrolint.dynamic.child.operations import Operation, is_floating, operands
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.step import Execution, Site
from pyrolint.dynamic.messages import Evidence, Verdict

LARGE = 100.0
"""The mean or deviation from which a column is raw, and how far apart deviations may lie."""

PLAIN = 10.0
"""Up to which a column is about one."""

_MATRIX = frozenset("matmul rmatmul imatmul mm mv bmm".split())
"""Products that sum over the last dimension of the left operand and the one before of the right."""


@probe("PYR401", needs_data=True)
def raw_features(laboratory: Laboratory) -> Iterator[Evidence]:
    """Follow each distribution's arguments back to products of data and what is learnt."""
    if not laboratory.can_repeat:
        return
    run = laboratory.recorded
    if run.operations is None:
        return
    known = dict(named_tensors(laboratory.step))
    lengths = _lengths(laboratory.step.model_run)
    is_claimed = any(True for _ in laboratory.step.claimed("PYR401"))
    judged: set[tuple[str, int]] = set()
    for site, product in _products(run):
        for data, is_left in _data_of(product):
            name = _name(data, known)
            if not name or (name, id(product)) in judged:
                continue
            judged.add((name, id(product)))
            columns = _columns(product, data.value, is_left=is_left)
            # Features are told of each observation; other constants are the model's own.
            if not columns or lengths.isdisjoint(data.value.shape):
                continue
            laboratory.notes.columns.setdefault(name, columns)
            found = _judged(site, product, name, columns, is_claimed=is_claimed)
            if found is not None:
                yield found


def _judged(
    site: Site,
    product: Operation,
    name: str,
    columns: list[tuple[float, float]],
    *,
    is_claimed: bool,
) -> Evidence | None:
    mean = max((abs(m) for m, _ in columns), default=0.0)
    wide = max((s for _, s in columns), default=0.0)
    # A column of ones is an intercept; those of zeros and ones say what something is.
    spread = [s for _, s in columns if s > 0.0]
    apart = max(spread) / min(spread) if spread else 1.0
    figures = {"mean": figure(mean), "deviation": figure(wide), "apart": figure(apart)}
    words = (
        f"the columns of `{name}` that are multiplied here have means up to {worded(mean)} and "
        f"standard deviations up to {worded(wide)}"
    )
    related = tuple(p for p in (site.position,) if p is not None)
    position = product.position or site.position
    if mean > LARGE or wide > LARGE or apart > LARGE:
        message = (
            f"{words}, a factor of {worded(apart)} apart: gradients may explode or vanish; "
            "standardise them: `(x - x.mean(0)) / x.std(0)`"
        )
        verdict = Verdict.CONFIRMED
    elif is_claimed and mean < PLAIN and wide < PLAIN and apart < PLAIN:
        message = f"{words}: they are of order one as they reach the product, which draws nothing"
        verdict = Verdict.REFUTED
    else:
        return None
    return Evidence(
        "PYR401",
        verdict,
        message,
        position=position,
        site=site.name,
        related=related,
        figures=figures,
    )


def _products(run: Run) -> Iterator[tuple[Site, Operation]]:
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


def _data_of(product: Operation) -> Iterator[tuple[Operation, bool]]:
    """The operands of a product that are data, where another is learnt; whether it stands left."""
    listed = list(operands(product))
    if not any(each.value.requires_grad for each in listed):
        return
    for index, each in enumerate(listed):
        if not each.value.requires_grad and is_floating(each.value) and each.value.numel() > 1:
            yield each, index == 0


def _lengths(model: Execution | None) -> set[int]:
    """The sizes of observed values along each of their dimensions."""
    if model is None:
        return set()
    values = [site.value for site in model.observed if isinstance(site.value, Tensor)]
    return {size for value in values for size in value.shape if size > 1}


def _name(data: Operation, known: dict[int, str]) -> str:
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


def _columns(product: Operation, value: Tensor, *, is_left: bool) -> list[tuple[float, float]]:
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
