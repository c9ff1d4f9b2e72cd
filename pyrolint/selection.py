"""Which rules count for a file, and at what severity.

The longest selector that matches a code wins; a rule's full name is as long as its full code.
Advice counts only where its exact code or name is selected, ``advice`` is on, or the settings
raise its severity.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from pyrolint.finding import Severity
from pyrolint.registry import SYNTAX_ERROR, Described, Registry
from pyrolint.settings import Selector, Settings
from pyrolint.settings_values import SettingsError, nearest


class Selection:
    """The verdicts of one Settings over the rules of one registry.

    Raises SettingsError where a selector or a severity names no rule.
    """

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings = settings
        self._registry = registry
        for selector in settings.selectors:
            _check(selector, registry)
        for ignore in settings.per_file_ignores:
            for selector in ignore.selectors:
                _check(selector, registry)
        self._severity: dict[str, Severity] = {}
        for word, severity in settings.severity.items():
            described = registry.find(word)
            if described is None:
                where = f"{settings.origin}: severity"
                raise SettingsError(f"{where}: {unknown_rule(word, registry)}")
            self._severity[described.code] = severity
        self._selected = {described.code: self._wins(described) for described in registry.described}

    def _wins(self, described: Described) -> tuple[bool, bool]:
        """Whether a rule is selected, and whether by its exact code or name."""
        best, verdict, exact = -1, False, False
        for selector in self._settings.selectors:
            length = _match(selector, described)
            if length >= best and length >= 0:
                best, verdict = length, selector.selects
                exact = length == len(described.code)
        return verdict, verdict and exact

    def runs(self, described: Described) -> bool:
        """Whether a rule's findings can count at all, whatever their severity."""
        return described.code == SYNTAX_ERROR or self._selected[described.code][0]

    def severity(self, described: Described, own: Severity | None = None) -> Severity | None:
        """The level of a finding, ``own`` being what it says of itself; None where it is off."""
        if not self.runs(described):
            return None
        level = self._severity.get(described.code, own or described.severity)
        exact = self._selected[described.code][1]
        if level is Severity.ADVICE and not (exact or self._settings.advice):
            return None
        return level

    def measured_severity(self, described: Described, own: Severity | None = None) -> Severity:
        """The level of a finding that a run showed: advice is not held back then."""
        return self._severity.get(described.code, own or described.severity)

    def shown(self, described: Described) -> bool:
        """Whether findings at the rule's usual level count."""
        return self.severity(described) is not None

    def ignored_in(self, path: str) -> frozenset[str]:
        """The codes that ``per-file-ignores`` switches off for the file at ``path`` (absolute)."""
        ignores = self._settings.per_file_ignores
        if not ignores:
            return frozenset()
        from pathspec import GitIgnoreSpec

        relative = os.path.relpath(path, self._settings.root).replace(os.sep, "/")
        return frozenset(
            described.code
            for ignore in ignores
            if GitIgnoreSpec.from_lines([ignore.pattern]).match_file(relative)
            for described in self._registry.described
            if described.code != SYNTAX_ERROR
            and any(_match(selector, described) >= 0 for selector in ignore.selectors)
        )


def _match(selector: Selector, described: Described) -> int:
    """How long the selector's match is; negative where it does not match."""
    if selector.text == described.name:
        return len(described.code)
    return len(selector.text) if described.code.startswith(selector.text) else -1


def _check(selector: Selector, registry: Registry) -> None:
    if not any(_match(selector, described) >= 0 for described in registry.described):
        raise SettingsError(f"{selector.origin}: {unknown_rule(selector.text, registry)}")


def unknown_rule(word: str, registry: Registry) -> str:
    """The sentence on a word that stands for no rule, with the nearest one that does."""
    hint = nearest(word, registry.words) or "; `pyrolint rule --all` lists the rules"
    return f"unknown rule {word!r}{hint}"


@dataclass(frozen=True, slots=True)
class Context:
    """One Settings with the rules it knows and its verdicts over them."""

    settings: Settings
    registry: Registry
    selection: Selection
