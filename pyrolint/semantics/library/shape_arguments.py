"""Arguments of functions on tensors, as their shapes depend on them."""

from __future__ import annotations

from collections.abc import Callable

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.sizes import shape_of, size_of
from pyrolint.semantics.values import Value
from pyrolint.syntax.ir import Place

ShapeFunction = Callable[[Machine, Arguments, Place], Shape | None]
Rearrangement = Callable[[Machine, Shape, Arguments, Place], Shape | None]


def source_of(arguments: Arguments) -> Value | None:
    """The tensor that a function is about."""
    for keyword in ("input", "data", "a"):
        if keyword in arguments.keywords:
            return arguments.keywords[keyword]
    return arguments.positional[0] if arguments.positional else None


def of_source(function: Rearrangement) -> ShapeFunction:
    """A function of one tensor above all, whose shape is known."""

    def shape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
        source = source_of(arguments)
        known = shape_of(source) if source is not None else None
        if known is None or source is None:
            return None
        rest = arguments.without_first() if "input" not in arguments.keywords else arguments
        return function(machine, known, rest, place)

    return shape


def dimension_of(arguments: Arguments, position: int = 0) -> Value | None:
    """What ``dim=`` or ``axis=`` says, by keyword or position."""
    for keyword in ("dim", "axis"):
        if keyword in arguments.keywords:
            return arguments.keywords[keyword]
    return arguments.positional[position] if position < len(arguments.positional) else None


def dimension_at(
    arguments: Arguments, position: int, keyword: str, default: int | None
) -> int | None:
    """The one dimension that an argument names; None where it is not known."""
    value = arguments.get(position, keyword)
    if value is None:
        return default
    size = size_of(value)
    return size if isinstance(size, int) else None
