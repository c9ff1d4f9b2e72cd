"""What the syntax of a program tells a mutation operator, and edits of its text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pyrolint.semantics.library.distributions import needed_set
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.sets import Interval

CONSTRAINTS = frozenset(
    {
        "corr_cholesky",
        "corr_matrix",
        "greater_than",
        "greater_than_eq",
        "half_open_interval",
        "interval",
        "lower_cholesky",
        "nonnegative",
        "positive",
        "positive_definite",
        "simplex",
        "softplus_lower_cholesky",
        "softplus_positive",
        "unit_interval",
    }
)
"""The constraints that a drop takes away: those whose sets are not the reals."""

SHAPE_METHODS = frozenset(
    {
        "contiguous",
        "double",
        "expand",
        "expand_as",
        "flatten",
        "float",
        "permute",
        "repeat",
        "reshape",
        "squeeze",
        "to",
        "transpose",
        "type_as",
        "unsqueeze",
        "view",
    }
)
"""Methods that leave each element as it is, so that what they are called on is still bare."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def last_name(node: ast.AST | None) -> str:
    """The last part of a dotted name, or of that of a call's callee."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def argument(call: ast.Call, position: int | None, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is not None and position < len(call.args):
        found = call.args[position]
        return None if isinstance(found, ast.Starred) else found
    return None


def is_parameter(node: ast.AST) -> bool:
    """Whether an expression declares or reads a parameter: ``pyro.param`` or ``PyroParam``."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr == "param":
        return isinstance(node.func.value, ast.Name) and node.func.value.id not in ("self", "cls")
    return last_name(node.func) == "PyroParam" or (
        isinstance(node.func, ast.Name) and node.func.id == "param"
    )


def constraint_of(parameter: ast.Call) -> ast.expr | None:
    """The constraint of a parameter, where one of ``CONSTRAINTS`` is written out."""
    position = 1 if last_name(parameter.func) == "PyroParam" else 2
    found = argument(parameter, position, "constraint")
    return found if last_name(found) in CONSTRAINTS else None


def init_of(parameter: ast.Call) -> ast.expr | None:
    """The initial value of a parameter, a lambda's body in its place."""
    is_pyro_param = last_name(parameter.func) == "PyroParam"
    name = "init_value" if is_pyro_param else "init_tensor"
    found = argument(parameter, 0 if is_pyro_param else 1, name)
    return found.body if isinstance(found, ast.Lambda) else found


@dataclass(frozen=True)
class _Argument:
    name: str
    position: int | None
    constrained: bool


@cache
def _families() -> dict[str, tuple[_Argument, ...]]:
    """The arguments of each family by its last name, and whether they may not be any real."""
    families: dict[str, tuple[_Argument, ...]] = {}
    for name, family in knowledge().families.items():
        arguments: list[_Argument] = []
        for position, each in enumerate(family.arguments):
            needs = needed_set(each)
            is_real = isinstance(needs, Interval) and needs.is_real_line
            place = None if each.keyword_only else position
            arguments.append(_Argument(each.name, place, needs is not None and not is_real))
        families[name.rpartition(".")[2]] = tuple(arguments)
    return families


def is_family(name: str) -> bool:
    """Whether a distribution is called so, by the last part of its name."""
    return name in _families()


def distribution_arguments(call: ast.Call) -> Iterator[tuple[str, ast.expr, bool]]:
    """The arguments of a distribution's call: name, value, whether constrained."""
    for each in _families().get(last_name(call.func), ()):
        value = argument(call, each.position, each.name)
        if value is not None:
            yield each.name, value, each.constrained


def bare(node: ast.expr) -> ast.expr:
    """What an expression is of, less indexing and changes of shape."""
    while True:
        if isinstance(node, ast.Subscript):
            node = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SHAPE_METHODS
        ):
            node = node.func.value
        else:
            return node


def scopes(tree: ast.Module) -> Iterator[ast.Module | Function | ast.ClassDef]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node


def parameters_by_target(scope: ast.AST) -> dict[str, list[ast.Call]]:
    """Names that hold nothing but parameters in a scope, and attributes of self in a class."""
    found: dict[str, list[ast.Call]] = {}
    spoilt: set[str] = set()
    wanted = ast.Attribute if isinstance(scope, ast.ClassDef) else ast.Name
    nodes = ast.walk(scope) if isinstance(scope, ast.ClassDef) else own_nodes(scope)
    for node in nodes:
        for target, value in assignments(node):
            if not isinstance(target, wanted):
                continue
            name = ast.unparse(target)
            if value is not None and is_parameter(value) and isinstance(value, ast.Call):
                found.setdefault(name, []).append(value)
            else:
                spoilt.add(name)
    return {name: calls for name, calls in found.items() if name not in spoilt}


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope that no function or class inside it owns."""
    pending: list[ast.AST] = list(ast.iter_child_nodes(scope))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))


def assignments(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Targets with what they are given, None where that is not one expression."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _unpacked(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        yield node.target, node.value
    elif isinstance(node, ast.AugAssign):
        yield node.target, None
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield from _unpacked(node.target, None)


def _unpacked(
    target: ast.expr, value: ast.expr | None
) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    if not isinstance(target, (ast.Tuple, ast.List)):
        yield target, value
        return
    values: list[ast.expr | None] = [None] * len(target.elts)
    if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
        values = list(value.elts)
    for element, own in zip(target.elts, values, strict=True):
        yield from _unpacked(element, own)
