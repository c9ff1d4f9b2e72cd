"""Lowering: one walk over a libcst tree makes the intermediate representation of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import libcst as cst

from pyrolint.syntax import ir
from pyrolint.syntax.lower_expressions import EXPRESSIONS, annotation, argument, other, parameters
from pyrolint.syntax.operators import AUGMENTED_OPERATORS
from pyrolint.syntax.recursion import with_deep_recursion
from pyrolint.syntax.walk import CHAIN_LIMIT, Walk


def lower(tree: cst.Module, path: str, *, is_notebook: bool) -> tuple[ir.Module, list[cst.CSTNode]]:
    """Lower a parsed file; ``path`` is absolute.

    The list holds the libcst node of each address: ``nodes[expression.at]``. Equal sources give
    equal addresses.
    """

    def walked() -> tuple[ir.Module, list[cst.CSTNode]]:
        walk = Walk(EXPRESSIONS, other)
        body = _statements(walk, tree.body)
        return ir.Module(path, body, is_notebook, _exports(body)), walk.nodes

    return with_deep_recursion(walked)


def _statements(walk: Walk, lines: Iterable[cst.CSTNode]) -> tuple[ir.Statement, ...]:
    """Lower the statements of a block or of the module."""
    lowered: list[ir.Statement] = []
    for line in lines:
        if line.__class__ is cst.SimpleStatementLine:
            _small_statements(walk, line.body, lowered)
        else:
            lowered.append(_COMPOUND.get(line.__class__, _unread)(walk, line))
    return tuple(lowered)


def _small_statements(
    walk: Walk, smalls: Iterable[cst.BaseSmallStatement], lowered: list[ir.Statement]
) -> None:
    for small in smalls:
        statement = _SMALL.get(small.__class__, _unread)(walk, small)
        if statement is not None:
            lowered.append(statement)


def _suite(walk: Walk, suite: cst.BaseSuite) -> tuple[ir.Statement, ...]:
    if isinstance(suite, cst.SimpleStatementSuite):
        lowered: list[ir.Statement] = []
        _small_statements(walk, suite.body, lowered)
        return tuple(lowered)
    return _statements(walk, suite.body)


def _optional_suite(walk: Walk, clause: cst.Else | cst.Finally | None) -> tuple[ir.Statement, ...]:
    return () if clause is None else _suite(walk, clause.body)


# --- simple statements -----------------------------------------------------------------------


def _expression_statement(walk: Walk, node: cst.Expr) -> ir.Statement | None:
    if node.value.__class__ is cst.SimpleString:
        return None  # a docstring, or a comment in a string
    at = walk.note(node)
    return ir.ExpressionStatement(at, walk.expression(node.value))


def _assign(walk: Walk, node: cst.Assign) -> ir.Statement:
    at = walk.note(node)
    targets = tuple([walk.expression(target.target) for target in node.targets])
    return ir.Assign(at, targets, walk.expression(node.value), None)


def _annotated_assign(walk: Walk, node: cst.AnnAssign) -> ir.Statement | None:
    at = walk.note(node)
    if node.value is None:
        name = node.target.value if isinstance(node.target, cst.Name) else None
        annotation(walk, node.annotation)  # for the words in it
        return ir.Declaration(at, "field", (name,)) if name is not None else None
    target = walk.expression(node.target)
    annotated = annotation(walk, node.annotation)
    return ir.Assign(at, (target,), walk.expression(node.value), annotated)


def _augmented_assign(walk: Walk, node: cst.AugAssign) -> ir.Statement:
    at = walk.note(node)
    operator = AUGMENTED_OPERATORS[node.operator.__class__]
    return ir.AugmentedAssign(
        at, walk.expression(node.target), operator, walk.expression(node.value)
    )


def _return(walk: Walk, node: cst.Return) -> ir.Statement:
    at = walk.note(node)
    return ir.Return(at, walk.optional(node.value))


def _pass(walk: Walk, node: cst.Pass) -> None:
    return None


def _break(walk: Walk, node: cst.Break) -> ir.Statement:
    return ir.Jump(walk.note(node), "break")


def _continue(walk: Walk, node: cst.Continue) -> ir.Statement:
    return ir.Jump(walk.note(node), "continue")


def _delete(walk: Walk, node: cst.Del) -> ir.Statement:
    at = walk.note(node)
    target = walk.expression(node.target)
    return ir.Delete(at, target.elements if isinstance(target, ir.Display) else (target,))


def _raise(walk: Walk, node: cst.Raise) -> ir.Statement:
    at = walk.note(node)
    return ir.Raise(at, walk.optional(node.exc))


def _assert(walk: Walk, node: cst.Assert) -> ir.Statement:
    at = walk.note(node)
    return ir.Assert(at, walk.expression(node.test))


def _declaration(walk: Walk, node: cst.Global | cst.Nonlocal) -> ir.Statement:
    kind = "global" if isinstance(node, cst.Global) else "nonlocal"
    return ir.Declaration(walk.note(node), kind, tuple([item.name.value for item in node.names]))


def _import(walk: Walk, node: cst.Import) -> ir.Statement:
    at = walk.note(node)
    places = tuple([walk.note(item) for item in node.names])
    return ir.Import(at, tuple([_alias(item) for item in node.names]), places)


def _import_from(walk: Walk, node: cst.ImportFrom) -> ir.Statement:
    module = "" if node.module is None else _dotted(node.module)
    at = walk.note(node)
    names: tuple[tuple[str, str | None], ...] = (("*", None),)
    places: tuple[int, ...] = (at,)
    if not isinstance(node.names, cst.ImportStar):
        names = tuple([_alias(item) for item in node.names])
        places = tuple([walk.note(item) for item in node.names])
    return ir.ImportFrom(at, module, len(node.relative), names, places)


def _alias(item: cst.ImportAlias) -> tuple[str, str | None]:
    alias = item.asname.name if item.asname is not None else None
    return _dotted(item.name), alias.value if isinstance(alias, cst.Name) else None


def _dotted(node: cst.BaseExpression) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    assert isinstance(node, cst.Name)
    parts.append(node.value)
    return ".".join(reversed(parts))


def _type_alias(walk: Walk, node: cst.TypeAlias) -> ir.Statement:
    return ir.OpaqueStatement(walk.note(node), (node.name.value,))


# --- compound statements ---------------------------------------------------------------------


def _if(walk: Walk, node: cst.If) -> ir.Statement:
    """Lower an ``if`` with all its ``elif``; past the limit the rest are cases of a match."""
    chain = [node]
    orelse = node.orelse
    while isinstance(orelse, cst.If):
        chain.append(orelse)
        orelse = orelse.orelse
    branches = [
        (walk.note(link), walk.expression(link.test), _suite(walk, link.body)) for link in chain
    ]
    last = _optional_suite(walk, orelse)
    if len(branches) > CHAIN_LIMIT:
        rest = branches[CHAIN_LIMIT:]
        del branches[CHAIN_LIMIT:]
        cases = [ir.Case(at, (), False, body) for at, _, body in rest]
        cases.append(ir.Case(rest[-1][0], (), True, last))
        tests = ir.Opaque(rest[0][0], tuple([test for _, test, _ in rest]))
        last = (ir.Match(rest[0][0], tests, tuple(cases)),)
    for at, test, body in reversed(branches[1:]):
        last = (ir.If(at, test, body, last),)
    return ir.If(*branches[0], last)


def _for(walk: Walk, node: cst.For) -> ir.Statement:
    at = walk.note(node)
    return ir.For(
        at,
        walk.expression(node.target),
        walk.expression(node.iter),
        _suite(walk, node.body),
        _optional_suite(walk, node.orelse),
    )


def _while(walk: Walk, node: cst.While) -> ir.Statement:
    at = walk.note(node)
    return ir.While(
        at,
        walk.expression(node.test),
        _suite(walk, node.body),
        _optional_suite(walk, node.orelse),
    )


def _with(walk: Walk, node: cst.With) -> ir.Statement:
    at = walk.note(node)
    items = tuple([_with_item(walk, item) for item in node.items])
    return ir.With(at, items, _suite(walk, node.body))


def _with_item(walk: Walk, node: cst.WithItem) -> ir.WithItem:
    at = walk.note(node)
    context = walk.expression(node.item)
    return ir.WithItem(at, context, walk.optional(node.asname.name if node.asname else None))


def _try(walk: Walk, node: cst.Try | cst.TryStar) -> ir.Statement:
    at = walk.note(node)
    return ir.Try(
        at,
        _suite(walk, node.body),
        tuple([_handler(walk, handler) for handler in node.handlers]),
        _optional_suite(walk, node.orelse),
        _optional_suite(walk, node.finalbody),
    )


def _handler(walk: Walk, node: cst.ExceptHandler | cst.ExceptStarHandler) -> ir.Handler:
    at = walk.note(node)
    exception = walk.optional(node.type)
    name = node.name.name if node.name is not None else None
    bound = name.value if isinstance(name, cst.Name) else None
    return ir.Handler(at, exception, bound, _suite(walk, node.body))


def _function(walk: Walk, node: cst.FunctionDef) -> ir.Statement:
    at = walk.note(node)
    words, called = len(walk.words), len(walk.called)
    yields = walk.yields
    decorators = tuple([walk.expression(item.decorator) for item in node.decorators])
    signature = parameters(walk, node.params)
    returns = annotation(walk, node.returns)
    walk.yields = False
    body = _suite(walk, node.body)
    is_generator = walk.yields
    walk.yields = yields
    return ir.Function(
        at,
        node.name.value,
        signature,
        body,
        decorators,
        returns,
        node.asynchronous is not None,
        is_generator,
        frozenset(walk.words[words:]),
        frozenset(walk.called[called:]),
    )


def _class(walk: Walk, node: cst.ClassDef) -> ir.Statement:
    at = walk.note(node)
    decorators = tuple([walk.expression(item.decorator) for item in node.decorators])
    bases = tuple([argument(walk, base) for base in (*node.bases, *node.keywords)])
    return ir.Class(at, node.name.value, bases, _suite(walk, node.body), decorators)


def _match(walk: Walk, node: cst.Match) -> ir.Statement:
    at = walk.note(node)
    subject = walk.expression(node.subject)
    return ir.Match(at, subject, tuple([_case(walk, subject, case) for case in node.cases]))


def _case(walk: Walk, subject: ir.Expression, node: cst.MatchCase) -> ir.Case:
    at = walk.note(node)
    pattern = node.pattern
    bound: list[str] = []
    pending: list[cst.CSTNode] = [pattern]
    while pending:
        part = pending.pop()
        name = getattr(part, _BINDERS.get(part.__class__, ""), None)
        if name is not None:
            bound.append(name.value)
        pending.extend(child for child in part.children if isinstance(child, _PATTERN_PARTS))
    is_name = isinstance(subject, ir.Name | ir.Attribute | ir.Constant)
    test = _equal_test(walk, subject, pattern) if is_name else None
    if node.guard is not None:
        guard = walk.expression(node.guard)
        test = ir.Boolean(at, "and", test, guard) if test is not None else None
    irrefutable = (
        isinstance(pattern, cst.MatchAs) and pattern.pattern is None and node.guard is None
    )
    return ir.Case(at, tuple(bound), irrefutable, _suite(walk, node.body), test)


def _equal_test(
    walk: Walk, subject: ir.Expression, pattern: cst.MatchPattern
) -> ir.Expression | None:
    """The test that a pattern of values makes; None for one that takes its subject apart."""
    at = walk.note(pattern)
    match pattern:
        case cst.MatchValue(value=value):
            return ir.Comparison(at, subject, ("==",), (walk.expression(value),))
        case cst.MatchSingleton(value=value):
            return ir.Comparison(at, subject, ("is",), (walk.expression(value),))
        case cst.MatchOr(patterns=elements):
            tests = [_equal_test(walk, subject, each.pattern) for each in elements]
            whole = tests[0]
            for test in tests[1:]:
                if whole is None or test is None:
                    return None
                whole = ir.Boolean(at, "or", whole, test)
            return whole
        case _:
            return None


# The field of a pattern that names what it binds.
_BINDERS: Mapping[type[cst.CSTNode], str] = {
    cst.MatchAs: "name",
    cst.MatchStar: "name",
    cst.MatchMapping: "rest",
}
_PATTERN_PARTS = (
    cst.MatchPattern,
    cst.MatchSequenceElement,
    cst.MatchStar,
    cst.MatchMappingElement,
    cst.MatchKeywordElement,
    cst.MatchOrElement,
)


def _unread(walk: Walk, node: cst.CSTNode) -> ir.Statement:
    """Lower a statement of a syntax newer than this: whatever it names may have been bound."""
    names: list[str] = []
    pending: list[cst.CSTNode] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, cst.Name):
            names.append(part.value)
        pending.extend(part.children)
    return ir.OpaqueStatement(walk.note(node), tuple(sorted(set(names))))


_SMALL: Mapping[type[cst.CSTNode], Callable[[Walk, Any], ir.Statement | None]] = {
    cst.Expr: _expression_statement,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated_assign,
    cst.AugAssign: _augmented_assign,
    cst.Return: _return,
    cst.Pass: _pass,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Del: _delete,
    cst.Raise: _raise,
    cst.Assert: _assert,
    cst.Global: _declaration,
    cst.Nonlocal: _declaration,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.TypeAlias: _type_alias,
}

_COMPOUND: Mapping[type[cst.CSTNode], Callable[[Walk, Any], ir.Statement]] = {
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.Match: _match,
}


def _exports(body: Sequence[ir.Statement]) -> tuple[str, ...] | None:
    """Return the module's ``__all__`` where it is literal, else None."""
    exports: tuple[str, ...] | None = None
    for statement in body:
        if isinstance(statement, ir.Assign):
            targets: tuple[ir.Expression, ...] = statement.targets
            adds = False
        elif isinstance(statement, ir.AugmentedAssign):
            targets = (statement.target,)
            adds = True
        else:
            continue
        if any(isinstance(target, ir.Name) and target.id == "__all__" for target in targets):
            listed = _literal_names(statement.value)
            if adds and exports is not None and listed is not None:
                exports = (*exports, *listed)
            else:
                exports = None if adds else listed
    return exports


def _literal_names(value: ir.Expression) -> tuple[str, ...] | None:
    if not isinstance(value, ir.Display):
        return None
    names: list[str] = []
    for element in value.elements:
        if not isinstance(element, ir.Constant) or not isinstance(element.value, str):
            return None
        names.append(element.value)
    return tuple(names)
