"""Arguments of tensor functions: numbers, data types, sizes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.values import Constant, External, Numeric, Value
from pyrolint.syntax.ir import Place

TensorFunction = Callable[[Machine, str, Arguments, Place], Value]
ArgumentFunction = Callable[[Machine, str, Value, Arguments, Place], Value]


_DTYPES = {
    "float": "float",
    "float16": "float",
    "float32": "float",
    "float64": "float",
    "double": "float",
    "half": "float",
    "bfloat16": "float",
    "int": "int",
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "int",
    "long": "int",
    "short": "int",
    "FloatTensor": "float",
    "DoubleTensor": "float",
    "LongTensor": "int",
    "IntTensor": "int",
    "BoolTensor": "bool",
    "uint8": "int",
    "bool": "bool",
}


def of_argument(position: int, keyword: str) -> Callable[[ArgumentFunction], TensorFunction]:
    """A function of one argument above all, of which a call without it tells nothing."""

    def given(function: ArgumentFunction) -> TensorFunction:
        @wraps(function)
        def call(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
            source = arguments.get(position, keyword)
            if source is None:
                return opaque(f"`{name}` of nothing", arguments, place)
            return function(machine, name, source, arguments, place)

        return call

    return given


def dtype_of(arguments: Arguments) -> str | None:
    """What ``dtype=`` asks for: ``float``, ``int`` or ``bool``."""
    return dtype_named(arguments.keywords.get("dtype"))


def dtype_named(value: Value | None) -> str | None:
    """What a data type holds: ``float``, ``int`` or ``bool``; None for anything else."""
    match value:
        case External(name) | Constant(str(name)):
            return _DTYPES.get(name.rsplit(".", 1)[-1])
        case _:
            return None


def number_of(value: Value | None) -> float | None:
    """The number that a value is, None where it is none or not known."""
    if isinstance(value, Constant) and isinstance(value.value, int | float):
        return float(value.value)
    if isinstance(value, Numeric) and value.literal is not None and len(value.literal.values) == 1:
        return value.literal.values[0]
    return None


def is_int_type(value: Value) -> bool:
    """Whether a value is a data type of integers."""
    return dtype_named(value) == "int"
