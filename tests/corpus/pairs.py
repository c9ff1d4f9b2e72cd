"""Which functions of a file its own SVI calls train, as far as the syntax tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .project import Sampled, sampled
from .syntax import Function, argument, assignments, last_name, own_nodes, scopes

Scope = ast.Module | Function


@dataclass(frozen=True)
class Trained:
    """An SVI call and what it is given: functions of the file, calls that make the others."""

    call: ast.Call
    model: Function | None
    guide: Function | None
    autoguide: ast.Call | None
    optimizer: ast.expr | None
    loss: ast.expr | None

    @property
    def functions(self) -> tuple[Function, ...]:
        """The model and the guide, as far as they are functions of the file."""
        return tuple(each for each in (self.model, self.guide) if each is not None)


@lru_cache(maxsize=2)
def trained(tree: ast.Module) -> tuple[Trained, ...]:
    """What each SVI call of a file trains, in the order in which the calls stand."""
    return tuple(sorted(_trained(tree), key=lambda each: (each.call.lineno, each.call.col_offset)))


def _trained(tree: ast.Module) -> Iterator[Trained]:
    for scope in scopes(tree):
        if isinstance(scope, ast.ClassDef):
            continue
        for node in own_nodes(scope):
            if isinstance(node, ast.Call) and last_name(node.func) == "SVI":
                names = _Names(tree, scope, node.lineno)
                model, guide = argument(node, 0, "model"), argument(node, 1, "guide")
                optimizer, loss = argument(node, 2, "optim"), argument(node, 3, "loss")
                made = names.value(guide)
                is_auto = isinstance(made, ast.Call) and last_name(made).startswith("Auto")
                yield Trained(
                    node,
                    names.function(model),
                    names.function(guide),
                    made if is_auto and isinstance(made, ast.Call) else None,
                    names.value(optimizer),
                    names.value(loss),
                )


@dataclass(frozen=True)
class _Names:
    """What names stand for at a row of a scope."""

    tree: ast.Module
    scope: Scope
    row: int

    def value(self, node: ast.expr | None) -> ast.expr | None:
        """The expression that a name was last given in its scope; any other is itself."""
        if not isinstance(node, ast.Name):
            return node
        for scope in dict.fromkeys((self.scope, self.tree)):
            given = self._given(scope, node.id)
            if given:
                _, found = max(given, key=lambda each: each[0])
                return found
        return node

    def _given(self, scope: Scope, name: str) -> list[tuple[int, ast.expr | None]]:
        return [
            (node.lineno, value)
            for node in own_nodes(scope)
            if isinstance(node, ast.stmt) and node.lineno < self.row
            for target, value in assignments(node)
            if isinstance(target, ast.Name) and target.id == name
        ]

    def function(self, node: ast.expr | None) -> Function | None:
        """The function of the file that an expression names, enumerated or not."""
        if isinstance(node, ast.Call) and last_name(node) == "config_enumerate" and node.args:
            return self.function(node.args[0])
        if isinstance(node, ast.Name):
            defined = self._defined(node.id, [self.scope, self.tree])
            given = self._given(self.scope, node.id) or self._given(self.tree, node.id)
            row, value = max(given, key=lambda each: each[0], default=(0, None))
            if given and (defined is None or row > defined.lineno):
                # What the name was before: it may be given itself, decorated.
                return _Names(self.tree, self.scope, row).function(value)
            return defined
        if isinstance(node, ast.Attribute):
            classes = [each for each in ast.walk(self.tree) if isinstance(each, ast.ClassDef)]
            own = [each for each in classes if self.scope in each.body]
            is_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            return self._defined(node.attr, own if is_self else classes)
        return None

    def _defined(self, name: str, scopes_: list[Scope] | list[ast.ClassDef]) -> Function | None:
        """The definition that holds at the row; the only one where none stands above it."""
        found = [
            each
            for scope in dict.fromkeys(scopes_)
            for each in own_nodes(scope)
            if isinstance(each, Function) and each.name == name
        ]
        if any(isinstance(scope, ast.Module) for scope in scopes_):
            # Methods that a notebook shows by themselves are run by nobody.
            found = [each for each in found if not _takes_self(each)]
        above = [each for each in found if each.lineno < self.row]
        if isinstance(self.scope, ast.Module) and above:
            return max(above, key=lambda each: each.lineno)
        return found[0] if len(found) == 1 else None


def _takes_self(function: Function) -> bool:
    return bool(function.args.args) and function.args.args[0].arg == "self"


def programs(tree: ast.Module) -> dict[Function, bool]:
    """The functions that SVI trains, and whether each is a guide."""
    found: dict[Function, bool] = {}
    for each in trained(tree):
        if each.model is not None:
            found[each.model] = False
        if each.guide is not None:
            found[each.guide] = True
    return found


def sites_of(tree: ast.Module, function: Function) -> list[Sampled]:
    """The sample statements in a function, in the order in which they stand."""
    own = {id(node) for node in ast.walk(function)}
    found = [site for site in sampled(tree) if id(site.call) in own]
    return sorted(found, key=lambda site: (site.call.lineno, site.call.col_offset))


def is_observed(site: Sampled) -> bool:
    """Whether a statement has an observation written in it."""
    return any(keyword.arg in ("obs", "obs_mask") for keyword in site.call.keywords)


def start_of(function: Function) -> ast.stmt | None:
    """The first statement behind a docstring; None in a function of one line."""
    for statement in function.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_text and statement.lineno > function.lineno:
            return statement
    return None
