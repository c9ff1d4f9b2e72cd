"""Write the same syntax tree in other ways."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

import libcst as cst

from metamorphic.program import Files, Transformed

_BREAK = cst.ParenthesizedWhitespace(
    first_line=cst.TrailingWhitespace(newline=cst.Newline()), indent=True
)


def normalize(files: Files) -> Transformed:
    """One spelling for everything: no comments, no line breaks within statements."""
    return Transformed({path: ast.unparse(ast.parse(text)) for path, text in files.items()})


def spread(files: Files) -> Transformed:
    """Parentheses around values, each argument on a line of its own, the other quotes."""
    return _rewritten(files, _Spread())


def compress(files: Files) -> Transformed:
    """As many statements on a line as fit: semicolons, and suites behind their colon."""
    return _rewritten(files, _Compress())


def _rewritten(files: Files, transformer: cst.CSTTransformer) -> Transformed:
    return Transformed(
        {path: cst.parse_module(text).visit(transformer).code for path, text in files.items()}
    )


def _parenthesized(value: cst.BaseExpression) -> cst.BaseExpression:
    left = cst.LeftParen(whitespace_after=_BREAK)
    right = cst.RightParen(whitespace_before=_BREAK)
    return value.with_changes(lpar=[left, *value.lpar], rpar=[*value.rpar, right])


class _Spread(cst.CSTTransformer):
    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        node = updated_node
        match node:
            case cst.Arg(value=value) | cst.Assign(value=value):
                return node.with_changes(value=_parenthesized(value))
            case cst.Return(value=cst.BaseExpression() as value):
                return node.with_changes(value=_parenthesized(value))
            case cst.Call(args=[_, *_] as arguments):
                comma = cst.Comma(whitespace_after=_BREAK)
                spread = [argument.with_changes(comma=comma) for argument in arguments]
                return node.with_changes(args=spread, whitespace_before_args=_BREAK)
            case cst.SimpleString(value=value) if plain := re.fullmatch(r'"([^"\'\\]*)"', value):
                return node.with_changes(value=f"'{plain[1]}'")
        return node


class _Compress(cst.CSTTransformer):
    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> Any:
        node = updated_node
        if isinstance(node, cst.Module):
            return node.with_changes(body=_joined(node.body))
        if isinstance(node, cst.IndentedBlock):
            body = _joined(node.body)
            if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine):
                return cst.SimpleStatementSuite(body[0].body)
            return node.with_changes(body=body)
        return node


def _joined(statements: Sequence[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """The statements, neighbours without a block of their own on one line."""
    semicolon = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))
    joined: list[cst.BaseStatement] = []
    for statement in statements:
        last = joined[-1] if joined else None
        if isinstance(last, cst.SimpleStatementLine) and isinstance(
            statement, cst.SimpleStatementLine
        ):
            parts = [part.with_changes(semicolon=semicolon) for part in last.body]
            joined[-1] = last.with_changes(body=[*parts, *statement.body])
        else:
            joined.append(statement)
    return joined
