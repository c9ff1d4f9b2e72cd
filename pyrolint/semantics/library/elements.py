"""Functions of each element: activations, bounds, arithmetic, choices by a mask."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from pyrolint.semantics import alterations, arithmetic, assembly, elementwise, numeric, sets
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.reductions import whole_line
from pyrolint.semantics.library.tensor_arguments import TensorFunction, number_of, of_argument
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import lift, lift2, replaced
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.raw_features import note_product
from pyrolint.semantics.rows import rows_of, with_rows
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import Constant, Numeric, Value
from pyrolint.syntax.ir import Place


@of_argument(0, "input")
def _elementwise(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    at = arguments.place(0, "input")
    if name == "log" and len(arguments.positional) > 1:
        return opaque("`log` to a base", arguments, place)
    shaped = _shaped(name, source, arguments, place)
    if shaped is not None:
        return shaped
    result = lift(
        lambda number: numeric.applied(
            alterations.elementwise(name, number, elementwise.elementwise(name, number), place),
            _CANONICAL.get(name, name),
            place,
            source,
            at,
            caller=machine.caller,
        ),
        source,
        place,
    )
    return with_rows(result, rows_of(source))


_CANONICAL = {"expit": "sigmoid"}
_SHAPES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "hardtanh": (("min_val", -1.0), ("max_val", 1.0)),
    "leaky_relu": (("negative_slope", 0.01),),
    "elu": (("alpha", 1.0),),
    "celu": (("alpha", 1.0),),
    "softplus": (("beta", 1.0),),
}
"""Activations whose image depends on arguments: their names behind the input, and defaults."""


def _shaped(name: str, source: Value, arguments: Arguments, place: Place) -> Value | None:
    """An activation with other arguments than its defaults; None where it has the defaults."""
    shape = _SHAPES.get(name)
    if shape is None or (len(arguments.positional) < 2 and not arguments.keywords):
        return None
    given = [
        number_of(value) if (value := arguments.get(index, key)) is not None else default
        for index, (key, default) in enumerate(shape, start=1)
    ]
    if given == [default for _, default in shape]:
        return None
    first = given[0]
    if name == "hardtanh" and None not in given:
        return lift(lambda number: elementwise.clamp(number, first, given[1]), source, place)
    if name == "softplus" and first is not None and first > 0.0:
        return lift(lambda number: _of_line(number, sets.POSITIVE), source, place)
    if name in ("elu", "celu") and first is not None and first > 0.0:
        above = Interval(-first, math.inf)
        return lift(lambda number: _of_line(number, above), source, place)
    return lift(lambda number: replaced(number, within=None, reaches=None, start=None,
                                        literal=None), source, place)  # fmt: skip


def _of_line(number: Numeric, image: Interval) -> Numeric:
    """The image of a function onto ``image``, exact for an argument that reaches the whole line."""
    whole = numeric.is_whole_line(number)
    result = numeric.bounded(number, image)
    return replaced(result, reaches=image if whole else None)


@of_argument(0, "input")
def _clamp(machine: Machine, name: str, source: Value, arguments: Arguments, place: Place) -> Value:
    minimum = arguments.keywords.get("a_min", arguments.get(1, "min"))
    maximum = arguments.keywords.get("a_max", arguments.get(2, "max"))
    if name == "clamp_min":
        maximum = None
    elif name == "clamp_max":
        minimum, maximum = None, arguments.get(1, "max")
    low, high = number_of(minimum), number_of(maximum)
    for bound, number in ((minimum, low), (maximum, high)):
        if bound is not None and number is None and bound != Constant(None):
            return lift(
                lambda n: numeric.replaced(n, within=None, reaches=None, raw=()), source, place
            )
    return lift(lambda number: elementwise.clamp(number, low, high), source, place)


@of_argument(0, "input")
def _softmax(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    dimension = arguments.get(1, "dim")
    last = int(number) if (number := number_of(dimension)) is not None else None
    at = arguments.place(0, "input")
    return lift(
        lambda n: numeric.applied(
            elementwise.softmax(n), "softmax", place, source, at, last, machine.caller
        ),
        source,
        place,
    )


@of_argument(0, "input")
def _log_softmax(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    below = Interval(-math.inf, 0.0, End.OPEN, End.CLOSED)
    return lift(lambda number: numeric.bounded(number, below), source, place)


def _arithmetic(function: Callable[[Numeric, Numeric], Numeric]) -> TensorFunction:
    def apply(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
        if len(arguments.positional) < 2:
            return opaque(f"`{name}`", arguments, place)
        left, right = arguments.positional[:2]
        if "alpha" in arguments.keywords:
            right = lift2(arithmetic.multiply, right, arguments.keywords["alpha"], place)
        if function is arithmetic.multiply:
            note_product(machine, left, right, place)
        return lift2(function, left, right, place)

    return apply


def _where(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) < 3:
        return opaque(f"`{name}`", arguments, place)
    test, one, other = arguments.positional[:3]
    result = lift2(
        lambda a, b: replaced(assembly.joined([a, b]), reaches=None, start=None), one, other, place
    )
    result = alterations.chosen(test, one, other, result, place)
    origins = origins_of(test)
    return lift(lambda n: replaced(n, origins=(*n.origins, *origins)), result, place)


ELEMENTS: Mapping[str, TensorFunction] = {
    **dict.fromkeys(elementwise.ELEMENTWISE, _elementwise),
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), _clamp),
    **dict.fromkeys(("softmax", "softmin"), _softmax),
    "log_softmax": _log_softmax,
    "add": _arithmetic(arithmetic.add),
    "sub": _arithmetic(arithmetic.subtract),
    "subtract": _arithmetic(arithmetic.subtract),
    "mul": _arithmetic(arithmetic.multiply),
    "multiply": _arithmetic(arithmetic.multiply),
    "div": _arithmetic(arithmetic.divide),
    "true_divide": _arithmetic(arithmetic.divide),
    "divide": _arithmetic(arithmetic.divide),
    "pow": _arithmetic(arithmetic.power),
    "where": _where,
    "sign": alterations.signs,
    **dict.fromkeys(("gelu", "silu", "mish"), whole_line),
}
"""By short name."""
