"""What Pyro itself calls deprecated."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pyro

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


def _arguments(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Parameters that a function warns of where they are given, with the warnings' texts."""
    parameters = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
    for statement in function.body:
        if not isinstance(statement, ast.If):
            continue
        tested = {each.id for each in ast.walk(statement.test) if isinstance(each, ast.Name)}
        if len(tested & parameters) != 1:
            continue
        for inner in statement.body:
            value = inner.value if isinstance(inner, ast.Expr) else None
            text = _warning_text(value) if isinstance(value, ast.Call) else None
            if text is not None and min(tested & parameters) in text:
                yield min(tested & parameters), text


def _methods(name: str, outer: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for method in outer.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        is_initializer = method.name == "__init__"
        text = _warns(method)
        # A method that stands in for what it recommends is not itself deprecated.
        if text is not None and f"favor of .{method.name}()" not in text:
            yield name if is_initializer else f"{name}.{method.name}", text
        if is_initializer:
            for argument, warning in _arguments(method):
                yield f"{name}({argument}=)", warning


def _modules() -> Iterator[tuple[str, str]]:
    """Modules that warn when they are imported; they are read, and not run."""
    root = Path(pyro.__file__).parent
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            value = statement.value if isinstance(statement, ast.Expr) else None
            text = _warning_text(value) if isinstance(value, ast.Call) else None
            if text is not None:
                yield ".".join(parts), text


def read_deprecated(names: Names) -> dict[str, str]:
    """Functions, classes, methods, arguments and modules of Pyro that warn of deprecation.

    An argument stands as ``pyro.infer.SVI(num_steps=)``.
    """
    found: dict[str, str] = dict(_modules())
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
            found.update(_methods(name, outer))
    return found
