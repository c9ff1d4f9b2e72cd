"""What a family's log-density refuses to be asked about, beside floating-point tensors."""

from __future__ import annotations

import torch
from torch.distributions import Distribution

from .samples import REFUSALS


def _is_fine(distribution: Distribution, value: object, *, checked: bool) -> bool:
    before = distribution._validate_args
    distribution._validate_args = checked
    try:
        density = distribution.log_prob(value)  # type: ignore[arg-type]
    except REFUSALS:
        return False
    finally:
        distribution._validate_args = before
    return isinstance(density, torch.Tensor)


def _values(distribution: Distribution) -> list[torch.Tensor]:
    """Tensors of floats that the distribution takes: of whole numbers, if it takes such."""
    torch.manual_seed(20)
    try:
        draw = distribution.sample()
    except REFUSALS:
        return []
    whole = [torch.full_like(draw, number, dtype=torch.float32) for number in (1.0, 0.0)]
    return [
        value for value in (*whole, draw.float()) if _is_fine(distribution, value, checked=True)
    ]


def refusals(distribution: Distribution) -> tuple[str, ...]:
    """The kinds of observations that fail where a tensor of the same floats does not.

    ``bool`` and ``int`` are tensors of those, ``array``, ``list`` and ``number`` no tensors at
    all. ``number?`` and the like fail only while arguments are validated.
    """
    found = []
    for value in _values(distribution)[:1]:
        is_whole = bool((value == value.round()).all())
        kinds: dict[str, object] = {
            "array": value.numpy(),
            "list": value.tolist() if value.dim() else [value.item()],
            "number": value.item() if value.numel() == 1 and not distribution.event_shape else None,
        }
        if is_whole and bool(((value == 0) | (value == 1)).all()):
            kinds |= {"bool": value.bool(), "int": value.long()}
        elif is_whole:
            kinds |= {"int": value.long()}
        for kind, given in kinds.items():
            if given is None or _is_fine(distribution, given, checked=True):
                continue
            unchecked = _is_fine(distribution, given, checked=False)
            found.append(f"{kind}?" if unchecked else kind)
    return tuple(sorted(found))


def draws_integers(distribution: Distribution) -> bool:
    """Whether its draws are tensors of integers."""
    torch.manual_seed(20)
    try:
        return not distribution.sample().dtype.is_floating_point
    except REFUSALS:
        return False
