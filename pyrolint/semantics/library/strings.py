"""Methods of strings: the text, or the pattern it follows."""

from __future__ import annotations

import string

from pyrolint.semantics.machine import Arguments
from pyrolint.semantics.strings import string_value, text_of
from pyrolint.semantics.values import Constant, Pattern, Tuple, Unknown, Value
from pyrolint.syntax.ir import Place


def _formatted(template: str, arguments: Arguments) -> Value:
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
        text += text_of(value)
        known = known and isinstance(value, Constant)
    return string_value(text, known)


def call_string_method(
    receiver: Constant | Pattern, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of strings."""
    template = receiver.value if isinstance(receiver, Constant) else None
    if name == "format" and isinstance(template, str):
        return _formatted(template, arguments)
    if name == "join":
        return Pattern("{}")
    if isinstance(template, str) and name in ("lower", "upper", "strip", "title"):
        return Constant(getattr(template, name)())
    if isinstance(template, str) and name in ("startswith", "endswith"):
        parts = _affixes(arguments.get(0, ""))
        if parts is not None:
            return Constant(getattr(template, name)(parts))
    return Unknown(f"`{name}` of a string", place, independent=True)


def _affixes(value: Value | None) -> tuple[str, ...] | None:
    items = value.items if isinstance(value, Tuple) else (value,)
    texts = [each.value for each in items if isinstance(each, Constant)]
    words = tuple(each for each in texts if isinstance(each, str))
    return words if len(words) == len(items) else None
