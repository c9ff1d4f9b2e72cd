"""Strings: known whole, or as patterns with parts that are not."""

from __future__ import annotations

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
