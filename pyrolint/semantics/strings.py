"""Strings: known whole, or as patterns with parts that are not."""

from __future__ import annotations

import re

from pyrolint.semantics.values import Constant, Pattern, Value


def name_of(value: Value) -> tuple[str | None, bool]:
    """A site's name or the pattern it follows, and whether it is the whole name."""
    match value:
        case Constant(str() as text):
            return text, True
        case Pattern(text):
            return text, False
        case _:
            return None, False


def text_of(value: Value | None) -> str:
    """The text that a value leaves in a string: itself where constant, ``{}`` where not."""
    match value:
        case Constant(text):
            return str(text)
        case Pattern(text):
            return text
        case _:
            return "{}"


def string_value(text: str, is_known: bool) -> Value:
    """A string, or the pattern it follows."""
    return Constant(text) if is_known else Pattern(text)


def percent(template: str, items: tuple[Value, ...]) -> Value:
    """``template % items``"""
    pieces = re.split(r"%[-#0 +]*\d*(?:\.\d+)?[sdrifgeExXc]", template)
    if len(pieces) != len(items) + 1:
        return Pattern("{}")
    text = pieces[0]
    for item, piece in zip(items, pieces[1:], strict=True):
        text += text_of(item) + piece
    return string_value(text, all(isinstance(item, Constant) for item in items))
