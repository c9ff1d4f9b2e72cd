"""Which names of a file are the same variable, by the language's rules of scope."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False)
class Scope:
    """A module, class, function, lambda or comprehension; ``bound`` maps names to how."""

    node: ast.AST
    parent: Scope | None
    bound: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)

    @property
    def is_class(self) -> bool:
        """Whether functions within do not see its names."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def module(self) -> Scope:
        """The outermost scope."""
        return self if self.parent is None else self.parent.module

    def owner(self, name: str) -> Scope | None:
        """The scope whose variable ``name`` means here; None for a builtin or a star import's."""
        if name in self.declared_global:
            return self.module.bound_here(name)
        start = self.parent if name in self.declared_nonlocal else self
        scope = start
        while scope is not None:
            if name in scope.bound and (scope is start or not scope.is_class):
                return scope
            scope = scope.parent
        return None

    def bound_here(self, name: str) -> Scope | None:
        """This scope, if it binds ``name``."""
        return self if name in self.bound else None


@dataclass(frozen=True)
class Mention:
    """A name as it stands in the tree: a field of a node, or an item of a list there."""

    scope: Scope
    name: str
    node: ast.AST
    field: str
    index: int | None = None

    def rename(self, new: str) -> None:
        """Write another name in its place."""
        if isinstance(self.node, ast.alias):
            self.node.asname = new
        elif self.index is not None:
            getattr(self.node, self.field)[self.index] = new
        else:
            setattr(self.node, self.field, new)


Variable = tuple[Scope, str]


class Names:
    """All mentions of names in a module, by variable."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope(tree, None)
        self.scope_of: dict[ast.AST, Scope] = {}
        self._mentions: list[Mention] = []
        self._visit_all(tree.body, self.module)
        self.variables: dict[Variable, list[Mention]] = defaultdict(list)
        for mention in self._mentions:
            owner = mention.scope.owner(mention.name)
            if owner is not None:
                self.variables[owner, mention.name].append(mention)

    def _visit_all(self, nodes: Iterable[ast.AST | None], scope: Scope) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node, scope)

    def _mention(
        self, scope: Scope, name: str, node: ast.AST, field_: str, index: int | None = None
    ) -> None:
        self._mentions.append(Mention(scope, name, node, field_, index))

    def _bind(self, scope: Scope, name: str, how: str, node: ast.AST, field_: str) -> None:
        scope.bound[name].add(how)
        self._mention(scope, name, node, field_)

    def _visit(self, node: ast.AST, scope: Scope) -> None:
        self.scope_of[node] = scope
        if isinstance(node, FUNCTIONS):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._bind(scope, node.name, "class", node, "name")
            self._visit_all([*node.decorator_list, *node.bases, *node.keywords], scope)
            self._visit_all(node.body, Scope(node, scope))
        elif isinstance(node, COMPREHENSIONS):
            inner = Scope(node, scope)
            first, *rest = node.generators
            self._visit(first.iter, scope)
            self._visit_all([first.target, *first.ifs, *rest], inner)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            self._visit_all(parts, inner)
        elif isinstance(node, ast.NamedExpr):
            around = scope
            while isinstance(around.node, COMPREHENSIONS) and around.parent is not None:
                around = around.parent
            self._bind(around, node.target.id, "local", node.target, "id")
            self._visit(node.value, scope)
        else:
            self._names_of(node, scope)
            self._visit_all(ast.iter_child_nodes(node), scope)

    def _names_of(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self._mention(scope, name, node, "id")
            case ast.Name(id=name):
                self._bind(scope, name, "local", node, "id")
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                self._bind(scope, name, "local", node, "name")
            case ast.MatchStar(name=str(name)):
                self._bind(scope, name, "local", node, "name")
            case ast.MatchMapping(rest=str(name)):
                self._bind(scope, name, "local", node, "rest")
            case ast.alias(name=name, asname=other) if name != "*":
                how = "dotted import" if other is None and "." in name else "import"
                self._bind(scope, other or name.partition(".")[0], how, node, "asname")
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                is_global = isinstance(node, ast.Global)
                kept = scope.declared_global if is_global else scope.declared_nonlocal
                kept.update(names)
                for index, name in enumerate(names):
                    self._mention(scope, name, node, "names", index)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> None:
        inner = Scope(node, scope)
        arguments = node.args
        self._visit_all([*arguments.defaults, *arguments.kw_defaults], scope)
        for argument in parameters(arguments):
            self._bind(inner, argument.arg, "parameter", argument, "arg")
            self._visit_all([argument.annotation], scope)
        if isinstance(node, ast.Lambda):
            self._visit(node.body, inner)
        else:
            self._bind(scope, node.name, "function", node, "name")
            self._visit_all([*node.decorator_list, node.returns], scope)
            self._visit_all(node.body, inner)


def parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    """All parameters of a function."""
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (each for each in (arguments.vararg, arguments.kwarg) if each is not None)
