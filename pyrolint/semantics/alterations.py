"""What was done to data that tells where its values lie, though the data itself is not known."""

from __future__ import annotations

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import bounded, lift, replaced
from pyrolint.semantics.provenance import is_independent
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import Altered, Applied, Constant, Numeric, Value
from pyrolint.syntax.ir import Place

_LOGARITHMS = frozenset("log log1p log2 log10 sqrt".split())


def elementwise(name: str, number: Numeric, result: Numeric, place: Place) -> Numeric:
    """The result of a function of each element, with a note of what it makes of whole numbers."""
    if name not in _LOGARITHMS or not _is_data(number):
        return result
    return replaced(result, altered=Altered(name, place))


def mean(source: Value, result: Value, place: Place) -> Value:
    """The mean of data, with a note of what it is the mean of."""
    if not isinstance(result, Numeric) or not _is_data(result):
        return result
    return replaced(result, applied=Applied("mean", place, source))


def chosen(test: Value, one: Value, other: Value, result: Value, place: Place) -> Value:
    """One of two constants for each datum: of both signs, where they are labels of -1 and 1."""
    constants = isinstance(one, Constant) and isinstance(other, Constant)
    if constants and is_independent(test) and isinstance(result, Numeric):
        values = {each.value for each in (one, other) if isinstance(each, Constant)}
        numbers = [each for each in values if isinstance(each, int | float)]
        if len(numbers) == 2 and min(numbers) < 0 < max(numbers):
            return replaced(result, altered=Altered("where", place, is_centred=True))
    return result


def signs(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``sign``: of data, labels of -1 and 1."""
    source = arguments.get(0, "input")
    members = Interval(-1.0, 1.0, End.CLOSED, End.CLOSED, integer=True)

    def image(number: Numeric) -> Value:
        result = replaced(bounded(number, members), dtype=number.dtype)
        return (
            replaced(result, altered=Altered(name, place, is_centred=True))
            if _is_data(number)
            else result
        )

    return opaque(f"`{name}`", arguments, place) if source is None else lift(image, source, place)


def combined(operator: str, left: Value, right: Value, result: Value, place: Place) -> Value:
    """A difference or quotient: data less its mean stays on both sides of 0 when it is scaled."""
    if not isinstance(result, Numeric):
        return result
    if operator == "-" and isinstance(right, Numeric) and right.applied is not None:
        argument = right.applied.argument
        # Two unknown values look alike: only the very same one has this mean.
        if right.applied.function == "mean" and argument is left:
            return replaced(result, altered=Altered("mean", place, is_centred=True))
    if operator == "/" and isinstance(left, Numeric) and left.altered is not None:
        if left.altered.is_centred:
            return replaced(result, altered=left.altered)
    return result


def _is_data(number: Numeric) -> bool:
    """Whether a value is data and not known: what a program neither draws nor trains."""
    return number.independent and not number.origins and number.reaches is None
