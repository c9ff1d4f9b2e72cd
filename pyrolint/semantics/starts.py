"""Initial values of parameters against their constraints: from where training cannot start."""

from __future__ import annotations

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.sets import End, Interval, Structured, describe, is_subset, peak, projection
from pyrolint.semantics.values import (
    Constant,
    ConstraintValue,
    List,
    Literal,
    Numeric,
    OriginKind,
    Tuple,
    Unknown,
    Value,
)

_ORDERED = ("ordered_vector", "positive_ordered_vector")


def unusable_start(init: Value | None, constraint: ConstraintValue | None) -> str | None:
    """How an initial value lies outside its constraint or cannot move; None if it does not.

    What counts as a boundary from which training cannot start is the knowledge file's, by
    constraint: the libraries themselves were asked.
    """
    if init is None or constraint is None or constraint.members is None:
        return None
    fact = knowledge().constraints.get(constraint.name)
    unusable = fact.unusable if fact is not None else ()
    for _, option in alternatives(init):
        if isinstance(option, Unknown):
            continue
        number = as_numeric(option)
        if number is None or not isinstance(number.reaches, Interval):
            continue
        if any(origin.kind is not OriginKind.RANDOM for origin in number.origins):
            continue
        fault = (
            _on_structure(number, constraint.members, unusable)
            if isinstance(constraint.members, Structured)
            else _on_interval(number.reaches, constraint.members, unusable)
        )
        if fault is not None:
            return fault
    return None


def starting_magnitude(init: Value) -> float:
    """The largest magnitude that an element certainly starts with, 0 where that is not known."""
    largest = 0.0
    for _, option in alternatives(init):
        number = as_numeric(option)
        if number is None or number.origins or number.within is None:
            continue
        reaches = projection(number.reaches) if number.reaches is not None else None
        largest = max(largest, peak(projection(number.within), reaches))
    return largest


def refused_start(init: Value, constraint: ConstraintValue | None) -> str | None:
    """What an initial value is that the library refuses to train; None if it takes it.

    An integer tensor is refused where the constraint's transform does not promote it.
    """
    name = constraint.name if constraint is not None else "torch.distributions.constraints.real"
    fact = knowledge().constraints.get(name)
    for _, option in alternatives(init):
        match option:
            case Tuple() | List():
                return "a tuple" if isinstance(option, Tuple) else "a list"
            case Constant(bool() | int() | float()) | Numeric(form="number"):
                return "a number"
            case Numeric(form="array"):
                return "a numpy array"
            case Numeric(form="tensor", dtype="int" | "bool" as dtype):
                promoted = fact is None or fact.integer_init
                if not promoted:
                    return "a tensor of integers" if dtype == "int" else "a tensor of bools"
            case _:
                pass
    return None


def _on_interval(start: Interval, members: Interval, unusable: tuple[str, ...]) -> str | None:
    below = start.lower < members.lower
    above = start.upper > members.upper
    if below or above:
        return f"at {describe(start)}, outside" if start.is_point else f"at {describe(start)}"
    if start.lower == members.lower and start.lower_end is End.ATOM and "lower" in unusable:
        return f"on the boundary {start.lower:g}"
    if start.upper == members.upper and start.upper_end is End.ATOM and "upper" in unusable:
        return f"on the boundary {start.upper:g}"
    return None


def _on_structure(number: Numeric, members: Structured, unusable: tuple[str, ...]) -> str | None:
    start, literal = number.reaches, number.literal
    assert isinstance(start, Interval)
    if start.is_point and start.lower == 0.0 and "zeros" in unusable:
        return "at zero everywhere"
    if start.is_point and start.lower == 1.0 and "ones" in unusable:
        return "at one everywhere"
    if literal is not None and literal.is_eye:
        unusual = "one_hot" if members.name == "simplex" else "eye"
        return "at the identity" if unusual in unusable else None
    if is_subset(start, members) is False and start.upper <= 0.0:
        return f"at {describe(start)}, without a positive element"
    if literal is None:
        return None
    if members.name == "simplex":
        if any(value < 0.0 for value in literal.values):
            return "with negative elements"
        if "one_hot" in unusable and any(value == 0.0 for value in literal.values):
            return "with elements that are zero"
    if members.name in _ORDERED and not _is_increasing(literal):
        return "with elements that do not increase"
    return None


def _is_increasing(literal: Literal) -> bool:
    if not literal.shape:
        return True
    width = literal.shape[-1]
    values = literal.values
    return all(
        values[index] < values[index + 1]
        for index in range(len(values) - 1)
        if (index + 1) % width != 0
    )
