"""Methods of strings: the text, or the pattern it follows."""

from __future__ import annotations

import string

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.strings import concatenated
from pyrolint.semantics.values import Constant, Pattern, Tuple, Unknown, Value
from pyrolint.syntax.ir import Place


def _formatted(template: str, arguments: Arguments) -> Value:
    """``template.format(*arguments)``"""
    pieces: list[Value] = []
    position = 0
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return Pattern("{}")
    for literal, field, layout, conversion in fields:
        pieces.append(Constant(literal))
        if field is None:
            continue
        value: Value | None
        if field == "":
            value = arguments.get(position, "")
            position += 1
        elif field.isdigit():
            value = arguments.get(int(field), "")
        else:
            value = arguments.keywords.get(field)
        pieces.append(_laid_out(value, layout or "", conversion))
    return concatenated(pieces)


def _laid_out(value: Value | None, layout: str, conversion: str | None) -> Value:
    """What a field of a template becomes; a layout makes another text of what is not known."""
    if value is not None and not layout and conversion in (None, "s"):
        return value
    if isinstance(value, Constant) and "{" not in layout and conversion in (None, "s"):
        content = value.value if conversion is None else str(value.value)
        try:
            return Constant(format(content, layout))
        except (TypeError, ValueError):
            pass
    return Unknown("a part with a layout")


_TEXTS = frozenset(
    "lower upper strip lstrip rstrip title capitalize replace removeprefix removesuffix".split()
)
_ANSWERS = frozenset("startswith endswith isdigit isalpha count find".split())
"""Methods that are computed where all is known."""


def _joined(
    machine: Machine, separator: Constant | Pattern, arguments: Arguments, place: Place
) -> Value:
    """``separator.join(strings)``"""
    source = arguments.get(0, "iterable")
    contents = machine.iterate(source, place) if source is not None else None
    if not isinstance(contents, tuple):
        return Pattern("{}")
    pieces: list[Value] = []
    for index, each in enumerate(contents):
        pieces.extend((separator, each) if index else (each,))
    return concatenated(pieces)


def call_string_method(
    machine: Machine, receiver: Constant | Pattern, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of strings."""
    template = receiver.value if isinstance(receiver, Constant) else None
    if name == "format" and isinstance(template, str):
        return _formatted(template, arguments)
    if name == "join":
        return _joined(machine, receiver, arguments, place)
    if isinstance(template, str) and (name in _TEXTS or name in _ANSWERS):
        given = [each.value for each in arguments.positional if isinstance(each, Constant)]
        texts = [each for each in given if isinstance(each, str)]
        if len(texts) == len(arguments.values()) and not arguments.is_open:
            try:
                return Constant(getattr(template, name)(*texts))
            except TypeError:
                pass
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
