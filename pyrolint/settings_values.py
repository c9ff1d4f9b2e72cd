"""Read values of a settings table, and say of one that will not do where it stands and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


class SettingsError(Exception):
    """A setting or option that will not do; the sentence names its file, its key and a way out."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A clause that offers the known word nearest to ``word``, or an empty one."""
    import difflib

    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {matches[0]!r}?" if matches else ""


@dataclass(frozen=True, slots=True)
class Key:
    """Where in a file a value stands, to say so when it will not do."""

    file: str
    name: str

    def wrong(self, sentence: str) -> SettingsError:
        """The error that a sentence about the value makes."""
        return SettingsError(f"{self.file}: {self.name}: {sentence}")

    def within(self, name: str) -> Key:
        """The key of an item of the table that stands here."""
        return Key(self.file, f"{self.name}.{name}")


def strings(key: Key, value: object) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise key.wrong(f"expected a list of strings, got {value!r}")
    return tuple(value)


def string(key: Key, value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise key.wrong(f"expected a string, got {value!r}")
    return value


def flag(key: Key, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise key.wrong(f"expected true or false, got {value!r}")
    return value


def mapping(key: Key, value: object) -> dict[str, Any]:
    """A table."""
    if not isinstance(value, dict):
        raise key.wrong(f"expected a table, got {value!r}")
    return value


def positive(key: Key, value: object) -> float:
    """A positive number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise key.wrong(f"expected a positive number, got {value!r}")
    return float(value)


def choice(key: Key, value: object, known: Iterable[str]) -> str:
    """One of the known words."""
    known = list(known)
    if not isinstance(value, str) or value not in known:
        hint = nearest(str(value), known) or f"; it is one of {', '.join(known)}"
        raise key.wrong(f"{value!r} is not known{hint}")
    return value
