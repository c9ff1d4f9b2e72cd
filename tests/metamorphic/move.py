"""Move functions and classes to another file, which the old one imports them from."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Mapping

from metamorphic.program import Files, Transformed
from metamorphic.scopes import Names

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def move_definitions(files: Files) -> Transformed:
    """Move what needs nothing of its file but its imports and what moves along."""
    done: dict[str, str] = {}
    for path, text in files.items():
        tree = ast.parse(text)
        moved = _movable(tree)
        if not moved:
            done[path] = text
            continue
        folder, name = posixpath.split(path)
        module = re.sub(r"\W", "_", name.removesuffix(".py")) + "_moved"
        imports = [each for each in tree.body if isinstance(each, (ast.Import, ast.ImportFrom))]
        new = ast.Module([*imports, *moved.values()], [])
        done[posixpath.join(folder, f"{module}.py")] = ast.unparse(new)
        tree.body = [
            _import_of(module, each.name)
            if isinstance(each, Definition) and moved.get(each.name) is each
            else each
            for each in tree.body
        ]
        done[path] = ast.unparse(ast.fix_missing_locations(tree))
    return Transformed(done)


def _import_of(module: str, name: str) -> ast.ImportFrom:
    return ast.ImportFrom(module=module, names=[ast.alias(name=name)], level=0)


def _movable(tree: ast.Module) -> Mapping[str, Definition]:
    """The largest set of definitions of which none reads a variable that stays."""
    names = Names(tree)
    bindings: dict[str, list[ast.AST]] = {}
    readers: dict[ast.AST, set[str]] = {}
    for (scope, variable), mentions in names.variables.items():
        if scope is names.module:
            for mention in mentions:
                readers.setdefault(mention.node, set()).add(variable)
                if _binds(mention.node):
                    bindings.setdefault(variable, []).append(mention.node)
    imported = {
        variable
        for variable, nodes in bindings.items()
        if all(isinstance(node, ast.alias) and node in _imported(tree) for node in nodes)
    }
    # What is bound twice, or bound anew by a function, would not be the same in two files.
    movable = {
        each.name: each
        for each in tree.body
        if isinstance(each, Definition) and bindings[each.name] == [each]
    }
    needs = {
        name: {need for node in ast.walk(each) for need in readers.get(node, ())}
        for name, each in movable.items()
    }
    while staying := [name for name in movable if not needs[name] <= imported | movable.keys()]:
        for name in staying:
            del movable[name]
    return movable


def _imported(tree: ast.Module) -> list[ast.alias]:
    """What the statements bring in that are copied."""
    return [
        alias
        for statement in tree.body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for alias in statement.names
    ]


def _binds(node: ast.AST) -> bool:
    return not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load)
