"""``str.format``: the text, or the pattern it follows."""

from __future__ import annotations

import string

from pyrolint.semantics.machine import Arguments
from pyrolint.semantics.values import Constant, Pattern, Value


def formatted(template: str, arguments: Arguments) -> Value:
    """``template.format(*arguments)``"""
    text = ""
    known = True
    position = 0
    try:
        pieces = list(string.Formatter().parse(template))
    except ValueError:
        return Pattern("{}")
    for literal, field, layout, conversion in pieces:
        text += literal
        if field is None:
            continue
        if layout or conversion:
            text += "{}"
            known = False
            position += field == ""
            continue
        value: Value | None
        if field == "":
            value = arguments.get(position, "")
            position += 1
        elif field.isdigit():
            value = arguments.get(int(field), "")
        else:
            value = arguments.keywords.get(field)
        if isinstance(value, Constant):
            text += str(value.value)
        else:
            text += value.text if isinstance(value, Pattern) else "{}"
            known = False
    return Constant(text) if known else Pattern(text)
