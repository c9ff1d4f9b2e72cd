"""Edits of dict displays, and of keywords that become one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from pyrolint.import_edits import EditError
from pyrolint.syntax.spans import TextSpan, end_of, start_of


def gathered(
    call: cst.Call, span: Callable[[cst.CSTNode], TextSpan]
) -> Iterator[tuple[TextSpan, str]]:
    """The changes that make a call's keywords one dict, and the call's only argument."""
    named = [(each, each.keyword.value) for each in call.args if each.keyword is not None]
    last = call.args[-1] if call.args else None
    further = len(call.args) > len(named) + 1
    if not named or named[-1][0] is not last or further or any(a.star for a in call.args):
        raise EditError("the call has no keywords behind at most one other argument")
    opening, first = "{", call.args[0]
    for argument, keyword in named:
        first = first if opening else argument
        equal = argument.equal
        assert isinstance(equal, cst.AssignEqual)
        value = end_of(span(equal))
        yield start_of(span(first)).to(value), f'{opening}"{keyword}": '
        opening = ""
    yield end_of(span(last)).here, "}"


def with_entry(
    node: cst.CSTNode, key: str, code: str, span: Callable[[cst.CSTNode], TextSpan]
) -> tuple[TextSpan, str]:
    """The change that gives a dict display a further entry, or another value to one it has."""
    if not isinstance(node, cst.Dict):
        raise EditError(f"{type(node).__name__} is no dict display")
    for element in node.elements:
        if isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString):
            if element.key.evaluated_value == key:
                return span(element.value), code
    written = f'"{key}": {code}'
    if not node.elements:
        return end_of(span(node)).left.here, written
    return end_of(span(node.elements[-1])).here, f", {written}"
