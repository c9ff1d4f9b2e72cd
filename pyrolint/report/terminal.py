"""What the formats for people share: colours, escapes, paths and the closing line."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pyrolint.diagnostic import Span
from pyrolint.finding import Severity
from pyrolint.outcome import Outcome

_RESET = "\x1b[0m"
_COLOURS = {
    Severity.ERROR: "\x1b[1;31m",
    Severity.WARNING: "\x1b[1;33m",
    Severity.ADVICE: "\x1b[1;36m",
}
_EMPHASIS = "\x1b[1m"
_FAINT = "\x1b[2m"

NAMED = 3
"""How many files are named in the closing line."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text is shown: with colours or without, and paths relative to which folder."""

    cwd: str
    colour: bool = False

    def severity(self, severity: Severity, text: str) -> str:
        """``text`` in the severity's colour."""
        return f"{_COLOURS[severity]}{text}{_RESET}" if self.colour else text

    def strong(self, text: str) -> str:
        """``text`` emphasised."""
        return f"{_EMPHASIS}{text}{_RESET}" if self.colour else text

    def faint(self, text: str) -> str:
        """``text`` held back."""
        return f"{_FAINT}{text}{_RESET}" if self.colour else text

    def path(self, path: str) -> str:
        """A path, relative where it lies below the working folder, safe for a terminal."""
        below = os.path.join(self.cwd, "")
        return escaped(path[len(below) :] if path.startswith(below) else path)

    def place(self, span: Span) -> str:
        """``file:row:column``, in a notebook ``file:cell 3:row:column``."""
        cell = "" if span.cell is None else f"cell {span.cell}:"
        return f"{self.path(span.filename)}:{cell}{span.row}:{span.column}"


def escaped(text: str) -> str:
    """``text`` with each character that could steer a terminal written as an escape.

    Names and paths may hold any character: line ends, escape sequences, marks that turn the
    direction of writing round.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def counted(number: int, noun: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary(outcome: Outcome, style: Style) -> str:
    """The closing line: what was found, what can be mended, and what the analysis covered."""
    return f"{_found(outcome)} {_coverage(outcome, style)}"


def _found(outcome: Outcome) -> str:
    levels = Counter(diagnostic.severity for diagnostic in outcome.diagnostics)
    if not levels:
        return "No findings." if not outcome.failures else "No findings in what could be checked."
    nouns = {Severity.ERROR: "error", Severity.WARNING: "warning"}
    parts = [
        counted(levels[level], nouns[level]) if level in nouns else f"{levels[level]} advice"
        for level in sorted(levels, reverse=True)
    ]
    fixes = Counter(d.fix.safe for d in outcome.diagnostics if d.fix is not None)
    ways = [f"{fixes[True]} fixable with --fix"] if fixes[True] else []
    if fixes[False]:
        more = " more" if ways else ""
        ways.append(f"{fixes[False]}{more} fixable with --fix --unsafe-fixes")
    return f"{', '.join(parts)}{f' ({joined(ways)})' if ways else ''}."


def _coverage(outcome: Outcome, style: Style) -> str:
    covered = outcome.covered
    parts = [counted(covered.programs, "program"), counted(covered.pairs, "pair")]
    if covered.unresolved:
        several = len(outcome.files) > 1
        places = [_where(span, style, named=several) for span in covered.unresolved]
        more = covered.unresolved_count - len(places)
        shown = [*places, f"{more} more"] if more else places
        noun = counted(covered.unresolved_count, "pair")
        parts.append(f"{noun} not resolved ({joined(shown)})")
    if covered.budget_hits:
        parts.append(
            f"{counted(covered.budget_hits, 'evaluation')} cut short{_cut(outcome, style)}"
        )
    return f"{', '.join(parts)}."


def _cut(outcome: Outcome, style: Style) -> str:
    """In which files evaluations were cut short, where there is more than one file."""
    paths = [style.path(path) for path in outcome.covered.cut_short_in]
    if not paths or len(outcome.files) == 1:
        return ""
    more = [f"{len(paths) - NAMED} more"] if len(paths) > NAMED else []
    return f" ({joined([*paths[:NAMED], *more])})"


def _where(span: Span, style: Style, *, named: bool) -> str:
    if named:
        return style.place(span).rpartition(":")[0]
    cell = "" if span.cell is None else f"cell {span.cell}, "
    return f"{cell}line {span.row}"


def joined(parts: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
