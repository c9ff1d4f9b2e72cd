"""Move expressions into functions of the same file, called in their place."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from metamorphic.program import Files, Transformed
from metamorphic.scopes import Names, Scope

HELPER = "extracted_"
_CALL = re.compile(HELPER + r"(\d+)\([^()]*\)")
# Functions that look at the frame of whoever calls them.
_FRAME_FUNCTIONS = frozenset({"super", "locals", "vars", "dir", "eval", "exec", "__class__"})


def extract_values(files: Files) -> Transformed:
    """Whatever is assigned, returned or evaluated as a statement comes from a helper."""
    return _extracted(files, _Values)


def extract_arguments(files: Files) -> Transformed:
    """Every argument of a call that is more than a name or a number comes from a helper."""
    return _extracted(files, _Arguments)


def _extracted(files: Files, extractor: Callable[[Names, list[str]], _Extractor]) -> Transformed:
    bodies: list[str] = []
    done: dict[str, str] = {}
    for path, text in files.items():
        tree = ast.parse(text)
        first = len(bodies)
        transformer = extractor(Names(tree), bodies)
        tree.body = [transformer.visit(statement) for statement in tree.body]
        at = _start(tree)
        tree.body[at:at] = transformer.helpers
        assert len(transformer.helpers) == len(bodies) - first
        done[path] = ast.unparse(ast.fix_missing_locations(tree))

    def restore(text: str) -> str:
        while _CALL.search(text):
            text = _CALL.sub(lambda call: f"({bodies[int(call[1])]})", text)
        return text

    return Transformed(done, restore)


def _start(tree: ast.Module) -> int:
    """Behind what must stand first: the docstring and imports from the future."""
    at = 0
    for index, statement in enumerate(tree.body):
        match statement:
            case ast.Expr(value=ast.Constant(value=str())) if index == 0:
                at = 1
            case ast.ImportFrom(module="__future__"):
                at = index + 1
    return at


class _Extractor(ast.NodeTransformer):
    """Makes helpers; ``bodies`` collects what each returns, over all files."""

    def __init__(self, names: Names, bodies: list[str]) -> None:
        self.helpers: list[ast.FunctionDef] = []
        self._names = names
        self._bodies = bodies

    def _extract(self, value: ast.expr, passed: list[str] | None) -> ast.expr:
        """A call of a new helper that returns ``value``; itself where that would differ."""
        if passed is None:
            return value
        number = len(self._bodies)
        self._bodies.append(ast.unparse(value))
        name = f"{HELPER}{number}"
        self.helpers.append(
            ast.FunctionDef(
                name=name,
                args=ast.arguments(
                    posonlyargs=[],
                    args=[ast.arg(arg=each) for each in passed],
                    kwonlyargs=[],
                    kw_defaults=[],
                    defaults=[],
                ),
                body=[ast.Return(value=value)],
                decorator_list=[],
            )
        )
        arguments: list[ast.expr] = [ast.Name(id=each, ctx=ast.Load()) for each in passed]
        return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=arguments, keywords=[])

    def _passed(self, value: ast.expr) -> list[str] | None:
        """The local variables a helper must be given; None where it would mean something else.

        To be asked before the tree is changed.
        """
        if isinstance(value, (ast.Name, ast.Constant, ast.Starred)):
            return None
        scope = self._names.scope_of[value]
        passed: dict[str, None] = {}
        is_late = False
        for node in ast.walk(value):
            # These belong to the function they stand in.
            if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
                return None
            # A private attribute's name depends on the class around it.
            if isinstance(node, ast.Attribute) and re.match(r"__\w*(?<!__)$", node.attr):
                return None
            # These read their variables later, when they may have changed.
            is_late = is_late or isinstance(node, (ast.Lambda, ast.GeneratorExp))
            if isinstance(node, ast.Name):
                if node.id in _FRAME_FUNCTIONS:
                    return None
                owner = self._names.scope_of[node].owner(node.id)
                if owner is not None and owner.parent is not None and _encloses(owner, scope):
                    passed[node.id] = None
        return None if is_late and passed else list(passed)


def _encloses(owner: Scope, scope: Scope) -> bool:
    """Whether a variable's scope is the one an expression stands in, or one around it."""
    at: Scope | None = scope
    while at is not None and at is not owner:
        at = at.parent
    return at is owner


class _Values(_Extractor):
    def visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
            return self.generic_visit(node)
        if node.value is not None:
            node.value = self._extract(node.value, self._passed(node.value))
        return node


class _Arguments(_Extractor):
    def visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, ast.Call):
            return self.generic_visit(node)
        passed = [self._passed(each) for each in node.args]
        passed_by_keyword = [self._passed(each.value) for each in node.keywords]
        self.generic_visit(node)
        node.args = [
            self._extract(value, names) for value, names in zip(node.args, passed, strict=True)
        ]
        for keyword, names in zip(node.keywords, passed_by_keyword, strict=True):
            keyword.value = self._extract(keyword.value, names)
        return node
