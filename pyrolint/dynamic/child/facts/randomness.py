"""Draws that Pyro does not see, as a recorded run shows them behind a tensor."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from pyrolint.dynamic.child.repetition.operations import (
    DRAWING,
    Operation,
    SourceKind,
    operands,
)

_ADDING = frozenset("add radd iadd __add__ __radd__ __iadd__ sub rsub __sub__ __rsub__".split())
_MULTIPLYING = frozenset("mul rmul __mul__ __rmul__ multiply".split())


def untraced_draws(operation: Operation) -> Iterator[Operation]:
    """The draws that the user's own code asked for, behind a tensor and no site's own.

    Data that noise is added to, or that is masked at random, is data still.
    """
    waiting = [operation]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.source is not None and current.source.kind in _CLOSED:
            continue
        if current.function in DRAWING:
            if current.position is not None:
                yield current
            continue
        made_of = list(operands(current))
        if not _augments(current, made_of):
            waiting += made_of


_CLOSED = (SourceKind.PARAMETER, SourceKind.LATENT)


def _augments(operation: Operation, made_of: list[Operation]) -> bool:
    if operation.function in _ADDING:
        return any(map(_is_data, made_of))
    if operation.function in _MULTIPLYING:
        return any(map(_is_data, made_of)) and any(
            each.function == "bernoulli" or each.value.dtype == torch.bool for each in made_of
        )
    return False


def _is_data(operation: Operation) -> bool:
    """Whether a tensor holds several numbers from outside of the run, and nothing else."""
    waiting, has_numbers = [operation], False
    while waiting:
        current = waiting.pop()
        kind = current.source.kind if current.source is not None else None
        if kind not in (None, SourceKind.OBSERVATION) or current.function in DRAWING:
            return False
        has_numbers |= current.function is None and current.value.numel() > 1
        waiting += operands(current)
    return has_numbers
