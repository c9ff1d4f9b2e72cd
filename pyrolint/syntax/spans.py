"""Positions of a few nodes, made on demand.

libcst's nodes hold no positions: they follow from the code that the tree writes. Here the tree
writes it once, noting where the wanted nodes begin and end, and stops after the last of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType
from typing import NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState

from pyrolint.syntax.recursion import with_deep_recursion
from pyrolint.syntax.scan import LINE_END

_HOLDERS = (
    cst.BaseSmallStatement,
    cst.BaseCompoundStatement,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.MatchCase,
)


class TextSpan(NamedTuple):
    """A range of the parsed text: 1-based rows and code-point columns, the end exclusive."""

    row: int
    column: int
    end_row: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Point:
    """A place between two characters of the parsed text."""

    row: int
    column: int

    def to(self, end: Point) -> TextSpan:
        """The range from here to ``end``."""
        return TextSpan(self.row, self.column, end.row, end.column)

    @property
    def left(self) -> Point:
        """The place one character to the left."""
        return Point(self.row, self.column - 1)

    @property
    def here(self) -> TextSpan:
        """The empty range at this place."""
        return self.to(self)


def start_of(span: TextSpan) -> Point:
    """Where a range begins."""
    return Point(span.row, span.column)


def end_of(span: TextSpan) -> Point:
    """Where a range ends."""
    return Point(span.end_row, span.end_column)


class StatementSpan(NamedTuple):
    """A statement: all of it, decorators included, and the rows that a suppression may stand on.

    Those are all rows of a simple statement, and of a compound one (of an ``except`` or ``case``
    clause too) the rows of its decorators and header.
    """

    span: TextSpan
    first_row: int
    last_row: int


def locate(
    tree: cst.Module, nodes: Sequence[cst.CSTNode], wanted: Iterable[int]
) -> dict[int, TextSpan]:
    """Return where the nodes of the wanted addresses stand in the text of ``tree``."""
    addresses = list(wanted)
    spans = spans_of(tree, [nodes[at] for at in addresses])
    return {at: spans[nodes[at]] for at in addresses}


def spans_of(tree: cst.Module, wanted: Iterable[cst.CSTNode]) -> dict[cst.CSTNode, TextSpan]:
    """Return where nodes of ``tree`` stand in its text; what isn't in the tree is left out."""
    return _record(tree, dict.fromkeys(wanted), {})[0]


def statement_spans(
    tree: cst.Module, nodes: Sequence[cst.CSTNode], wanted: Iterable[int]
) -> dict[int, StatementSpan]:
    """Return the statement that holds the node of each wanted address."""
    holders = {at: holder_of(nodes, at) for at in wanted}
    parts: dict[cst.CSTNode, None] = {}
    bodies: dict[cst.CSTNode, None] = {}
    for holder in holders.values():
        parts[holder] = None
        if isinstance(holder, (cst.FunctionDef, cst.ClassDef)) and holder.decorators:
            parts[holder.decorators[0]] = None
        if body := _body(holder):
            bodies[body] = None
    spans, starts = _record(tree, parts, bodies)
    found: dict[int, StatementSpan] = {}
    for at, holder in holders.items():
        span = spans[holder]
        if isinstance(holder, (cst.FunctionDef, cst.ClassDef)) and holder.decorators:
            first = spans[holder.decorators[0]]
            span = span._replace(row=first.row, column=first.column)
        body = _body(holder)
        found[at] = StatementSpan(span, span.row, starts[body] if body else span.end_row)
    return found


def holder_of(nodes: Sequence[cst.CSTNode], at: int) -> cst.CSTNode:
    """Return the statement, or the clause of one, that the node at an address belongs to.

    Lowering notes a statement before what is in it and a header before its body, so that is the
    last one noted up to there.
    """
    while not isinstance(nodes[at], _HOLDERS):
        at -= 1
    return nodes[at]


def _body(holder: cst.CSTNode) -> cst.CSTNode | None:
    """Return the node that begins right after the colon of a compound statement's header."""
    if isinstance(holder, cst.BaseSmallStatement):
        return None
    if isinstance(holder, cst.Match):
        return holder.whitespace_after_colon
    body = getattr(holder, "body", None)
    return body if isinstance(body, cst.CSTNode) else None


class _Complete(Exception):
    """Every wanted node has been written."""


class _Unwanted:
    """The context of a node that nobody asked for."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


_UNWANTED = _Unwanted()


class _Wanted:
    """The context of a wanted node: notes which tokens are its own."""

    __slots__ = ("end_node", "first", "node", "recorder", "start_node")

    def __init__(
        self,
        recorder: _Recorder,
        node: cst.CSTNode,
        start_node: cst.CSTNode | None,
        end_node: cst.CSTNode | None,
    ) -> None:
        self.recorder = recorder
        self.node = node
        self.start_node = start_node
        self.end_node = end_node
        self.first = 0

    def __enter__(self) -> None:
        self.first = len(self.recorder.tokens)
        # A block reaches to the end of its last statement, not of the blank lines below it.
        for node in (self.start_node, self.end_node):
            if node is not None:
                self.recorder.pending.setdefault(node)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            return
        found = self.recorder.found
        first = self.first if self.start_node is None else found[self.start_node][0]
        end = len(self.recorder.tokens) if self.end_node is None else found[self.end_node][1]
        found[self.node] = (first, end)
        self.recorder.count(self.node)


class _Recorder(CodegenState):
    """Writes a tree's code and records which tokens the wanted nodes are made of.

    ``pending`` are the nodes whose range is recorded, ``starting`` those of which only the start
    is; ``missing`` are those that the caller waits for.
    """

    __slots__ = ("found", "missing", "opened", "pending", "started", "starting")

    def __init__(
        self,
        tree: cst.Module,
        pending: dict[cst.CSTNode, None],
        starting: dict[cst.CSTNode, None],
    ) -> None:
        super().__init__(tree.default_indent, tree.default_newline)
        self.pending = dict(pending)
        self.starting = starting
        self.missing = {**pending, **starting}
        self.opened: list[int] = []
        self.found: dict[cst.CSTNode, tuple[int, int]] = {}
        self.started: dict[cst.CSTNode, int] = {}

    def before_codegen(self, node: cst.CSTNode) -> None:
        if node in self.pending:
            self.opened.append(len(self.tokens))
        if node in self.starting:
            self.started[node] = len(self.tokens)
            self.count(node)

    def after_codegen(self, node: cst.CSTNode) -> None:
        if node in self.pending:
            first = self.opened.pop()
            if node not in self.found:
                self.found[node] = (first, len(self.tokens))
                self.count(node)

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> _Wanted | _Unwanted:
        if node in self.pending:
            return _Wanted(self, node, start_node, end_node)
        return _UNWANTED

    def count(self, node: cst.CSTNode) -> None:
        """Stop the writing once the last of the missing nodes is there."""
        if node in self.missing:
            del self.missing[node]
            if not self.missing:
                raise _Complete


def _record(
    tree: cst.Module, pending: dict[cst.CSTNode, None], starting: dict[cst.CSTNode, None]
) -> tuple[dict[cst.CSTNode, TextSpan], dict[cst.CSTNode, int]]:
    """Return the spans of the pending nodes and the rows where the starting ones begin."""
    recorder = with_deep_recursion(lambda: _written(tree, pending, starting))
    offsets = [0, *accumulate(map(len, recorder.tokens))]
    starts = [0, *(match.end() for match in LINE_END.finditer("".join(recorder.tokens)))]

    def place(token: int) -> tuple[int, int]:
        row = bisect_right(starts, offsets[token])
        return row, offsets[token] - starts[row - 1] + 1

    spans = {
        node: TextSpan(*place(recorder.found[node][0]), *place(recorder.found[node][1]))
        for node in pending
        if node in recorder.found
    }
    return spans, {node: place(token)[0] for node, token in recorder.started.items()}


def _written(
    tree: cst.Module, pending: dict[cst.CSTNode, None], starting: dict[cst.CSTNode, None]
) -> _Recorder:
    recorder = _Recorder(tree, pending, starting)
    if recorder.missing:
        with suppress(_Complete):
            tree._codegen(recorder)
    return recorder
