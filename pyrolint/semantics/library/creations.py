"""Creations: tensors filled, counted up, drawn, or made of lists."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pyrolint.semantics import sets
from pyrolint.semantics.alternatives import summary
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.literals import literal_tensor
from pyrolint.semantics.library.tensor_arguments import (
    TensorFunction,
    dtype_of,
    number_of,
    of_argument,
)
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import lift, replaced
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.rows import drawn_indices
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import (
    Constant,
    List,
    Literal,
    Numeric,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def _constant(value: float) -> TensorFunction:
    return _filled(sets.point(value), Literal((value,), ()))


def _filled(members: Interval, literal: Literal | None = None) -> TensorFunction:
    def create(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
        return Numeric(
            members,
            members,
            members,
            (),
            dtype_of(arguments) or "float",
            "tensor",
            literal,
            independent=True,
        )

    return create


@of_argument(1, "fill_value")
def _full(machine: Machine, name: str, value: Value, arguments: Arguments, place: Place) -> Value:
    return lift(
        lambda number: replaced(
            number,
            form="tensor",
            dtype=dtype_of(arguments) or (None if name == "full_like" else number.dtype),
            shape=None,
        ),
        value,
        place,
    )


def _eye(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    members = Interval(0.0, 1.0, End.ATOM, End.ATOM, integer=True, free=False)
    literal = Literal((), (), is_eye=True)
    return Numeric(members, members, members, (), "float", "tensor", literal, independent=True)


def _range(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    numbers = [number_of(each) for each in arguments.positional[:3]]
    if name == "linspace":
        low, high = [*numbers, None, None][:2]
    else:
        known = [number for number in numbers if number is not None]
        is_whole = len(known) == len(numbers) and not {"start", "end", "step"} & set(
            arguments.keywords
        )
        low, high = _ends(*known) if known and is_whole else (None, None)
    integer = name != "linspace" and all(
        isinstance(each, Constant) and isinstance(each.value, int) for each in arguments.positional
    )
    dtype = dtype_of(arguments) or ("int" if integer else "float")
    if low is None or high is None or not low <= high:
        return Numeric(dtype=dtype, form="tensor", independent=True)
    members = Interval(low, high, End.ATOM, End.ATOM, integer, free=False)
    return Numeric(members, members, members, (), dtype, "tensor", independent=True)


def _ends(*numbers: float) -> tuple[float, float] | tuple[None, None]:
    """The least and the greatest of ``arange(*numbers)``, whose end is left out."""
    first, end, step = (0.0, *numbers, 1.0) if len(numbers) == 1 else (*numbers, 1.0)[:3]
    count = (end - first) / step if step else 0.0
    if not 0.0 < count < math.inf:
        return None, None
    last = first + (math.ceil(count) - 1) * step
    return min(first, last), max(first, last)


@of_argument(0, "data")
def _tensor(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    form = "array" if name in ("array", "asarray") else "tensor"
    if name in ("Tensor", "FloatTensor", "DoubleTensor"):
        dtype: str | None = "float"
        if isinstance(source, Constant) and isinstance(source.value, int):
            return Numeric(dtype="float", form="tensor", independent=True)
    else:
        dtype = dtype_of(arguments)
    if isinstance(source, List | Tuple | Sequence):
        literal = literal_tensor(machine, source, form, dtype, place)
        if literal is not None:
            return literal
        contents = machine.iterate(source, place)
        item = summary(list(contents)) if isinstance(contents, tuple) else contents
        if item is None:
            return Numeric(form=form, independent=True)
        if isinstance(item, Tuple | List | Sequence):
            origins, raw = origins_of(item), raw_of(source)
            return Unknown("a nested sequence", place, origins, is_independent(item), raw)
        source = item
    return lift(
        lambda number: replaced(
            number,
            form=form,
            dtype=dtype or number.dtype,
            shape=number.shape if name in ("tensor", "as_tensor", "array") else None,
            applied=None,
        ),
        source,
        place,
    )


def _randint(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    low, high = arguments.keywords.get("low"), arguments.keywords.get("high")
    given = [each for each in arguments.positional[:2] if number_of(each) is not None]
    ends = [number_of(each) for each in (low, *given, high) if each is not None]
    whole = [end for end in ends if end is not None and float(end).is_integer()]
    dtype = dtype_of(arguments) or "int"
    rows = drawn_indices(machine, place)
    first, last = (0.0, *whole)[-2:] if whole else (0.0, 0.0)
    if not whole or len(whole) != len(ends) or not first < last:
        return Numeric(dtype=dtype, form="tensor", independent=True, rows=rows)
    members = Interval(first, last - 1.0, End.CLOSED, End.CLOSED, integer=True)
    return Numeric(members, members, members, (), dtype, "tensor", independent=True, rows=rows)


def _like(function: TensorFunction) -> TensorFunction:
    def create(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
        return function(machine, name, arguments.without_first(), place)

    return create


CREATIONS: Mapping[str, TensorFunction] = {
    **dict.fromkeys(("zeros", "zeros_like", "new_zeros"), _constant(0.0)),
    **dict.fromkeys(("ones", "ones_like", "new_ones"), _constant(1.0)),
    **dict.fromkeys(("rand", "rand_like"), _filled(Interval(0.0, 1.0, End.CLOSED))),
    **dict.fromkeys(("randn", "randn_like", "normal", "standard_normal"), _filled(sets.REAL)),
    "full": _full,
    "full_like": _full,
    "new_full": _like(_full),
    "eye": _eye,
    "randint": _randint,
    "arange": _range,
    "linspace": _range,
    **dict.fromkeys(
        ("tensor", "Tensor", "FloatTensor", "DoubleTensor", "array", "as_tensor", "asarray"),
        _tensor,
    ),
    "new_tensor": _like(_tensor),
}
"""By short name."""
