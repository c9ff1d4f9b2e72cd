"""What an argument does to a distribution, seen from draws that share their seed."""

from __future__ import annotations

import torch
from torch.distributions import Distribution

from .samples import REFUSALS, Arguments, build

DRAWS = 200
SHIFTS = (0.5, 2.0)
FACTORS = (2.0, 4.0)


def _draws(family: type[Distribution], arguments: Arguments) -> torch.Tensor | None:
    """Draws, always from the same seed; None where the family has none to offer."""
    distribution = build(family, arguments)
    if distribution is None:
        return None
    torch.manual_seed(20)
    try:
        draws = distribution.sample(torch.Size([DRAWS]))
    except REFUSALS:
        return None
    usable = draws.numel() > 0 and bool(torch.isfinite(draws).all())
    return draws.double() if usable else None


def _same(left: torch.Tensor, right: torch.Tensor) -> bool:
    return left.shape == right.shape and torch.allclose(left, right, rtol=1e-3, atol=1e-4)


def _spread(draws: torch.Tensor) -> torch.Tensor:
    """Draws less the first one: proportional to the scale, free of the location."""
    return draws - draws[:1]


def role_of(family: type[Distribution], holder: Arguments, name: str) -> str | None:
    """The role of a tensor argument (see ``Argument``), or None."""
    plain = _draws(family, holder)
    if plain is None:
        return None
    value: torch.Tensor = holder[name]
    shifted = {by: _draws(family, {**holder, name: value + by}) for by in SHIFTS}
    scaled = {by: _draws(family, {**holder, name: value * by}) for by in FACTORS}
    views = [("", plain, lambda draws: draws)]
    if bool((plain > 0).all()):
        views.append(("log_", plain.log(), torch.log))
    for prefix, before, view in views:
        moved = {by: None if each is None else view(each) for by, each in shifted.items()}
        if all(each is not None and _same(each, before + by) for by, each in moved.items()):
            return f"{prefix}location"
        if not bool(_spread(before).any()):
            continue
        spread = {by: None if each is None else _spread(view(each)) for by, each in scaled.items()}
        for role, power in (("scale", 1.0), ("rate", -1.0), ("variance", 0.5), ("precision", -0.5)):
            if prefix and role != "scale":
                continue
            if all(
                each is not None and _same(each, _spread(before) * by**power)
                for by, each in spread.items()
            ):
                return f"{prefix}{role}"
    return None
