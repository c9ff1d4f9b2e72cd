"""Imports made, and rewritten: one name for another, with the uses of it in the file."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import libcst as cst

from pyrolint.finding import AddImport
from pyrolint.spelling import dotted_name, import_from, last_import, makes_import
from pyrolint.syntax.spans import TextSpan
from pyrolint.workspace import Parsed


class EditError(Exception):
    """An edit that cannot be made in the code as it is written."""


def added_import(parsed: Parsed, edit: AddImport) -> Iterator[tuple[TextSpan, str]]:
    """The change of text that makes an import, none where the file makes it."""
    body = parsed.tree.body
    if any(makes_import(statement, edit) for statement in body):
        return
    if edit.name is None:
        code = f"import {edit.module}" + (f" as {edit.alias}" if edit.alias else "")
    else:
        alias = f" as {edit.alias}" if edit.alias and edit.alias != edit.name else ""
        code = f"from {edit.module} import {edit.name}{alias}"
    beside = import_from(body, edit) if edit.name is not None else None
    if beside is not None:
        span = parsed.span(beside)
        names = code.partition(" import ")[2]
        yield _before(span.end_row, span.end_column), f", {names}"
        return
    last = last_import(body)
    if last is not None:
        row = parsed.span(last).end_row
        line = parsed.lines[row - 1] if row <= len(parsed.lines) else ""
        yield _before(row, len(line) + 1), f"\n{code}"
    elif body:
        yield _before(first_row(parsed, body[0]), 1), f"{code}\n"
    else:
        yield _before(1, 1), f"{code}\n"


def first_row(parsed: Parsed, statement: cst.CSTNode) -> int:
    """The first row of a statement, its decorators counted."""
    row = parsed.span(statement).row
    decorators = getattr(statement, "decorators", ())
    return min([row, *(parsed.span(decorator).row for decorator in decorators)])


def _before(row: int, column: int) -> TextSpan:
    """The empty range before a character."""
    return TextSpan(row, column, row, column)


def renamed_import(
    parsed: Parsed, node: cst.CSTNode, old: str, new: str
) -> Iterator[tuple[TextSpan, str]]:
    """The changes of text by which ``new`` is imported in the place of ``old``.

    ``node`` is a name of an import, or a ``from`` import; EditError where it cannot be changed.
    """
    statement = node if isinstance(node, cst.ImportFrom) else parsed.chain(node)[-2]
    if isinstance(node, cst.ImportFrom) and node.module is not None:
        yield parsed.span(node.module), new + dotted_name(node.module)[len(old) :]
    elif isinstance(node, cst.ImportAlias) and isinstance(statement, cst.Import):
        yield from _renamed_module(parsed, node, old, new)
    elif isinstance(node, cst.ImportAlias) and isinstance(statement, cst.ImportFrom):
        yield from _renamed_name(parsed, statement, node, new)
    else:
        raise EditError("no import stands here")


def _renamed_module(
    parsed: Parsed, alias: cst.ImportAlias, old: str, new: str
) -> Iterator[tuple[TextSpan, str]]:
    """``import old.part``: without an alias the module is used by its dotted name."""
    whole = alias.evaluated_name
    yield parsed.span(alias.name), new + whole[len(old) :]
    if alias.asname is not None:
        return
    if new.partition(".")[0] != old.partition(".")[0]:
        raise EditError("the import binds another name")
    for each in _nodes(parsed.tree):
        if isinstance(each, cst.Attribute) and dotted_name(each) == old:
            if not isinstance(parsed.chain(each)[-2], cst.ImportAlias):
                yield parsed.span(each), new


def _renamed_name(
    parsed: Parsed, statement: cst.ImportFrom, alias: cst.ImportAlias, new: str
) -> Iterator[tuple[TextSpan, str]]:
    """``from module import name``: another name, or one of another module."""
    names = statement.names
    if statement.relative or statement.module is None or isinstance(names, cst.ImportStar):
        raise EditError("what is imported is not named in full")
    module, _, name = new.rpartition(".")
    old_name = alias.evaluated_name
    bound = alias.evaluated_alias or old_name
    written = name if bound == name else f"{name} as {bound}"
    if alias.asname is None and old_name != name:
        uses = _uses(parsed, alias, old_name, name)
        if uses is not None:
            written = name
            for use in uses:
                yield parsed.span(use), name
    if module == dotted_name(statement.module):
        # Rewritten as a whole, so that no other name of it is changed at the same time.
        beside = [each for each in names if each is not alias]
        is_there = any(
            each.evaluated_name == name and each.asname is None and written == name
            for each in beside
        )
        yield _names(parsed, names), _joined(parsed, names, alias, None if is_there else written)
    elif len(names) == 1:
        yield parsed.span(statement.module), module
        yield parsed.span(alias), written
    else:
        holder = parsed.chain(statement)[-2]
        if not isinstance(holder, cst.SimpleStatementLine) or len(holder.body) > 1:
            raise EditError("the import does not stand on lines of its own")
        yield _names(parsed, names), _joined(parsed, names, alias, None)
        span = parsed.span(statement)
        indent = parsed.lines[span.row - 1][: span.column - 1]
        end = len(parsed.lines[span.end_row - 1]) + 1
        line = f"\n{indent}from {module} import {written}"
        yield _before(span.end_row, end), line


def _names(parsed: Parsed, names: Sequence[cst.ImportAlias]) -> TextSpan:
    """From the first of some neighbouring names to the last, without the comma behind it."""
    first, last = parsed.span(names[0]), parsed.span(names[-1].name)
    if names[-1].asname is not None:
        last = parsed.span(names[-1].asname.name)
    return TextSpan(first.row, first.column, last.end_row, last.end_column)


def _joined(
    parsed: Parsed, names: Sequence[cst.ImportAlias], alias: cst.ImportAlias, written: str | None
) -> str:
    """The text of an import's names with one written anew, or left out; comments stay."""
    whole = _names(parsed, names)
    index = next(i for i, each in enumerate(names) if each is alias)
    own = _names(parsed, [alias])
    start, end = (own.row, own.column), (own.end_row, own.end_column)
    if written is None and index + 1 < len(names):
        after = parsed.span(names[index + 1])
        end = (after.row, after.column)
    elif written is None:
        before = _names(parsed, [names[index - 1]])
        start = (before.end_row, before.end_column)
    ahead = _text(parsed, (whole.row, whole.column), start)
    behind = _text(parsed, end, (whole.end_row, whole.end_column))
    return f"{ahead}{written or ''}{behind}"


def _text(parsed: Parsed, start: tuple[int, int], end: tuple[int, int]) -> str:
    rows = parsed.lines[start[0] - 1 : end[0]]
    rows[-1] = rows[-1][: end[1] - 1]
    rows[0] = rows[0][start[1] - 1 :]
    return "\n".join(rows)


def _uses(parsed: Parsed, alias: cst.ImportAlias, old: str, new: str) -> list[cst.Name] | None:
    """Where the file reads an imported name; None where it cannot be renamed in all of it."""
    uses: list[cst.Name] = []
    for each in _nodes(parsed.tree):
        if isinstance(each, cst.SimpleString) and each.evaluated_value == old:
            return None
        if not isinstance(each, cst.Name) or each.value not in (old, new):
            continue
        chain = parsed.chain(each)
        if any(node is alias for node in chain):
            continue
        role = _role(chain)
        if role == "binding" or (role == "import" and each.value == old):
            return None
        if each.value == old and role == "read":
            uses.append(each)
    return uses


def _role(chain: list[cst.CSTNode]) -> str:
    """What a name does: it is read, bound, imported, or it is no variable at all."""
    name, parent = chain[-1], chain[-2]
    match parent:
        case cst.Attribute(attr=part) if part is name:
            return "none"
        case cst.Arg(keyword=part) if part is name:
            return "none"
        case cst.ImportAlias() | cst.ImportFrom():
            return "import"
        case cst.Param() | cst.FunctionDef() | cst.ClassDef() | cst.NameItem() | cst.AsName():
            value = getattr(parent, "default", None)
            return "read" if value is name else "binding"
        case _:
            pass
    for outer, inner in itertools.pairwise(chain):
        target = getattr(outer, "target", None)
        if inner is target and not isinstance(outer, cst.Attribute):
            return "binding"
        if isinstance(outer, cst.Del):
            return "binding"
    return "read"


def _nodes(tree: cst.Module) -> Iterator[cst.CSTNode]:
    pending: list[cst.CSTNode] = [tree]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.children)
