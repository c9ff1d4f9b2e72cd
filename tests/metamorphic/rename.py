"""Give variables, parameters and functions names that mislead, and imports other names."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Set
from itertools import count, cycle

from metamorphic.program import Files, Transformed
from metamorphic.scopes import Names, Variable

# Each claims what the value may well not be.
MISLEADING = ("positive", "log_scale", "sigma", "normalized", "logits", "constraint", "pyro_param")
_WORD = re.compile(r"\b\w+\b")


def rename_variables(files: Files) -> Transformed:
    """Rename locals, parameters, functions and variables at the top level of a file."""
    trees = {path: ast.parse(text) for path, text in files.items()}
    kept = {name: _names_from_outside(tree) for name, tree in trees.items()}
    keywords = {name for tree in trees.values() for name in _passed_by_keyword(tree)}

    def may_rename(path: str, variable: Variable) -> bool:
        scope, name = variable
        if scope.is_class or not scope.bound[name] <= {"local", "parameter", "function"}:
            return False
        if scope.parent is None:
            # Another file may import it.
            return not any(name in names for other, names in kept.items() if other != path)
        return "parameter" not in scope.bound[name] or name not in keywords

    return _renamed(trees, may_rename)


def rename_imports(files: Files) -> Transformed:
    """Import everything under another name."""
    trees = {path: ast.parse(text) for path, text in files.items()}

    def may_rename(path: str, variable: Variable) -> bool:
        scope, name = variable
        # Another file may import from this one what this one imported.
        reexported = scope.parent is None and any(
            name in _names_from_outside(tree) for other, tree in trees.items() if other != path
        )
        # `import a.b` binds `a`, `import a.b as c` binds `a.b`.
        return scope.bound[name] == {"import"} and not scope.is_class and not reexported

    return _renamed(trees, may_rename)


def _renamed(
    trees: dict[str, ast.Module], may_rename: Callable[[str, Variable], bool]
) -> Transformed:
    taken = {word for tree in trees.values() for word in _WORD.findall(ast.unparse(tree))}
    fresh = _fresh_names(taken)
    originals: dict[str, str] = {}
    for path, tree in trees.items():
        for variable, mentions in Names(tree).variables.items():
            name = variable[1]
            # Names with two underscores mean something to Python, or change within a class.
            if name.startswith("__") or not may_rename(path, variable):
                continue
            new = next(fresh)
            originals[new] = name
            for mention in mentions:
                mention.rename(new)

    def restore(text: str) -> str:
        return _WORD.sub(lambda word: originals.get(word[0], word[0]), text)

    return Transformed({path: ast.unparse(tree) for path, tree in trees.items()}, restore)


def _fresh_names(taken: Set[str]) -> Iterator[str]:
    numbers = count(1)
    for stem in cycle(MISLEADING):
        name = f"{stem}_{next(numbers)}"
        if name not in taken:
            yield name


def _names_from_outside(tree: ast.Module) -> set[str]:
    """The names that a file may ask others for: those it imports and those of attributes."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names.update(alias.name for alias in node.names)
            if any(alias.name == "*" for alias in node.names):
                names.update(each.id for each in ast.walk(tree) if isinstance(each, ast.Name))
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
    return names


def _passed_by_keyword(tree: ast.Module) -> Iterator[str]:
    """The names of keywords, and all strings where a call unpacks a dictionary."""
    unpacks = False
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword):
            unpacks = unpacks or node.arg is None
            if node.arg is not None:
                yield node.arg
    if unpacks:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
