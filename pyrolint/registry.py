"""Rules by code and by name: the built-in ones, found by walking their package, and plugins'.

The built-in rules are simply the first plugin. Entry points are looked at only where the settings
name a plugin that is neither a path nor a module.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

from pyrolint.finding import Severity
from pyrolint.own_rules import OWN_RULES, SYNTAX_ERROR

if TYPE_CHECKING:
    from pyrolint.rule import Rule

ENTRY_POINTS = "pyrolint.rules"


class RegistryError(Exception):
    """A plugin cannot be loaded; the sentence names it and says why."""


class Described(Protocol):
    """What a rule says of itself, whoever makes its findings."""

    @property
    def code(self) -> str:
        """Three or four capitals and three digits."""

    @property
    def name(self) -> str:
        """The fault in lower-case words joined by hyphens."""

    @property
    def severity(self) -> Severity:
        """The level of its findings where they do not say otherwise."""

    @property
    def tips(self) -> tuple[int, ...]:
        """The numbers of the tutorial's tips it follows from."""

    @property
    def page(self) -> str:
        """Its explanation in Markdown."""


class Registry:
    """An immutable set of rules; RegistryError where two share a code or a name."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: tuple[Rule, ...] = tuple(sorted(rules, key=lambda rule: rule.code))
        described: tuple[Described, ...] = (*OWN_RULES, *self.rules)
        by_word: dict[str, Described] = {}
        for rule in described:
            for word in (rule.code, rule.name):
                if word in by_word:
                    raise RegistryError(f"two rules are called {word!r}; rename one of them")
                by_word[word] = rule
        self.described = described
        self._by_word: Mapping[str, Described] = by_word

    def find(self, word: str) -> Described | None:
        """The rule whose code or name is ``word``."""
        return self._by_word.get(word)

    @property
    def words(self) -> tuple[str, ...]:
        """All codes and names."""
        return tuple(self._by_word)

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """The letters that codes start with."""
        return frozenset(rule.code.rstrip("0123456789") for rule in self.described)


def load_registry(plugins: Iterable[tuple[str, str]] = ()) -> Registry:
    """The built-in rules and those of ``plugins``: pairs of a name or path and its base folder."""
    rules = list(_rules_below(importlib.import_module("pyrolint_rules"), "pyrolint_rules"))
    for plugin, folder in plugins:
        found = list(_rules_of_plugin(plugin, folder))
        if not found:
            raise RegistryError(f"plugin {plugin!r} holds no rules; decorate them with @rule")
        rules.extend(found)
    return Registry(rules)


def _rules_of_plugin(plugin: str, folder: str) -> Iterator[Rule]:
    path = os.path.normpath(os.path.join(folder, plugin))
    if os.path.exists(path):
        yield from _rules_below(_module_at(path, plugin), plugin)
        return
    from importlib.util import find_spec

    try:
        found = find_spec(plugin) is not None
    except (ImportError, ValueError):
        found = False
    if found:
        yield from _rules_below(_imported(plugin, plugin), plugin)
        return
    from importlib.metadata import entry_points

    points = list(entry_points(group=ENTRY_POINTS, name=plugin))
    if not points:
        raise RegistryError(
            f"plugin {plugin!r} is no path below {folder}, no module that can be imported, "
            f"and no entry point in the group {ENTRY_POINTS!r}"
        )
    for point in points:
        yield from _rules_below(_imported(point.module, plugin), plugin)


def _module_at(path: str, plugin: str) -> ModuleType:
    """The module or package at ``path``, under a name of its own in ``sys.modules``."""
    import hashlib
    from importlib.util import module_from_spec, spec_from_file_location

    file = os.path.join(path, "__init__.py") if os.path.isdir(path) else path
    if not os.path.isfile(file):
        raise RegistryError(f"plugin {plugin!r}: {file} does not exist")
    # Two projects may each have a "tools/lint_rules"; the digest keeps them apart.
    name = f"_pyrolint_plugin_{hashlib.sha256(path.encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    folders = [path] if os.path.isdir(path) else None
    spec = spec_from_file_location(name, file, submodule_search_locations=folders)
    if spec is None or spec.loader is None:
        raise RegistryError(f"plugin {plugin!r}: {file} is no Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _failed(plugin, file, error) from error
    return module


def _imported(name: str, plugin: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise _failed(plugin, name, error) from error


def _failed(plugin: str, module: str, error: BaseException) -> RegistryError:
    from pyrolint.rule import RuleError

    kind = "" if isinstance(error, RuleError) else f"{type(error).__name__}: "
    return RegistryError(f"plugin {plugin!r} failed while {module} was imported: {kind}{error}")


def _rules_below(package: ModuleType, plugin: str) -> Iterator[Rule]:
    """The rules that a module, or any module of a package, holds."""
    import pkgutil

    from pyrolint.rule import Rule

    modules = [package]
    if hasattr(package, "__path__"):
        modules += [
            _imported(info.name, plugin)
            for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        ]
    # A rule imported from one module of the package into another is one rule.
    yield from {
        value: None
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Rule)
    }


__all__ = ["SYNTAX_ERROR", "Described", "Registry", "RegistryError", "load_registry"]
