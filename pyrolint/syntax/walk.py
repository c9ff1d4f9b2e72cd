"""The state of one lowering, shared by the functions that read one class of node each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import libcst as cst

from pyrolint.syntax import ir

# Longer chains and deeper nests come out as Opaque, so that readers of the intermediate
# representation may recurse into it.
CHAIN_LIMIT = 100


class Walk:
    """What one lowering gathers on its way.

    ``readers`` gives the function for each class of expression, ``other`` that for any else.
    ``nodes`` is the address map; ``words`` are all names and attributes met so far, of which each
    function takes those met inside it, and ``called`` those that are called. ``yields`` is whether
    the function at hand has had a ``yield``; ``nesting`` counts the open operators that nest to the
    right.
    """

    __slots__ = ("called", "nesting", "nodes", "other", "readers", "words", "yields")

    def __init__(self, readers: Mapping[type[cst.CSTNode], Reader], other: Reader) -> None:
        self.readers = readers
        self.other = other
        self.nodes: list[cst.CSTNode] = []
        self.words: list[str] = []
        self.called: list[str] = []
        self.yields = False
        self.nesting = 0

    def note(self, node: cst.CSTNode) -> int:
        """Enter a node into the address map and return its address."""
        nodes = self.nodes
        nodes.append(node)
        return len(nodes) - 1

    def expression(self, node: cst.CSTNode) -> ir.Expression:
        """Lower any expression."""
        return self.readers.get(node.__class__, self.other)(self, node)

    def optional(self, node: cst.BaseExpression | None) -> ir.Expression | None:
        """Lower an expression that may be absent."""
        return None if node is None else self.expression(node)

    def nested(self, node: cst.CSTNode) -> ir.Expression:
        """Lower an operand that may nest to the right; past the limit it is Opaque, unread.

        A nest that deep is met in hostile input only.
        """
        if self.nesting >= CHAIN_LIMIT:
            return ir.Opaque(self.note(node), ())
        self.nesting += 1
        value = self.expression(node)
        self.nesting -= 1
        return value


Reader: TypeAlias = Callable[[Walk, Any], ir.Expression]
