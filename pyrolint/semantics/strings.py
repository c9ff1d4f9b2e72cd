"""Strings: known whole, or as patterns with parts that are not."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyrolint.semantics.alternatives import alternatives, choose
from pyrolint.semantics.values import (
    Choice,
    Constant,
    Guard,
    Hole,
    Pattern,
    Unknown,
    Value,
)

_FIELD = re.compile(r"%%|%([-#0 +]*\d*(?:\.\d+)?)([sdrifgeExXc])")


def name_of(value: Value) -> tuple[str | None, bool]:
    """A site's name or the pattern it follows, and whether it is the whole name."""
    match value:
        case Constant(str() as text):
            return text, True
        case Pattern(text):
            return text, False
        case _:
            return None, False


def pattern_of(value: Value) -> Pattern:
    """A string as a pattern, with a hole for each part that is not known."""
    match value:
        case Constant(content):
            return Pattern(str(content))
        case Pattern(text, holes):
            # Where nothing is known of a part, it is like no other.
            missing = text.count("{}") - len(holes)
            return Pattern(text, (*holes, *(Hole(Unknown("a part")) for _ in range(missing))))
        case _:
            return Pattern("{}", (Hole(value),))


def concatenated(pieces: Iterable[Value]) -> Value:
    """The pieces as strings, one after another; of words chosen by a test, either way."""
    parts = list(pieces)
    for index, piece in enumerate(parts):
        if is_choice_of_words(piece):
            return choose(
                [
                    (guard, concatenated([*parts[:index], option, *parts[index + 1 :]]))
                    for guard, option in alternatives(piece)
                ]
            )
    if all(isinstance(piece, Constant) for piece in parts):
        return Constant("".join(pattern_of(piece).text for piece in parts))
    patterns = [pattern_of(piece) for piece in parts]
    holes = tuple(hole for each in patterns for hole in each.holes)
    return Pattern("".join(each.text for each in patterns), holes)


def is_choice_of_words(value: Value) -> bool:
    """Whether a value is one of several strings, as a test of the program decides."""
    return (
        isinstance(value, Choice)
        and all(
            isinstance(option, Pattern)
            or (isinstance(option, Constant) and type(option.value) is str)
            for _, option in value.alternatives
        )
        and all(map(_is_tested, (guard for guard, _ in value.alternatives)))
    )


def _is_tested(guard: Guard) -> bool:
    """Whether all decisions stand in the program: none is about which turn or element it is."""
    return all(isinstance(key, tuple) and key[-1] != "turn" for key, _ in guard)


def percent(template: str, items: tuple[Value, ...]) -> Value:
    """``template % items``"""
    constants = [item.value for item in items if isinstance(item, Constant)]
    if len(constants) == len(items):
        try:
            return Constant(template % tuple(constants))
        except (TypeError, ValueError):
            return Unknown("a string that cannot be formatted", None, independent=True)
    pieces: list[Value] = []
    left = iter(items)
    end = 0
    for field in _FIELD.finditer(template):
        pieces.append(Constant(template[end : field.start()]))
        end = field.end()
        if field[0] == "%%":
            pieces.append(Constant("%"))
            continue
        item = next(left, None)
        if item is None:
            return Pattern("{}")
        # A layout makes another text of a value that is not known.
        plain = not field[1] and field[2] in "sdi"
        pieces.append(item if plain else Unknown("a part with a layout"))
    if next(left, None) is not None:
        return Pattern("{}")
    return concatenated([*pieces, Constant(template[end:])])
