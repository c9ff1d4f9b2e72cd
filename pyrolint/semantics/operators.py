"""Operators: arithmetic on constants, strings, lists and numeric values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyrolint.semantics import alterations, arithmetic, elementwise, numeric
from pyrolint.semantics.alternatives import summary
from pyrolint.semantics.comparisons import truth
from pyrolint.semantics.contents import elements_of, items_of, new_list
from pyrolint.semantics.flow import computed, lose
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.randomness import blended
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.raw_features import note_product
from pyrolint.semantics.strings import concatenated, is_choice_of_words, percent
from pyrolint.semantics.values import (
    FALSE,
    TRUE,
    Constant,
    List,
    Numeric,
    Pattern,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

BINARY: Mapping[str, Callable[[Numeric, Numeric], Numeric]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "@": arithmetic.matrix_multiply,
    "**": arithmetic.power,
}
"""What the arithmetic operators do to numbers."""


def evaluate_unary(machine: Machine, frame: Frame, node: ir.Unary) -> Value:
    """``-x``, ``+x``, ``~x``, ``not x``"""
    value = machine.evaluate(frame, node.operand)
    place = Place(frame.path, node.at)
    if node.operator == "not":
        holds = truth(machine, value)
        if holds is not None:
            return FALSE if holds else TRUE
        return Unknown("a negation", place, origins_of(value), is_independent(value))
    if node.operator == "-":
        if isinstance(value, Constant) and isinstance(value.value, int | float):
            return Constant(-value.value)
        negative = numeric.lift(lambda n: elementwise.elementwise("neg", n), value, place)
        return computed(machine, negative, place)
    if node.operator == "+":
        return value
    return Unknown("a bitwise complement", place, origins_of(value), is_independent(value))


_NUMBER_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
}


def evaluate_binary(machine: Machine, frame: Frame, node: ir.Binary) -> Value:
    """Arithmetic, on constants as Python does it."""
    left = machine.evaluate(frame, node.left)
    right = machine.evaluate(frame, node.right)
    place = Place(frame.path, node.at)
    return binary(machine, node.operator, left, right, place)


def binary(machine: Machine, operator: str, left: Value, right: Value, place: Place) -> Value:
    """``left operator right`` on values."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        folded = _fold(operator, left.value, right.value)
        if folded is not None:
            return folded
    if _is_string(left) or (_is_string(right) and operator == "+"):
        return _string_arithmetic(operator, left, right, place)
    if isinstance(left, Tuple) and isinstance(right, Tuple) and operator == "+":
        return Tuple(left.items + right.items)
    if isinstance(left, List) and operator in ("+", "*"):
        return _list_arithmetic(machine, operator, left, right)
    function = BINARY.get(operator)
    if operator in ("*", "@"):
        note_product(machine, left, right, place)
    if function is None:
        independent = is_independent(left) and is_independent(right)
        return Unknown(f"`{operator}`", place, (*origins_of(left), *origins_of(right)), independent)
    result = blended(operator, left, right, numeric.lift2(function, left, right, place))
    result = alterations.combined(operator, left, right, result, place)
    return computed(machine, result, place)


def _is_string(value: Value) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, str)
    return isinstance(value, Pattern) or is_choice_of_words(value)


def _list_arithmetic(machine: Machine, operator: str, left: List, right: Value) -> Value:
    contents = items_of(machine, left)
    if operator == "*" and isinstance(right, Constant) and isinstance(right.value, int):
        if contents.items is not None and len(contents.items) * right.value <= 64:
            return new_list(machine, contents.items * right.value)
    if operator == "+" and isinstance(right, List):
        other = items_of(machine, right)
        if contents.items is not None and other.items is not None:
            return new_list(machine, contents.items + other.items)
        return new_list(machine, None, summary([*elements_of(contents), *elements_of(other)]))
    lose(machine, right)
    return new_list(machine, None, summary(elements_of(contents)))


def _fold(operator: str, left: Any, right: Any) -> Constant | None:
    function = _NUMBER_OPERATIONS.get(operator)
    if function is None:
        return None
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    strings = isinstance(left, str) and operator in ("+", "%")
    if not numbers and not strings:
        return None
    if operator == "**" and (abs(right) > 64 or abs(left) > 1e6):
        return None
    try:
        result = function(left, right)
    except (ArithmeticError, TypeError, ValueError):
        return None
    if isinstance(result, int) and not isinstance(result, bool) and abs(result) >= 2**63:
        return None
    return Constant(result) if isinstance(result, bool | int | float | str) else None


def _string_arithmetic(operator: str, left: Value, right: Value, place: Place) -> Value:
    if operator == "+":
        return concatenated((left, right))
    if operator == "%" and isinstance(left, Constant):
        items = right.items if isinstance(right, Tuple) else (right,)
        return percent(str(left.value), items)
    return Unknown("an operation on a string", place, (), is_independent(right))
