"""Shapes that ``torch.nn`` layers give."""

from __future__ import annotations

from pyrolint.semantics import shapes
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.sizes import size_of
from pyrolint.semantics.values import Constant, LibraryObject

_SAME = ("Dropout", "AlphaDropout", "Identity", "BatchNorm", "LayerNorm", "InstanceNorm")
_LAST = {"Linear": "out_features", "LazyLinear": "out_features", "MaskedLinear": "out_features"}


def shape_of_output(layer: LibraryObject, name: str, source: Shape | None) -> Shape | None:
    """The shape of a layer's output for an input's; None where its rank is not known."""
    if source is None or name.startswith(_SAME):
        return source
    given = layer.arguments
    if name in _LAST:
        return (*source[:-1], size_of(given.get(_LAST[name]))) if source else None
    if name == "Embedding":
        return (*source, size_of(given.get("embedding_dim")))
    if name == "Flatten":
        start = size_of(given.get("start_dim", Constant(1)))
        end = size_of(given.get("end_dim", Constant(-1)))
        if isinstance(start, int) and isinstance(end, int):
            return shapes.flattened(source, start, end)
    return None
