"""Rows taken by the indices that a plate draws."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pyrolint.import_edits import EditError
from pyrolint.syntax.spans import TextSpan
from pyrolint.workspace import Parsed

NAME = "ind"
"""What the indices are called where the ``with`` has no name for them."""


def rows_by_plate(
    parsed: Parsed, node: cst.CSTNode, plate: cst.CSTNode
) -> Iterator[tuple[TextSpan, str]]:
    """The changes by which a subscript takes a plate's rows; EditError where none can be made.

    The subscript has to stand in the ``with`` of the plate.
    """
    if not isinstance(node, cst.Subscript):
        raise EditError("no subscript stands here")
    chain = parsed.chain(node)
    items = [
        item for each in chain if isinstance(each, cst.With) for item in each.items
        if item.item is plate
    ]  # fmt: skip
    if not items:
        raise EditError("the plate's block is another's")
    name = NAME
    target = items[0].asname
    if target is not None and isinstance(target.name, cst.Name):
        name = target.name.value
    elif target is None and not _is_taken(_scope(chain), name):
        span = parsed.span(items[0].item)
        yield TextSpan(span.end_row, span.end_column, span.end_row, span.end_column), f" as {name}"
    else:
        raise EditError("the indices have no name")
    yield parsed.span(node.slice[0]), name


def _scope(chain: list[cst.CSTNode]) -> cst.CSTNode:
    return next((each for each in reversed(chain) if isinstance(each, cst.FunctionDef)), chain[0])


def _is_taken(scope: cst.CSTNode, name: str) -> bool:
    pending: list[cst.CSTNode] = [scope]
    while pending:
        node = pending.pop()
        if isinstance(node, cst.Name) and node.value == name:
            return True
        pending.extend(node.children)
    return False
