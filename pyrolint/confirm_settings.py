"""The table ``[tool.pyrolint.confirm]``: what the dynamic check runs, and within which limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyrolint.settings_values import (
    Key,
    SettingsError,
    choice,
    flag,
    mapping,
    nearest,
    positive,
    string,
    strings,
)

DEVICES = ("cpu", "cuda", "auto", "both")


@dataclass(frozen=True, slots=True)
class ConfirmSettings:
    """How programs are run.

    ``scripts`` are arguments by gitignore-style pattern of the script's path. ``timeout`` is in
    seconds of wall time, ``memory`` in gigabytes; ``draws`` is how many repeats estimates rest on.
    """

    scripts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entry: str | None = None
    device: str = "cpu"
    timeout: float = 60.0
    memory: float = 4.0
    draws: int = 8
    seed: int = 0
    allow_write: bool = False
    allow_network: bool = False

    def described(self) -> dict[str, Any]:
        """The settings under the names users write."""
        return {
            "scripts": {pattern: list(words) for pattern, words in self.scripts.items()},
            "entry": self.entry,
            "device": self.device,
            "timeout": self.timeout,
            "memory": self.memory,
            "draws": self.draws,
            "seed": self.seed,
            "allow-write": self.allow_write,
            "allow-network": self.allow_network,
        }


def read_confirm_table(key: Key, value: object) -> ConfirmSettings:
    """The settings of the table; SettingsError where a key or a value will not do."""
    fields: dict[str, Any] = {}
    for name, item in mapping(key, value).items():
        reader = _READERS.get(name)
        if reader is None:
            where = f"{key.file}: {key.name}"
            raise SettingsError(f"{where}: unknown key {name!r}{nearest(name, _READERS)}")
        fields[name.replace("-", "_")] = reader(key.within(name), item)
    return ConfirmSettings(**fields)


def _scripts(key: Key, value: object) -> dict[str, tuple[str, ...]]:
    return {
        pattern: strings(key.within(pattern), words)
        for pattern, words in mapping(key, value).items()
    }


def _entry(key: Key, value: object) -> str:
    entry = string(key, value)
    module, colon, function = entry.partition(":")
    if not (module and colon and function):
        raise key.wrong(f'{entry!r} is no entry; write "package.module:function"')
    return entry


def _count(key: Key, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise key.wrong(f"expected a number from 0 on, got {value!r}")
    return value


def _draws(key: Key, value: object) -> int:
    draws = _count(key, value)
    if draws < 2:
        raise key.wrong("expected at least 2 draws, as one has no spread")
    return draws


_READERS: Mapping[str, Callable[[Key, object], object]] = {
    "scripts": _scripts,
    "entry": _entry,
    "device": lambda key, value: choice(key, value, DEVICES),
    "timeout": positive,
    "memory": positive,
    "draws": _draws,
    "seed": _count,
    "allow-write": flag,
    "allow-network": flag,
}
