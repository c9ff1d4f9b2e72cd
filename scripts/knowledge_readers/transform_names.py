"""Transform classes: where their values lie."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch.distributions.transforms import Transform as TorchTransform

from pyrolint.semantics.library.knowledge import Dependent, Interval, SetSpec, Transform

from .naming import Names
from .samples import REFUSALS
from .sets import describe
from .signatures import parameters

# What the constructors ask for by these names; the codomain does not hang on the numbers.
ARGUMENTS: dict[str, Any] = {
    "loc": 0.5,
    "scale": 2.0,
    "exponent": 2.0,
    "input_dim": 3,
    "dim": -1,
}


def _built(transform: type[TorchTransform]) -> TorchTransform | None:
    given = {
        name: ARGUMENTS[name]
        for name, item in inspect.signature(transform.__init__).parameters.items()
        if name in ARGUMENTS and item.default is item.empty
    }
    try:
        return transform(**given)
    except REFUSALS:
        return None


def _set(transform: TorchTransform | type[TorchTransform], end: str) -> SetSpec:
    try:
        return describe(getattr(transform, end))
    except REFUSALS:
        return Dependent()


def _codomain(transform: TorchTransform | type[TorchTransform]) -> SetSpec:
    """The declared codomain, or Dependent where values of the transform leave it."""
    spec = _set(transform, "codomain")
    reals = Interval()
    if isinstance(transform, type) or _set(transform, "domain") != reals or spec == reals:
        return spec
    values = transform(torch.linspace(-5.0, 5.0, 11))
    return spec if bool(transform.codomain.check(values).all()) else Dependent()


def read_transforms(names: Names) -> dict[str, Transform]:
    """Every public transform class, by canonical name."""
    found = {}
    for name, transform in sorted(names.classes(TorchTransform).items()):
        source = _built(transform) or transform
        found[name] = Transform(
            domain=_set(source, "domain"),
            codomain=_codomain(source),
            parameters=parameters(transform),
            bijective=getattr(source, "bijective", False) is True,
            bases=names.bases(transform),
        )
    return found
