"""Lowering of expressions: libcst nodes in, the intermediate representation out.

Every function here takes the walk and one libcst node, notes the node in the walk's list and
returns its reading; ``EXPRESSIONS`` picks the function by the node's class. What chains (calls,
sums, adjacent strings) is followed in loops, so that a long chain costs no recursion, and comes
out as ``Opaque`` past ``CHAIN_LIMIT`` links, so that those who read it need none either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import libcst as cst

from pyrolint.syntax import ir
from pyrolint.syntax.literals import integer, string
from pyrolint.syntax.lower_displays import comprehension, dict_display, display
from pyrolint.syntax.lower_strings import adjacent_strings, formatted_string
from pyrolint.syntax.operators import BINARY_OPERATORS, COMPARISONS, UNARY_OPERATORS
from pyrolint.syntax.walk import CHAIN_LIMIT, Reader, Walk

_NAMED_CONSTANTS: Mapping[str, None | bool] = {"None": None, "True": True, "False": False}
_STARS = {"": 0, "*": 1, "**": 2}


def _name(walk: Walk, node: cst.Name) -> ir.Expression:
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    value = node.value
    if value in _NAMED_CONSTANTS:
        return ir.Constant(at, _NAMED_CONSTANTS[value])
    walk.words.append(value)
    return ir.Name(at, value)


def _ellipsis(walk: Walk, node: cst.Ellipsis) -> ir.Expression:
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    return ir.Name(at, "Ellipsis")


def _integer(walk: Walk, node: cst.Integer) -> ir.Expression:
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    value = integer(node.value)
    return ir.Opaque(at, ()) if value is None else ir.Constant(at, value)


def _float(walk: Walk, node: cst.Float) -> ir.Expression:
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    return ir.Constant(at, float(node.value))


def _string(walk: Walk, node: cst.SimpleString) -> ir.Expression:
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    value = string(node.value)
    return ir.Opaque(at, ()) if value is None else ir.Constant(at, value)


def _postfix(walk: Walk, node: cst.CSTNode) -> ir.Expression:
    """Lower a chain of attributes, calls and subscripts, from its base outwards."""
    links: list[Any] = []
    while True:
        kind = node.__class__
        if kind is cst.Attribute or kind is cst.Subscript:
            links.append(node)
            node = node.value  # type: ignore[attr-defined]
        elif kind is cst.Call:
            links.append(node)
            node = node.func  # type: ignore[attr-defined]
        else:
            break
    value = walk.expression(node)
    nodes = walk.nodes
    if len(links) > CHAIN_LIMIT:
        return _long_chain(walk, value, links)
    links.reverse()
    for link in links:
        at = len(nodes)
        nodes.append(link)
        kind = link.__class__
        if kind is cst.Attribute:
            attr = link.attr.value
            walk.words.append(attr)
            value = ir.Attribute(at, value, attr)
        elif kind is cst.Call:
            if value.__class__ is ir.Name:
                walk.called.append(value.id)
            elif value.__class__ is ir.Attribute and value.value.__class__ is ir.Name:
                if value.value.id == "self":
                    walk.called.append(f".{value.attr}")
            value = ir.Call(at, value, tuple([argument(walk, arg) for arg in link.args]))
        else:
            value = ir.Subscript(at, value, tuple([_index(walk, part) for part in link.slice]))
    return value


def _long_chain(walk: Walk, base: ir.Expression, links: list[Any]) -> ir.Expression:
    at = len(walk.nodes)
    walk.nodes.append(links[0])
    operands = [base]
    for link in reversed(links):
        if isinstance(link, cst.Attribute):
            walk.words.append(link.attr.value)
        elif isinstance(link, cst.Call):
            operands.extend(walk.expression(arg.value) for arg in link.args)
        else:
            operands.extend(_index(walk, part) for part in link.slice)
    return ir.Opaque(at, tuple(operands))


def argument(walk: Walk, node: cst.Arg) -> ir.Argument:
    """Lower one argument of a call or of a class's bases."""
    nodes = walk.nodes
    at = len(nodes)
    nodes.append(node)
    keyword = node.keyword
    value = node.value
    return ir.Argument(
        at,
        None if keyword is None else keyword.value,
        _STARS[node.star],
        walk.expression(value),
    )


def _index(walk: Walk, element: cst.SubscriptElement) -> ir.Expression:
    part = element.slice
    if isinstance(part, cst.Slice):
        at = walk.note(part)
        return ir.Slice(
            at,
            walk.optional(part.lower),
            walk.optional(part.upper),
            walk.optional(part.step),
        )
    assert isinstance(part, cst.Index)
    if part.star:
        at = walk.note(part)
        return ir.Starred(at, walk.expression(part.value))
    return walk.expression(part.value)


def _binary(walk: Walk, node: cst.BinaryOperation) -> ir.Expression:
    chain: list[cst.BinaryOperation] = []
    left: cst.BaseExpression = node
    while left.__class__ is cst.BinaryOperation:
        chain.append(left)
        left = left.left
    value = walk.expression(left)
    if len(chain) > CHAIN_LIMIT:
        return _opaque(walk, node, [value], [link.right for link in reversed(chain)])
    for link in reversed(chain):
        at = walk.note(link)
        operator = BINARY_OPERATORS[link.operator.__class__]
        value = ir.Binary(at, operator, value, walk.nested(link.right))
    return value


def _boolean(walk: Walk, node: cst.BooleanOperation) -> ir.Expression:
    chain: list[cst.BooleanOperation] = []
    left: cst.BaseExpression = node
    while left.__class__ is cst.BooleanOperation:
        chain.append(left)
        left = left.left
    value = walk.expression(left)
    if len(chain) > CHAIN_LIMIT:
        return _opaque(walk, node, [value], [link.right for link in reversed(chain)])
    for link in reversed(chain):
        at = walk.note(link)
        operator = "and" if link.operator.__class__ is cst.And else "or"
        value = ir.Boolean(at, operator, value, walk.nested(link.right))
    return value


def _opaque(
    walk: Walk, node: cst.CSTNode, operands: list[ir.Expression], rest: list[cst.BaseExpression]
) -> ir.Expression:
    at = walk.note(node)
    operands.extend(walk.expression(operand) for operand in rest)
    return ir.Opaque(at, tuple(operands))


def _unary(walk: Walk, node: cst.UnaryOperation) -> ir.Expression:
    at = walk.note(node)
    operator = UNARY_OPERATORS[node.operator.__class__]
    return ir.Unary(at, operator, walk.nested(node.expression))


def _comparison(walk: Walk, node: cst.Comparison) -> ir.Expression:
    at = walk.note(node)
    return ir.Comparison(
        at,
        walk.expression(node.left),
        tuple([COMPARISONS[target.operator.__class__] for target in node.comparisons]),
        tuple([walk.expression(target.comparator) for target in node.comparisons]),
    )


def _conditional(walk: Walk, node: cst.IfExp) -> ir.Expression:
    at = walk.note(node)
    return ir.Conditional(
        at,
        walk.expression(node.test),
        walk.expression(node.body),
        walk.nested(node.orelse),
    )


def _named_expression(walk: Walk, node: cst.NamedExpr) -> ir.Expression:
    at = walk.note(node)
    return ir.NamedExpression(at, walk.expression(node.target), walk.expression(node.value))


def _lambda(walk: Walk, node: cst.Lambda) -> ir.Expression:
    at = walk.note(node)
    yields = walk.yields
    lowered = ir.Lambda(at, parameters(walk, node.params), walk.nested(node.body))
    walk.yields = yields
    return lowered


def parameters(walk: Walk, node: cst.Parameters) -> ir.Parameters:
    """Lower the parameters of a function or lambda, in the order of the signature."""
    items = [_parameter(walk, item, 0, False, True) for item in node.posonly_params]
    items.extend(_parameter(walk, item, 0, False, False) for item in node.params)
    if isinstance(node.star_arg, cst.Param):
        items.append(_parameter(walk, node.star_arg, 1, False, False))
    items.extend(_parameter(walk, item, 0, True, False) for item in node.kwonly_params)
    if node.star_kwarg is not None:
        items.append(_parameter(walk, node.star_kwarg, 2, False, False))
    return ir.Parameters(tuple(items))


def _parameter(
    walk: Walk, node: cst.Param, star: int, keyword_only: bool, positional_only: bool
) -> ir.Parameter:
    at = walk.note(node)
    return ir.Parameter(
        at,
        node.name.value,
        walk.optional(node.default),
        annotation(walk, node.annotation),
        star,
        keyword_only,
        positional_only,
    )


def annotation(walk: Walk, node: cst.Annotation | None) -> ir.Expression | None:
    """Lower an annotation; its words are none that the function reads."""
    if node is None:
        return None
    words = len(walk.words)
    lowered = walk.expression(node.annotation)
    del walk.words[words:]
    return lowered


def _yield(walk: Walk, node: cst.Yield) -> ir.Expression:
    walk.yields = True
    at = walk.note(node)
    value = node.value
    delegates = isinstance(value, cst.From)
    item = value.item if isinstance(value, cst.From) else value
    return ir.Yield(at, None if item is None else walk.expression(item), delegates)


def other(walk: Walk, node: cst.CSTNode) -> ir.Expression:
    """Lower an expression without a reading of its own (``await``, ``1j``, t-strings)."""
    at = walk.note(node)
    operands: list[ir.Expression] = []
    pending = list(reversed(node.children))
    while pending:
        child = pending.pop()
        if isinstance(child, cst.BaseExpression):
            operands.append(walk.nested(child))
        else:
            pending.extend(reversed(child.children))
    return ir.Opaque(at, tuple(operands))


EXPRESSIONS: Mapping[type[cst.CSTNode], Reader] = {
    cst.Name: _name,
    cst.Ellipsis: _ellipsis,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.SimpleString: _string,
    cst.FormattedString: formatted_string,
    cst.ConcatenatedString: adjacent_strings,
    cst.Attribute: _postfix,
    cst.Call: _postfix,
    cst.Subscript: _postfix,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.UnaryOperation: _unary,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.Tuple: display,
    cst.List: display,
    cst.Set: display,
    cst.Dict: dict_display,
    cst.ListComp: comprehension,
    cst.SetComp: comprehension,
    cst.DictComp: comprehension,
    cst.GeneratorExp: comprehension,
    cst.NamedExpr: _named_expression,
    cst.Lambda: _lambda,
    cst.Yield: _yield,
}
