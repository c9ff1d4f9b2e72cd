"""Lowering of formatted strings and of strings that stand side by side."""

from __future__ import annotations

import libcst as cst

from pyrolint.syntax import ir
from pyrolint.syntax.literals import content
from pyrolint.syntax.walk import Walk


def formatted_string(walk: Walk, node: cst.FormattedString) -> ir.Expression:
    """Lower an f-string to its literal and interpolated parts."""
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    return ir.FormattedString(at, tuple(_formatted_parts(walk, node)))


def _formatted_parts(walk: Walk, node: cst.FormattedString) -> list[ir.Expression]:
    raw = "r" in node.start.lower()
    parts: list[ir.Expression] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            at = len(walk.nodes)
            walk.nodes.append(part)
            text = content(part.value.replace("{{", "{").replace("}}", "}"), raw=raw)
            parts.append(ir.Opaque(at, ()) if text is None else ir.Constant(at, text))
        elif isinstance(part, cst.FormattedStringExpression):
            parts.append(_interpolated(walk, part))
    return parts


def _interpolated(walk: Walk, part: cst.FormattedStringExpression) -> ir.Expression:
    """Lower what stands in braces; with a format or conversion its text is another, so Opaque."""
    plain = part.conversion in (None, "s") and not part.format_spec and part.equal is None
    if plain:
        return walk.expression(part.expression)
    at = walk.note(part)
    operands = [walk.expression(part.expression)]
    operands.extend(
        walk.expression(nested.expression)
        for nested in part.format_spec or ()
        if isinstance(nested, cst.FormattedStringExpression)
    )
    return ir.Opaque(at, tuple(operands))


def adjacent_strings(walk: Walk, node: cst.ConcatenatedString) -> ir.Expression:
    """Lower strings side by side to one: a Constant, or a FormattedString where one is an f."""
    at = walk.note(node)
    parts: list[ir.Expression] = []
    rest: cst.CSTNode = node
    while isinstance(rest, cst.ConcatenatedString):
        parts.extend(_string_parts(walk, rest.left))
        rest = rest.right
    parts.extend(_string_parts(walk, rest))
    merged: list[ir.Expression] = []
    for part in parts:
        last = merged[-1] if merged else None
        if (
            isinstance(last, ir.Constant)
            and isinstance(part, ir.Constant)
            and isinstance(last.value, str)
            and isinstance(part.value, str)
        ):
            merged[-1] = ir.Constant(last.at, last.value + part.value)
        else:
            merged.append(part)
    only = merged[0] if len(merged) == 1 else None
    if isinstance(only, ir.Constant):
        return ir.Constant(at, only.value)
    if all(isinstance(part, ir.Opaque) and not part.operands for part in merged):
        return ir.Opaque(at, ())
    return ir.FormattedString(at, tuple(merged))


def _string_parts(walk: Walk, node: cst.CSTNode) -> list[ir.Expression]:
    if isinstance(node, cst.FormattedString):
        return _formatted_parts(walk, node)
    return [walk.expression(node)]
