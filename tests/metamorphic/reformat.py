"""Write the same syntax tree in other ways."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from metamorphic.program import Files, Transformed

_PLAIN_STRING = re.compile(r'"([^"\'\\]*)"')


def normalize(files: Files) -> Transformed:
    """One spelling for everything: no comments, no line breaks within statements."""
    return Transformed({path: ast.unparse(ast.parse(text)) for path, text in files.items()})


def spread(files: Files) -> Transformed:
    """Parentheses around values and arguments, on lines of their own; the other quotes."""
    return Transformed({path: _spread(text) for path, text in files.items()})


def compress(files: Files) -> Transformed:
    """As many statements on a line as fit: semicolons, and suites behind their colon."""
    return Transformed(
        {path: cst.parse_module(text).visit(_Compress()).code for path, text in files.items()}
    )


def _spread(text: str) -> str:
    text = _with_other_quotes(text)
    data = text.encode()
    starts = [0, *(match.end() for match in re.finditer(b"\n", data))]
    added: list[tuple[int, bool, bytes]] = []
    pending: list[ast.AST] = [ast.parse(text)]
    while pending:
        node = pending.pop()
        # Before Python 3.12 the parts of a formatted string have no places of their own.
        if not isinstance(node, ast.JoinedStr):
            pending.extend(ast.iter_child_nodes(node))
        for value in _values(node):
            added.append((starts[value.lineno - 1] + value.col_offset, True, b"(\n"))
            end = starts[(value.end_lineno or 0) - 1] + (value.end_col_offset or 0)
            added.append((end, False, b"\n)"))
    pieces: list[bytes] = []
    position = 0
    # Of what comes in at one place, what closes comes before what opens.
    for offset, _, piece in sorted(added):
        pieces += [data[position:offset], piece]
        position = offset
    return b"".join([*pieces, data[position:]]).decode()


def _with_other_quotes(text: str) -> str:
    lines = text.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and (plain := _PLAIN_STRING.fullmatch(token.string)):
            row, column = token.start[0] - 1, token.start[1]
            rest = lines[row][column + len(token.string) :]
            lines[row] = f"{lines[row][:column]}'{plain[1]}'{rest}"
    return "".join(lines)


def _values(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions right below a node that may stand in parentheses of their own."""
    match node:
        case ast.Call(args=arguments, keywords=keywords):
            values = [*arguments, *(keyword.value for keyword in keywords)]
            yield from (each.value if isinstance(each, ast.Starred) else each for each in values)
        case ast.Assign(value=value) | ast.Return(value=ast.expr() as value):
            yield value


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
