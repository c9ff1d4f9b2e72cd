"""What Pyro itself calls deprecated."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

from .naming import Names


def _warning_text(node: ast.Call) -> str | None:
    """The literal text of a ``warnings.warn`` that speaks of deprecation."""
    called = ast.unparse(node.func)
    if called not in ("warnings.warn", "warn") or not node.args:
        return None
    message = node.args[0]
    if isinstance(message, ast.Call) and isinstance(message.func, ast.Attribute):
        message = message.func.value
    if not isinstance(message, ast.Constant) or not isinstance(message.value, str):
        return None
    category = [ast.unparse(each) for each in node.args[1:]]
    category += [ast.unparse(each.value) for each in node.keywords]
    speaks = "deprecated" in message.value or any("Deprecat" in each for each in category)
    return " ".join(message.value.split()) if speaks else None


def _first_statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """The statements that every call runs: those outside branches and loops."""
    for statement in function.body:
        if isinstance(statement, ast.Expr):
            yield statement


def _warns(function: ast.FunctionDef) -> str | None:
    for statement in _first_statements(function):
        value = statement.value if isinstance(statement, ast.Expr) else None
        text = _warning_text(value) if isinstance(value, ast.Call) else None
        if text is not None:
            return text
    return None


def read_deprecated(names: Names) -> dict[str, str]:
    """Functions, classes and methods of Pyro that warn of deprecation whenever they are called."""
    found: dict[str, str] = {}
    for name, value in names.canonical_objects():
        if not name.startswith("pyro."):
            continue
        if not inspect.isclass(value) and not inspect.isfunction(value):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
        except (OSError, TypeError, SyntaxError):
            continue
        outer = tree.body[0]
        if isinstance(outer, ast.FunctionDef):
            text = _warns(outer)
            if text is not None:
                found[name] = text
        elif isinstance(outer, ast.ClassDef):
            for method in outer.body:
                if not isinstance(method, ast.FunctionDef):
                    continue
                text = _warns(method)
                # A method that stands in for what it recommends is not itself deprecated.
                if text is not None and f"favor of .{method.name}()" not in text:
                    found[name if method.name == "__init__" else f"{name}.{method.name}"] = text
    return found
