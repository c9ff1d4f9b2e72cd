"""Rearrangements: views, selections, conversions, and tensors put together."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics import assembly, numeric
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.tensor_arguments import (
    TensorFunction,
    dtype_named,
    dtype_of,
    is_int_type,
    of_argument,
)
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import as_numeric, lift, lift2, replaced
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import Constant, Numeric, Unknown, Value
from pyrolint.syntax.ir import Place


@of_argument(0, "input")
def _keep(machine: Machine, name: str, source: Value, arguments: Arguments, place: Place) -> Value:
    if dtype_of(arguments) == "int" or any(is_int_type(each) for each in arguments.positional):
        return _whole(machine, name, arguments, place)
    cast = _cast(name, arguments)
    return lift(
        lambda number: replaced(
            numeric.some_of(number) if name in _SELECTING else number,
            literal=None if name not in _KEEPS_LITERAL else number.literal,
            form=_KEPT_FORMS.get(name, "tensor" if number.form == "number" else number.form),
            dtype=number.dtype if cast == "kept" else cast,
            shape=None,
        ),
        source,
        place,
    )


_SELECTING = frozenset(
    "index_select gather take narrow chunk masked_select unbind unfold Vindex vindex"
    " repeat_interleave".split()
)
"""Functions whose result need not hold every element."""

_KEEPS_LITERAL = frozenset(
    "float double half to type cpu cuda clone contiguous detach requires_grad_ copy astype"
    " numpy from_numpy".split()
)
_KEPT_FORMS = {"numpy": "array", "from_numpy": "tensor"}
_KEPT_DTYPES = {"float": "float", "double": "float", "half": "float", "long": "int", "int": "int"}


def _cast(name: str, arguments: Arguments) -> str | None:
    """The dtype that a conversion gives: ``kept`` the one it had, None where it is not known."""
    given = arguments.without_first().values()
    named = next((dtype for dtype in map(dtype_named, given) if dtype is not None), None)
    if named is not None or name in _KEPT_DTYPES:
        return named or _KEPT_DTYPES[name]
    if "dtype" in arguments.keywords or any(map(_is_dtype, given)):
        return None
    if name in ("to", "type_as"):
        other = next((each for each in given if isinstance(each, Numeric)), None)
        if other is not None:
            return other.dtype
    return None if name in ("type", "type_as", "astype") and given else "kept"


def _is_dtype(value: Value) -> bool:
    """Whether a value that is not known is the data type of something, and no device."""
    return isinstance(value, Unknown) and value.reason.startswith("`dtype` of")


def _truth(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """Conversion to booleans."""
    members = Interval(0.0, 1.0, End.CLOSED, End.CLOSED, integer=True)
    whole = _whole(machine, name, arguments, place)
    return lift(
        lambda number: replaced(number, dtype="bool", within=members, reaches=None, start=None,
                                literal=None),
        whole,
        place,
    )  # fmt: skip


@of_argument(0, "input")
def _whole(machine: Machine, name: str, source: Value, arguments: Arguments, place: Place) -> Value:
    """Conversion to integers: what is no integer yet is cut off, to where is not followed."""

    def convert(number: Numeric) -> Value:
        if isinstance(number.within, Interval) and number.within.integer:
            return replaced(number, dtype="int", form=number.form or "tensor")
        return Numeric(
            dtype="int", form=number.form or "tensor", origins=number.origins, raw=number.raw,
            independent=number.independent,
        )  # fmt: skip

    return lift(convert, source, place)


@of_argument(0, "tensors")
def _assembled(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    """``stack``, ``cat`` and relatives, of a list of parts or of several arguments."""
    contents = machine.iterate(source, place)
    parts = [as_numeric(each) for each in (contents if isinstance(contents, tuple) else [contents])]
    numbers = [part for part in parts if part is not None]
    if len(numbers) != len(parts) or not numbers:
        return Unknown(
            f"`{name}`", place, origins_of(source), is_independent(source), raw_of(source)
        )
    if not isinstance(contents, tuple):
        return assembly.joined([numbers[0], numbers[0]])
    return assembly.joined(numbers)


@of_argument(0, "input")
def _pad(machine: Machine, name: str, source: Value, arguments: Arguments, place: Place) -> Value:
    """``pad``: with a constant (0 unless it is given), or with elements of the tensor itself."""
    mode = arguments.get(2, "mode")
    if mode is not None and mode != Constant("constant"):
        return lift(lambda number: replaced(number, literal=None, shape=None), source, place)
    filling = arguments.get(3, "value") or Constant(0.0)
    if filling == Constant(None):
        filling = Constant(0.0)
    return lift2(
        lambda a, b: replaced(assembly.joined([a, b]), literal=None, start=None),
        source,
        filling,
        place,
    )


_KEEP_NAMES = (
    "reshape view view_as reshape_as squeeze unsqueeze expand expand_as expand_dims repeat tile to"
    " cpu cuda float double half clone contiguous t transpose permute swapaxes movedim flatten"
    " ravel detach type type_as index_select gather take flip roll unfold narrow chunk"
    " broadcast_to atleast_1d atleast_2d requires_grad_ numpy from_numpy"
    " copy astype masked_select repeat_interleave mT H unbind values dropout squeeze_ unsqueeze_"
    " pin_memory share_memory_ nan_to_num sort rsample_ tolist Vindex vindex"
).split()


REARRANGEMENTS: Mapping[str, TensorFunction] = {
    **dict.fromkeys(_KEEP_NAMES, _keep),
    **dict.fromkeys(("long", "int", "short"), _whole),
    "bool": _truth,
    **dict.fromkeys(
        ("stack", "cat", "concat", "concatenate", "hstack", "vstack", "dstack"), _assembled
    ),
    "pad": _pad,
}
"""By short name."""
