"""Shapes of tensors that are filled, counted up, drawn, or made of lists."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.shape_arguments import (
    ShapeFunction,
    source_of,
)
from pyrolint.semantics.library.tensor_arguments import number_of
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.sizes import sequence_of, shape_of, size_of, sizes_in
from pyrolint.semantics.values import NONE, List, Tuple, Value
from pyrolint.syntax.ir import Place


def _filled(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    size = arguments.keywords.get("size", arguments.keywords.get("shape"))
    values = (size,) if size is not None else arguments.positional
    return sizes_in(machine, values, place)


def _full(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    size = arguments.get(0, "size")
    return sizes_in(machine, (size,), place) if size is not None else None


def _filled_like(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    return _filled(machine, arguments.without_first(), place)


def _full_like(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    return _full(machine, arguments.without_first(), place)


def _drawn(position: int, keyword: str) -> ShapeFunction:
    """A creation that takes the sizes among other arguments, a scalar without them."""

    def shape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
        size = arguments.get(position, keyword)
        if size is None:
            return None
        return sizes_in(machine, (size,), place) if size != NONE else ()

    return shape


def _eye(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    rows = size_of(arguments.get(0, "n"))
    columns = arguments.get(1, "m")
    return rows, rows if columns is None else size_of(columns)


def _arange(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    given = arguments.positional
    if len(given) == 1:
        size = size_of(given[0])
        number = number_of(given[0])
        return (size if isinstance(size, str) or number is None else max(math.ceil(number), 0),)
    numbers = [number_of(each) for each in given[:3]]
    known = [each for each in numbers if each is not None]
    if len(known) != len(numbers) or len(known) < 2:
        return (None,)
    step = known[2] if len(known) == 3 else 1.0
    return (max(math.ceil((known[1] - known[0]) / step), 0) if step else None,)


def _linspace(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    if any(shape_of(each) != () for each in arguments.positional[:2]):
        return None
    steps = arguments.get(2, "steps") or arguments.keywords.get("num")
    return (size_of(steps) if steps is not None else None,)


def _counted(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    return (size_of(arguments.get(0, "n")),)


def _made(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    """``tensor`` and ``array`` of numbers, lists of numbers, and tensors."""
    source = source_of(arguments)
    return _nested(machine, source, place) if source is not None else None


def _listed(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    """``Tensor`` of a list; of numbers they are its sizes."""
    source = source_of(arguments)
    if isinstance(source, Tuple | List):
        return _nested(machine, source, place)
    return _filled(machine, arguments, place) if size_of(source) is not None else None


def _nested(machine: Machine, value: Value, place: Place, depth: int = 0) -> Shape | None:
    if not isinstance(value, Tuple | List):
        return shape_of(value)
    items = sequence_of(machine, value, place)
    if not items or depth > 8:
        return None
    inner = _nested(machine, items[0], place, depth + 1)
    return (len(items), *inner) if inner is not None else None


CREATED: Mapping[str, ShapeFunction] = {
    **dict.fromkeys("zeros ones rand randn empty".split(), _filled),
    **dict.fromkeys(("new_zeros", "new_ones", "new_empty"), _filled_like),
    **dict.fromkeys(("Tensor", "FloatTensor", "DoubleTensor", "LongTensor"), _listed),
    "full": _full,
    "new_full": _full_like,
    "randint": _drawn(2, "size"),
    **dict.fromkeys(("normal", "uniform"), _drawn(2, "size")),
    **dict.fromkeys(("random", "standard_normal"), _drawn(0, "size")),
    "eye": _eye,
    "arange": _arange,
    **dict.fromkeys(("linspace", "logspace"), _linspace),
    "randperm": _counted,
    **dict.fromkeys(("tensor", "array", "as_tensor", "asarray", "new_tensor"), _made),
}
"""By short name."""
