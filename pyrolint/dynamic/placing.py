"""Faults that only a run showed, as diagnostics at the user's lines."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from pyrolint.diagnose import FileDiagnosis
from pyrolint.diagnostic import Confirmation, Diagnostic
from pyrolint.dynamic.messages import Evidence, Position
from pyrolint.finding import Severity
from pyrolint.registry import Described, Registry
from pyrolint.selection import Context, Selection
from pyrolint.settings import SettingsFinder
from pyrolint.source import Source, SourceError
from pyrolint.workspace import Workspace

_SEEN = "only the run shows it"


@dataclass(slots=True)
class Placer:
    """Places evidence in files; what comments or settings switch off becomes no diagnostic."""

    finder: SettingsFinder
    registry: Registry
    workspace: Workspace
    _contexts: dict[int, Context] = field(default_factory=dict)

    def context(self, path: str) -> Context:
        """The rules and settings that hold for a file."""
        settings = self.finder.of(path)
        if id(settings) not in self._contexts:
            selection = Selection(settings, self.registry)
            self._contexts[id(settings)] = Context(settings, self.registry, selection)
        return self._contexts[id(settings)]

    def shows(self, diagnostic: Diagnostic) -> bool:
        """Whether a static finding is shown without a run's asking for it."""
        rule = self.registry.find(diagnostic.code)
        selection = self.context(diagnostic.span.filename).selection
        return rule is None or selection.severity(rule, diagnostic.severity) is not None

    def placed(
        self, evidence: Evidence, confirmation: Confirmation, fallback: str
    ) -> Diagnostic | None:
        """The diagnostic of a fault that a run confirmed; ``fallback`` is the program's file."""
        rule = self.registry.find(evidence.code)
        if rule is None:
            return None
        position = evidence.position or Position(fallback, 1)
        level = Severity[evidence.level.upper()] if evidence.level else rule.severity
        # The finding's own message says what was seen already.
        reason = confirmation.reason.replace(evidence.message, _SEEN)
        return self.at(
            rule,
            position,
            _sentence(evidence.message),
            level,
            replace(confirmation, reason=reason),
            evidence.site,
            evidence.argument,
        )

    def at(
        self,
        rule: Described,
        position: Position,
        message: str,
        level: Severity,
        confirmation: Confirmation,
        site: str | None = None,
        argument: str | None = None,
    ) -> Diagnostic | None:
        """A diagnostic over the statement at a line; None where it is off or hidden."""
        try:
            source = self.workspace.source(position.filename)
        except (OSError, SourceError):
            # A file that was there when the program ran may be gone or generated.
            return None
        rows = statement_rows(source, position)
        diagnosis = FileDiagnosis(
            position.filename, self.context(position.filename), self.workspace, lambda rule: False
        )
        return diagnosis.measured(
            rule, message, rows, position.cell, level, confirmation, site, argument
        )


def _sentence(clause: str) -> str:
    """A clause as the sentence that a finding's message is."""
    return f"{clause[:1].upper()}{clause[1:]}" + ("" if clause.endswith(".") else ".")


def statement_rows(source: Source, position: Position) -> tuple[int, int]:
    """The first and last row of the simple statement, or the header, that a line is part of."""
    shift = 0
    for cell in source.cells:
        if cell.index == position.cell:
            shift = cell.row - 1
    row = position.row + shift
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return position.row, position.row
    found = (row, row)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            first, last = _own_rows(node)
            if first <= row <= last and (found == (row, row) or first >= found[0]):
                found = (first, last)
    return found[0] - shift, found[1] - shift


def _own_rows(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    body = getattr(node, "body", None)
    if isinstance(body, list) and body:
        return first, max(node.lineno, body[0].lineno - 1)
    return first, node.end_lineno or node.lineno
