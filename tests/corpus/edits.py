"""Edits of a program's text at the places that its syntax tree gives."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """Replace a stretch of text, in 1-based rows and 0-based UTF-8 columns as ``ast`` gives."""

    row: int
    column: int
    end_row: int
    end_column: int
    content: str


@dataclass(frozen=True)
class Text:
    """The parsed text of one file, with what operators ask of it; ``module`` is the file's stem."""

    text: str
    tree: ast.Module
    module: str

    def of(self, node: ast.AST) -> str:
        """The text of an expression."""
        return ast.get_source_segment(self.text, node) or ""


def without(given: Text, call: ast.Call, value: ast.expr) -> Edit | None:
    """Take an argument out of a call, and the comma after it."""
    keyword = next((each for each in call.keywords if each.value is value), None)
    own: ast.expr | ast.keyword = keyword or value
    others: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    later = [
        each for each in others if (each.lineno, each.col_offset) > (own.lineno, own.col_offset)
    ]
    if later:
        after = min(later, key=lambda each: (each.lineno, each.col_offset))
        return Edit(own.lineno, own.col_offset, after.lineno, after.col_offset, "")
    if own.end_lineno is None or own.end_col_offset is None:
        return None
    edit = Edit(own.lineno, own.col_offset, own.end_lineno, own.end_col_offset, "")
    # With a comma after it the one before has to go.
    return edit if _parses(given.text, edit) else _with_comma(given.text, edit)


def _with_comma(text: str, edit: Edit) -> Edit | None:
    line = text.split("\n")[edit.end_row - 1].encode()
    comma = line.find(b",", edit.end_column)
    if comma < 0:
        return None
    return Edit(edit.row, edit.column, edit.end_row, comma + 1, "")


def _parses(text: str, edit: Edit) -> bool:
    try:
        ast.parse(applied(text, edit))
    except SyntaxError:
        return False
    return True


def applied(text: str, edit: Edit) -> str:
    """The text with the edit made."""
    lines = text.split("\n")
    head = lines[edit.row - 1].encode()[: edit.column].decode()
    tail = lines[edit.end_row - 1].encode()[edit.end_column :].decode()
    lines[edit.row - 1 : edit.end_row] = [head + edit.content + tail]
    return "\n".join(lines)


def over(node: ast.expr, content: str) -> Edit:
    return Edit(
        node.lineno,
        node.col_offset,
        node.end_lineno or node.lineno,
        node.end_col_offset or node.col_offset,
        content,
    )


def at(statement: ast.stmt, content: str) -> Edit:
    """Another statement in the place of one."""
    return Edit(
        statement.lineno,
        statement.col_offset,
        statement.end_lineno or statement.lineno,
        statement.end_col_offset or statement.col_offset,
        content,
    )


def before(statement: ast.stmt, content: str) -> Edit:
    """A statement of one line above another; decorators stay where they are."""
    indent = " " * statement.col_offset
    row, column = statement.lineno, statement.col_offset
    return Edit(row, column, row, column, f"{content}\n{indent}")


def renamed(call: ast.Call, name: str) -> Edit:
    """Another last part in the name of what is called."""
    function = call.func
    start = function.end_col_offset or 0
    if isinstance(function, ast.Attribute):
        start -= len(function.attr)
    else:
        start = function.col_offset
    row = function.end_lineno or function.lineno
    return Edit(row, start, row, function.end_col_offset or start, name)


def joined(text: str, edits: list[Edit]) -> Edit:
    """Several edits that do not touch as one, with the text between them."""
    ordered = sorted(edits, key=lambda each: (each.row, each.column))
    first, last = ordered[0], ordered[-1]
    lines = text.split("\n")
    content, row, column = "", first.row, first.column
    for edit in ordered:
        content += _between(lines, (row, column), (edit.row, edit.column)) + edit.content
        row, column = edit.end_row, edit.end_column
    return Edit(first.row, first.column, last.end_row, last.end_column, content)


def _between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    rows = [line.encode() for line in lines[start[0] - 1 : end[0]]]
    rows[-1] = rows[-1][: end[1]]
    rows[0] = rows[0][start[1] :]
    return b"\n".join(rows).decode()
