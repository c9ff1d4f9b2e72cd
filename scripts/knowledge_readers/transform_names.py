"""Transform classes: where their values lie."""

from __future__ import annotations

import inspect
from typing import Any

from torch.distributions.transforms import Transform as TorchTransform

from pyrolint.semantics.library.knowledge import Dependent, SetSpec, Transform

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


def read_transforms(names: Names) -> dict[str, Transform]:
    """Every public transform class, by canonical name."""
    found = {}
    for name, transform in sorted(names.classes(TorchTransform).items()):
        source = _built(transform) or transform
        found[name] = Transform(
            domain=_set(source, "domain"),
            codomain=_set(source, "codomain"),
            parameters=parameters(transform),
            bijective=getattr(source, "bijective", False) is True,
            bases=names.bases(transform),
        )
    return found
