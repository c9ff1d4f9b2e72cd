"""Settings: what a project's ``pyproject.toml`` or ``pyrolint.toml`` and the command line ask for.

A file's settings are those of the nearest folder above it that holds a ``pyrolint.toml`` or a
``pyproject.toml`` with a ``[tool.pyrolint]`` table, so each part of a monorepo has its own.
Options of the command line come on top of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyrolint.confirm_settings import ConfirmSettings, read_confirm_table
from pyrolint.finding import Severity
from pyrolint.settings_values import (
    Key,
    SettingsError,
    choice,
    flag,
    mapping,
    nearest,
    positive,
    strings,
)

PROJECT_MARKERS = (".git", ".hg", "pyproject.toml", "setup.cfg", "setup.py")
FORMATS = ("full", "concise", "json", "json-lines", "lsp")
FAIL_LEVELS: Mapping[str, Severity | None] = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "advice": Severity.ADVICE,
    "never": None,
}
DEFAULT_THRESHOLDS: Mapping[str, float] = {
    "max_learning_rate": 0.1,
    "max_init": 1000.0,
    "max_init_scale": 10.0,
}


@dataclass(frozen=True, slots=True)
class Selector:
    """A code, a prefix of codes or a rule's name that switches rules on or off.

    ``origin`` is where it was written, for messages: a file and key, or an option.
    """

    text: str
    selects: bool
    origin: str


# What stands first where nothing replaces it: the empty prefix, which every code has.
EVERYTHING = Selector("", selects=True, origin="the default")


@dataclass(frozen=True, slots=True)
class PerFileIgnore:
    """Codes switched off for the files that match a gitignore-style pattern."""

    pattern: str
    selectors: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about linting; None and empty mean that it says nothing."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    advice: bool = False
    unsafe_fixes: bool = False
    fail_on: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """One file's settings.

    ``root`` is the folder that patterns and ``src`` are relative to: the settings file's own, or
    the project's where there is none. Of ``selectors`` that match a code equally long the last
    wins. Thresholds are plain numbers: ``max_learning_rate`` per step,
    ``max_init`` a magnitude, ``max_init_scale`` in standard deviations of the prior.
    """

    root: str
    origin: str | None = None
    selectors: tuple[Selector, ...] = (EVERYTHING,)
    per_file_ignores: tuple[PerFileIgnore, ...] = ()
    exclude: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    advice: bool = False
    fail_on: str = "warning"
    output_format: str | None = None
    unsafe_fixes: bool = False
    thresholds: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_THRESHOLDS))
    pairs: tuple[str, ...] = ()
    signatures: Mapping[str, str] = field(default_factory=dict)
    wrappers: tuple[str, ...] = ()
    src: tuple[str, ...] = (".", "src")
    plugins: tuple[str, ...] = ()
    confirm: ConfirmSettings = field(default_factory=ConfirmSettings)

    @property
    def source_roots(self) -> tuple[str, ...]:
        """The ``src`` folders as absolute paths."""
        return tuple(os.path.normpath(os.path.join(self.root, folder)) for folder in self.src)

    def described(self) -> dict[str, Any]:
        """The settings under the names users write, for ``--show-settings``."""
        return {
            "settings-file": self.origin,
            "root": self.root,
            "select": [s.text or "the default" for s in self.selectors if s.selects],
            "ignore": [s.text for s in self.selectors if not s.selects],
            "per-file-ignores": {
                p.pattern: [s.text for s in p.selectors] for p in self.per_file_ignores
            },
            "exclude": list(self.exclude),
            "severity": {code: level.label for code, level in self.severity.items()},
            "advice": self.advice,
            "fail-on": self.fail_on,
            "output-format": self.output_format,
            "unsafe-fixes": self.unsafe_fixes,
            **{name.replace("_", "-"): value for name, value in self.thresholds.items()},
            "pairs": list(self.pairs),
            "signatures": dict(self.signatures),
            "wrappers": list(self.wrappers),
            "src": list(self.src),
            "plugins": list(self.plugins),
            "confirm": self.confirm.described(),
        }


# --- reading one table -----------------------------------------------------------------------


def _selectors(key: Key, value: object, *, selects: bool) -> tuple[Selector, ...]:
    origin = f"{key.file}: {key.name}"
    return tuple(Selector(text, selects, origin) for text in strings(key, value))


def _severities(key: Key, value: object) -> dict[str, Severity]:
    return {
        code: Severity[choice(key.within(code), level, ("error", "warning", "advice")).upper()]
        for code, level in mapping(key, value).items()
    }


def _per_file_ignores(key: Key, value: object) -> tuple[PerFileIgnore, ...]:
    return tuple(
        PerFileIgnore(pattern, _selectors(key.within(pattern), codes, selects=False))
        for pattern, codes in mapping(key, value).items()
    )


def _signatures(key: Key, value: object) -> dict[str, str]:
    # The words come from what is known of the libraries, which most settings need not wait for.
    from pyrolint.taught import taught_words

    table = mapping(key, value)
    for name, word in table.items():
        if not isinstance(word, str):
            raise key.within(name).wrong(
                f"expected a constraint's name, got {word!r} (a dotted name needs quotes)"
            )
        if word not in (known := taught_words()):
            hint = nearest(word, sorted(known)) or "; write a constraint's name or a function's"
            raise key.within(name).wrong(f"{word!r} is neither a set nor a function{hint}")
    return table


def _pairs(key: Key, value: object) -> tuple[str, ...]:
    pairs = strings(key, value)
    for pair in pairs:
        halves = pair.split(",")
        if len(halves) != 2 or not all(":" in half.strip(" :") for half in halves):
            raise key.wrong(f'{pair!r} is no pair; write "package.module:model, module:guide"')
    return pairs


# Each key of the table, and what reads its value into fields of Settings. Selectors are gathered
# apart, since three keys share one field.
_READERS: Mapping[str, Callable[[Key, object], object]] = {
    "per-file-ignores": _per_file_ignores,
    "exclude": strings,
    "severity": _severities,
    "advice": flag,
    "fail-on": lambda key, value: choice(key, value, FAIL_LEVELS),
    "output-format": lambda key, value: choice(key, value, FORMATS),
    "unsafe-fixes": flag,
    "pairs": _pairs,
    "signatures": _signatures,
    "wrappers": strings,
    "src": strings,
    "plugins": strings,
    "confirm": read_confirm_table,
}
_SELECTOR_KEYS = {"select": True, "extend-select": True, "ignore": False}
_THRESHOLD_KEYS = {name.replace("_", "-"): name for name in DEFAULT_THRESHOLDS}
KEYS = (*_SELECTOR_KEYS, *_READERS, *_THRESHOLD_KEYS)


def read_table(table: Mapping[str, object], file: str, root: str) -> Settings:
    """The settings of one table; SettingsError where a key or a value will not do."""
    fields: dict[str, Any] = {}
    thresholds = dict(DEFAULT_THRESHOLDS)
    for name, value in table.items():
        key = Key(file, name)
        if name in _READERS:
            fields[name.replace("-", "_")] = _READERS[name](key, value)
        elif name in _THRESHOLD_KEYS:
            thresholds[_THRESHOLD_KEYS[name]] = positive(key, value)
        elif name not in _SELECTOR_KEYS:
            raise SettingsError(f"{file}: unknown key {name!r}{nearest(name, KEYS)}")
    selectors: tuple[Selector, ...] = () if "select" in table else (EVERYTHING,)
    for name, selects in _SELECTOR_KEYS.items():
        if name in table:
            selectors += _selectors(Key(file, name), table[name], selects=selects)
    return Settings(root, file, selectors, thresholds=thresholds, **fields)


def _parse(path: str) -> dict[str, Any]:
    # Most runs over few files find no settings, and need not wait for these.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        with open(path, "rb") as file:
            document: dict[str, Any] = tomllib.load(file)
            return document
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error


def _own_table(path: str) -> dict[str, Any] | None:
    """The pyrolint table of a settings file; None where a pyproject.toml holds none."""
    document = _parse(path)
    if os.path.basename(path) == "pyrolint.toml":
        return document
    tool = document.get("tool", {})
    table = tool.get("pyrolint") if isinstance(tool, dict) else None
    if table is None:
        return None
    return mapping(Key(path, "tool.pyrolint"), table)


# --- from folders to settings ----------------------------------------------------------------


def project_root(folder: str) -> str:
    """The nearest folder at or above ``folder`` that looks like a project's.

    Where none does, it is the working directory if that is around ``folder``, as for what Python
    runs there; else ``folder`` itself.
    """
    current = folder
    while True:
        if any(os.path.exists(os.path.join(current, marker)) for marker in PROJECT_MARKERS):
            return current
        parent = os.path.dirname(current)
        if parent == current:
            break
        current = parent
    working = os.getcwd()
    is_around = working != current and os.path.join(folder, "").startswith(working + os.sep)
    return working if is_around else folder


class SettingsFinder:
    """Finds the settings of each file, with the command line's options laid over them.

    ``config`` names one settings file for all; ``isolated`` reads none.
    """

    def __init__(
        self, options: Options, *, config: str | None = None, isolated: bool = False
    ) -> None:
        """Raise SettingsError where ``config`` cannot be read."""
        self._options = options
        self._isolated = isolated
        self._found: dict[str, Settings | None] = {}
        self._laid: dict[str, Settings] = {}
        self._overlaid_by_origin: dict[tuple[str | None, str], Settings] = {}
        self._fixed: Settings | None = None
        if config is not None:
            path = os.path.abspath(config)
            self._fixed = read_table(_own_table(path) or {}, path, os.getcwd())

    def of(self, path: str) -> Settings:
        """The settings for the file at ``path`` (absolute)."""
        return self.of_folder(os.path.dirname(path))

    def of_folder(self, folder: str) -> Settings:
        """The settings for the files directly in ``folder`` (absolute)."""
        settings = self._laid.get(folder)
        if settings is None:
            found = self._fixed
            if found is None and not self._isolated:
                found = self._nearest(folder)
            found = found or Settings(project_root(folder))
            # One object for all the folders that share settings: others key on it.
            key = (found.origin, found.root)
            settings = self._overlaid_by_origin.get(key)
            if settings is None:
                settings = self._overlaid_by_origin[key] = self._overlaid(found)
            self._laid[folder] = settings
        return settings

    def _nearest(self, folder: str) -> Settings | None:
        if folder not in self._found:
            found = None
            for name in ("pyrolint.toml", "pyproject.toml"):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and (table := _own_table(path)) is not None:
                    found = read_table(table, path, folder)
                    break
            parent = os.path.dirname(folder)
            if found is None and parent != folder:
                found = self._nearest(parent)
            self._found[folder] = found
        return self._found[folder]

    def _overlaid(self, settings: Settings) -> Settings:
        options = self._options
        kept = settings.selectors
        if options.select is not None:
            kept = tuple(selector for selector in kept if not selector.selects)
        added = tuple(
            Selector(text, selects, option)
            for texts, selects, option in (
                (options.select or (), True, "--select"),
                (options.extend_select, True, "--extend-select"),
                (options.ignore, False, "--ignore"),
            )
            for text in texts
        )
        fail_on = options.fail_on or settings.fail_on
        return replace(
            settings,
            selectors=kept + added,
            # Advice that cannot be seen could not fail the run either.
            advice=settings.advice or options.advice or fail_on == "advice",
            fail_on=fail_on,
            unsafe_fixes=settings.unsafe_fixes or options.unsafe_fixes,
        )
