"""Lowering of lists, tuples, sets, dicts and comprehensions."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from pyrolint.syntax import ir
from pyrolint.syntax.walk import Walk


def display(walk: Walk, node: cst.Tuple | cst.List | cst.Set) -> ir.Expression:
    """Lower a list, tuple or set, or such an assignment target."""
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    elements: list[ir.Expression] = []
    for element in node.elements:
        value = element.value
        if element.__class__ is cst.StarredElement:
            star = len(nodes)
            nodes.append(element)
            elements.append(ir.Starred(star, walk.expression(value)))
        else:
            elements.append(walk.expression(value))
    return ir.Display(at, _DISPLAYS[node.__class__], tuple(elements))


_DISPLAYS: Mapping[type[cst.CSTNode], str] = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}


def dict_display(walk: Walk, node: cst.Dict) -> ir.Expression:
    """Lower a dict; of ``**value`` the key is None."""
    at = walk.note(node)
    keys: list[ir.Expression | None] = []
    values: list[ir.Expression] = []
    for element in node.elements:
        key = element.key if isinstance(element, cst.DictElement) else None
        keys.append(walk.optional(key))
        values.append(walk.expression(element.value))
    return ir.Dict(at, tuple(keys), tuple(values))


def comprehension(
    walk: Walk, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp
) -> ir.Expression:
    """Lower a comprehension of any kind, its clauses before its element."""
    at = walk.note(node)
    generators: list[ir.Generator] = []
    clause: cst.CompFor | None = node.for_in
    while clause is not None:
        generator = len(walk.nodes)
        walk.nodes.append(clause)
        generators.append(
            ir.Generator(
                generator,
                walk.expression(clause.target),
                walk.expression(clause.iter),
                tuple([walk.expression(condition.test) for condition in clause.ifs]),
            )
        )
        clause = clause.inner_for_in
    if isinstance(node, cst.DictComp):
        key: ir.Expression | None = walk.expression(node.key)
        element = walk.expression(node.value)
    else:
        key = None
        element = walk.expression(node.elt)
    kind = _COMPREHENSIONS[node.__class__]
    return ir.Comprehension(at, kind, key, element, tuple(generators))


_COMPREHENSIONS: Mapping[type[cst.CSTNode], str] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.DictComp: "dict",
    cst.GeneratorExp: "generator",
}
