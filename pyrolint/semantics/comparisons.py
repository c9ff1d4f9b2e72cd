"""Comparisons and truth: decided on constants and on None, else unknown."""

from __future__ import annotations

from typing import Any

from pyrolint.semantics import sets
from pyrolint.semantics.alternatives import alternatives, choose
from pyrolint.semantics.contents import entries_of, items_of, known_entries
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.shapes import broadcast
from pyrolint.semantics.sizes import shape_of
from pyrolint.semantics.values import (
    FALSE,
    TRUE,
    Bound,
    Choice,
    Class,
    Constant,
    Dictionary,
    Distribution,
    External,
    Function,
    Handled,
    LibraryObject,
    List,
    Numeric,
    Partial,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

_IDENTITY = {"is": True, "==": True, "is not": False, "!=": False}
"""Operators that ask whether two things are one, and whether they say so if they are."""


def evaluate_boolean(machine: Machine, frame: Frame, node: ir.Boolean) -> Value:
    """``and`` / ``or``: the side that decides, or either."""
    left = machine.evaluate(frame, node.left)
    holds = truth(machine, left)
    if holds is not None:
        stops = holds if node.operator == "or" else not holds
        return left if stops else machine.evaluate(frame, node.right)
    key = (frame.identity, node.at)
    entry = machine.path
    machine.path = (*entry, (key, 0))
    right = machine.evaluate(frame, node.right)
    machine.path = entry
    return choose([(((key, 1),), left), (((key, 0),), right)], Place(frame.path, node.at))


def evaluate_comparison(machine: Machine, frame: Frame, node: ir.Comparison) -> Value:
    """A comparison: decided on constants and on None, else unknown."""
    left = machine.evaluate(frame, node.left)
    rights = [machine.evaluate(frame, each) for each in node.rights]
    return compared(machine, node.operators, left, rights)


def compared(
    machine: Machine, operators: tuple[str, ...], left: Value, rights: list[Value]
) -> Value:
    """``left op0 right0 op1 right1 …`` of values."""
    result: bool | None = True
    origins = origins_of(left)
    independent = is_independent(left)
    is_tensor = False
    shape = broadcast(shape_of(left), *map(shape_of, rights))
    for operator, right in zip(operators, rights, strict=True):
        origins = (*origins, *origins_of(right))
        independent = independent and is_independent(right)
        is_tensor = is_tensor or _is_tensor(left) or _is_tensor(right)
        verdicts = {compare(machine, operator, option, right) for _, option in alternatives(left)}
        holds = verdicts.pop() if len(verdicts) == 1 else None
        if holds is False:
            return FALSE
        if holds is None:
            result = None
        left = right
    if result:
        return TRUE
    if all(operator in ("is", "is not") for operator in operators):
        # That something is there says nothing of the value it has.
        return Numeric(sets.BOOLEAN, dtype="bool", form="number", shape=())
    form = "tensor" if is_tensor else None
    return Numeric(
        sets.BOOLEAN, None, None, origins, "bool", form, shape=shape, independent=independent
    )


def _is_tensor(value: Value) -> bool:
    return isinstance(value, Numeric) and value.form == "tensor"


def compare(machine: Machine, operator: str, left: Value, right: Value) -> bool | None:
    """What a comparison of two values gives, None where that is not known."""
    if operator in ("is", "is not", "==", "!=") and (
        right == Constant(None) or left == Constant(None)
    ):
        other = left if right == Constant(None) else right
        is_none = none_ness(other)
        if is_none is None and id(other) in machine.given:
            is_none = False
        if is_none is None:
            return None
        return is_none if operator in ("is", "==") else not is_none
    left, right = _single(left), _single(right)
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _compare_constants(operator, left.value, right.value)
    if operator in _IDENTITY:
        same = _is_same(left, right)
        return None if same is None else same is _IDENTITY[operator]
    if operator in ("in", "not in"):
        found = _contains(machine, right, left)
        return None if found is None else found if operator == "in" else not found
    return None


def _is_same(left: Value, right: Value) -> bool | None:
    """Whether two classes or functions are one and the same, None where that is not known."""
    match left, right:
        case External(one), External(other):
            if one == other:
                return True
            # The tables hold each class under one of its names.
            return False if _is_known(one) and _is_known(other) else None
        case Class(), Class():
            return left.identity == right.identity
        case Function(), Function():
            if left.definition is not right.definition:
                return False
            return True if left.frame is right.frame else None
        case (External(name), Class() | Function()) | (Class() | Function(), External(name)):
            return False if _is_known(name) else None
        case (Class(), Function()) | (Function(), Class()):
            return False
        case _:
            return None


def _is_known(name: str) -> bool:
    """Whether a name is a class of the tables."""
    facts = knowledge()
    tables = (facts.elbos, facts.optimizers, facts.families, facts.autoguides, facts.inferences)
    return any(name in table for table in tables)


def _single(value: Value) -> Value:
    """A number that arithmetic made of constants, as a constant."""
    literal = value.literal if isinstance(value, Numeric) else None
    if literal is not None and literal.shape == () and len(literal.values) == 1:
        return Constant(literal.values[0])
    return value


def none_ness(value: Value) -> bool | None:
    """Whether a value is None, None where that is not known."""
    match value:
        case Constant(content):
            return content is None
        case Unknown(is_given=is_given):
            return False if is_given else None
        case Choice(options):
            answers = {none_ness(option) for _, option in options}
            return answers.pop() if len(answers) == 1 else None
        case _:
            return False


def _compare_constants(operator: str, left: Any, right: Any) -> bool | None:
    try:
        match operator:
            case "==" | "is":
                return bool(left == right)
            case "!=" | "is not":
                return bool(left != right)
            case "<":
                return bool(left < right)
            case "<=":
                return bool(left <= right)
            case ">":
                return bool(left > right)
            case ">=":
                return bool(left >= right)
            case "in":
                return bool(left in right)
            case "not in":
                return bool(left not in right)
    except TypeError:
        return None
    return None


def _contains(machine: Machine, container: Value, item: Value) -> bool | None:
    if isinstance(container, Dictionary):
        if not isinstance(item, Constant):
            return None
        entries = entries_of(machine, container)
        if item.value in entries.known:
            return True
        return False if entries.rest is None else None
    contents: tuple[Value, ...] | None = None
    if isinstance(container, Tuple):
        contents = container.items
    elif isinstance(container, List):
        contents = items_of(machine, container).items
    if contents is None:
        return None
    if isinstance(item, Constant) and all(isinstance(each, Constant) for each in contents):
        return item in contents
    verdicts = {_is_same(item, each) for each in contents}
    return True if True in verdicts else False if None not in verdicts else None


def truth(machine: Machine, value: Value) -> bool | None:
    """Whether a value is true, None where that is not known."""
    match value:
        case Constant(content):
            return bool(content)
        case Tuple(items):
            return bool(items)
        case List():
            held = items_of(machine, value)
            return bool(held.items) if held.items is not None else None
        case Dictionary():
            entries = known_entries(machine, value)
            return bool(entries) if entries is not None else None
        case Function() | Bound() | Partial() | Class() | Handled() | Distribution():
            return True
        case LibraryObject(kind=kind):
            return None if kind == "namespace" else True
        case Choice(options):
            answers = {truth(machine, option) for _, option in options}
            return answers.pop() if len(answers) == 1 else None
        case _:
            return None
