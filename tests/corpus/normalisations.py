"""Where a program brings data to order one, by syntax alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edits import Text
from .syntax import assignments, last_name, own_nodes, scopes

SCALERS = frozenset(
    {"MaxAbsScaler", "MinMaxScaler", "Normalizer", "RobustScaler", "StandardScaler", "zscore"}
)
"""What scales; a PCA, an imputer or a vectorizer has a ``fit_transform`` and does not."""

PIXELS = (255, 255.0, 256, 256.0)


def raw_side(given: Text) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each expression that brings data to order one, with what it would be without.

    Data that a ``make_…`` of scikit-learn or a random generator draws is of order one as it is.
    """
    for scope in scopes(given.tree):
        if isinstance(scope, ast.ClassDef):
            continue
        nodes = list(own_nodes(scope))
        values = {
            ast.unparse(target): value
            for node in nodes
            for target, value in assignments(node)
            if value is not None
        }
        drawn = _drawn(nodes)
        for node in nodes:
            raw: ast.expr | None = None
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                raw = _divided(given, node)
            elif isinstance(node, ast.Call) and _scales(node, values):
                raw = node.args[0] if node.args else None
            if raw is not None and isinstance(node, ast.expr) and not _names(raw) & drawn:
                yield node, raw


def _drawn(nodes: list[ast.AST]) -> set[str]:
    """Names that are given what is made up rather than read."""
    return {
        name.id
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if last_name(node.value).startswith(("make_", "rand", "normal", "sample"))
        for target in node.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    }


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _scales(call: ast.Call, values: dict[str, ast.expr]) -> bool:
    if last_name(call.func) == "zscore":
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr not in ("fit_transform", "transform"):
        return False
    scaler = call.func.value
    return last_name(values.get(ast.unparse(scaler), scaler)) in SCALERS


def _divided(given: Text, division: ast.BinOp) -> ast.expr | None:
    if isinstance(division.right, ast.Constant) and division.right.value in PIXELS:
        return division.left
    spread = given.of(division.right).lower()
    if isinstance(division.left, ast.BinOp) and isinstance(division.left.op, ast.Sub):
        centre = given.of(division.left.right).lower()
        if "mean" in centre and "std" in spread:
            return division.left.left
    return None
