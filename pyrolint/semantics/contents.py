"""What lists and dicts hold, and the keys that entries go by."""

from __future__ import annotations

from pyrolint.semantics.values import Constant, Tuple, Unknown, Value


def constant_key(value: Value | None) -> object | None:
    """What a dict knows a constant or a tuple of constants by; None for anything else."""
    match value:
        case Constant(content):
            return content
        case Tuple(items):
            parts = tuple(constant_key(item) for item in items)
            return None if None in parts else parts
        case _:
            return None


def key_value(key: object) -> Value:
    """The value that a dict's key is: the inverse of ``constant_key``."""
    if isinstance(key, tuple):
        return Tuple(tuple(map(key_value, key)))
    if isinstance(key, bool | int | float | str):
        return Constant(key)
    return Unknown("a key of a dict")
