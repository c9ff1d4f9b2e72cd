"""What the syntax of a whole package tells of its guides and sites."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .syntax import Function, argument, assignments, is_family, last_name, own_nodes, scopes

UNNAMED = "{}"
"""The pattern of a name of which nothing is written out."""


@dataclass(frozen=True)
class Guide:
    """A function that is called a guide, or a method of a class that is."""

    function: Function
    owner: str | None

    def is_mentioned(self, project: Project) -> bool:
        """Whether the package ever names it but to define, import or export it.

        Only the package's users can pair a guide that it never names.
        """
        if self.owner is not None and self.function.name in ("forward", "__call__"):
            return self.owner in project.mentions
        return self.function.name in project.mentions


@dataclass(frozen=True)
class Sampled:
    """A sample statement: the pattern of its name, its family's call, the guide it stands in."""

    name: str
    call: ast.Call
    family: ast.Call | None
    guide: Guide | None


@dataclass(frozen=True)
class Project:
    """What holds for all files of a package.

    ``models`` maps a site's pattern to the families that it has outside guides, with None for
    those that are not written out; ``mentions`` are all names that are read, but to be rendered;
    ``imports`` are the last parts of all names that are imported, or imported from.
    """

    models: Mapping[str, frozenset[str | None]] = field(default_factory=dict)
    mentions: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()


def project_of(trees: Iterable[ast.Module]) -> Project:
    """The facts of the files of a package."""
    models: dict[str, set[str | None]] = defaultdict(set)
    mentions: set[str] = set()
    imports: set[str] = set()
    for tree in trees:
        for site in sampled(tree):
            if site.guide is None and site.name != UNNAMED:
                models[site.name].add(last_name(site.family) or None)
        drawn = {
            id(each)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and last_name(node.func) == "render_model"
            for each in ast.walk(node)
        }
        for node in ast.walk(tree):
            if id(node) in drawn:
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports.update(each.name.rpartition(".")[2] for each in node.names)
                if isinstance(node, ast.ImportFrom) and node.module:
                    imports.add(node.module.rpartition(".")[2])
            elif isinstance(node, ast.Attribute):
                mentions.add(node.attr)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                mentions.add(node.id)
    known = {name: frozenset(found) for name, found in models.items()}
    return Project(known, frozenset(mentions), frozenset(imports))


def trains(tree: ast.Module) -> bool:
    """Whether a file makes an inference or an ELBO itself."""
    return any(
        last_name(node.func).endswith(("SVI", "ELBO", "Importance", "RWS", "CSIS"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    )


def guides(tree: ast.Module) -> Iterator[Guide]:
    """Functions and methods that are called guides, or stand in a class that is."""
    for scope in scopes(tree):
        owner = scope.name if isinstance(scope, ast.ClassDef) else None
        for node in ast.iter_child_nodes(scope):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if "guide" in node.name.lower() or "guide" in (owner or "").lower():
                    yield Guide(node, owner)


def sampled(tree: ast.Module) -> Iterator[Sampled]:
    """All statements that sample by name."""
    owners = {
        node: guide
        # Of nested guides the inner one owns what it holds: it comes later.
        for guide in guides(tree)
        for node in ast.walk(guide.function)
        if isinstance(node, ast.Call)
    }
    for scope in scopes(tree):
        if isinstance(scope, ast.ClassDef):
            continue
        nodes = list(own_nodes(scope))
        named = {
            target.id: value
            for node in nodes
            for target, value in assignments(node)
            if isinstance(target, ast.Name) and value is not None
        }
        for node in nodes:
            if not (isinstance(node, ast.Call) and last_name(node.func) == "sample"):
                continue
            name, drawn = argument(node, 0, "name"), argument(node, 1, "fn")
            if name is None or drawn is None:
                continue
            if isinstance(drawn, ast.Name):
                drawn = named.get(drawn.id)
            yield Sampled(pattern(name), node, _outermost_family(drawn), owners.get(node))


def pattern(name: ast.expr) -> str:
    """A site's name as far as it is written out, with ``{}`` for the rest."""
    match name:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(pattern(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return pattern(left) + pattern(right)
        case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod()):
            return re.sub(r"%[-+ #0-9.]*[a-z]", UNNAMED, text)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr="format")):
            return re.sub(r"\{[^{}]*\}", UNNAMED, text)
        case _:
            return UNNAMED


def _outermost_family(node: ast.expr | None) -> ast.Call | None:
    """The family's call under any number of ``.to_event(…)``, ``.expand(…)``, ``.mask(…)``."""
    while isinstance(node, ast.Call):
        if is_family(last_name(node.func)):
            return node
        if not isinstance(node.func, ast.Attribute):
            return None
        node = node.func.value
    return None
