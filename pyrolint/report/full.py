"""The ``full`` format: each finding with the code it stands in, its related places and its fix."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping

from pyrolint.diagnostic import Confirmation, Diagnostic, LocatedFix, Span
from pyrolint.outcome import Outcome
from pyrolint.report.terminal import Style, escaped
from pyrolint.source import Source

# Rows shown before and after a range, and the most rows of a range that are shown.
CONTEXT = 1
LONGEST = 8
TAB = 4


def emit(outcome: Outcome, style: Style) -> Iterator[str]:
    """The lines of the report."""
    for diagnostic in outcome.diagnostics:
        yield from _diagnostic(diagnostic, outcome.sources, style)
        yield ""


def _diagnostic(
    diagnostic: Diagnostic, sources: Mapping[str, Source], style: Style
) -> Iterator[str]:
    level = style.severity(diagnostic.severity, f"{diagnostic.severity.label}[{diagnostic.code}]")
    yield f"{level} {style.strong(diagnostic.name)}: {escaped(diagnostic.message)}"
    spans = [diagnostic.span, *(related.span for related in diagnostic.related)]
    last = max(span.end_row for span in spans) + CONTEXT
    margin = len(str(last))

    def underline(columns: int) -> str:
        return style.severity(diagnostic.severity, "^" * columns)

    def lighter(columns: int) -> str:
        return style.faint("-" * columns)

    yield f"{' ' * margin}--> {style.place(diagnostic.span)}"
    yield from _frame(diagnostic.span, sources, style, margin, underline, "")
    for related in diagnostic.related:
        yield f"{' ' * margin}::: {style.place(related.span)}"
        yield from _frame(related.span, sources, style, margin, lighter, escaped(related.message))
    note = _note(diagnostic)
    if note:
        yield f"{' ' * margin} = {note}"
    if diagnostic.confirmation is not None:
        for line in _confirmation(diagnostic.confirmation, style):
            yield f"{' ' * margin} = {line}"
    if diagnostic.fix is not None:
        fix = diagnostic.fix
        yield f"{' ' * margin} = {fix.applicability} fix: {escaped(fix.message)}"
        for line in _fix(fix, sources):
            yield f"{' ' * margin}   {line}"


def _note(diagnostic: Diagnostic) -> str:
    parts = []
    if diagnostic.site is not None:
        parts.append(f"site '{escaped(diagnostic.site)}'")
    if diagnostic.program is not None:
        parts.append(f"program {escaped(diagnostic.program)}")
    if diagnostic.tips:
        plural = "s" if len(diagnostic.tips) > 1 else ""
        parts.append(f"tip{plural} {' and '.join(map(str, diagnostic.tips))}")
    return ", ".join(parts)


def _confirmation(confirmation: Confirmation, style: Style) -> Iterator[str]:
    """The verdict with its sentence, and the figures behind it."""
    yield f"{style.strong(confirmation.verdict)}: {escaped(confirmation.reason)}"
    if confirmation.evidence:
        figures = (f"{name} {value}" for name, value in confirmation.evidence.items())
        yield escaped(f"measured on {confirmation.device}: {', '.join(figures)}")


def _frame(
    span: Span,
    sources: Mapping[str, Source],
    style: Style,
    margin: int,
    underline: Callable[[int], str],
    message: str,
) -> Iterator[str]:
    """The rows of a range with the range underlined, and a message behind the last underline."""
    source = sources.get(span.filename)
    if source is None:
        return
    bar = style.faint("|")
    yield f"{' ' * margin} {bar}"
    last = min(span.end_row, span.row + LONGEST - 1)
    for row in range(max(1, span.row - CONTEXT), last + CONTEXT + 1):
        line = source.line(row, span.cell)
        inside = span.row <= row <= last
        if not inside and not line.strip():
            continue
        yield f"{row:>{margin}} {bar} {_shown(line)}".rstrip()
        if not inside:
            continue
        if row == span.end_row or row == last:
            tail = f" {message}" if message else ""
        else:
            tail = ""
        start = span.column - 1 if row == span.row else len(line) - len(line.lstrip())
        end = span.end_column - 1 if row == span.end_row else len(line.rstrip())
        before, width = " " * _width(line[:start]), max(1, _width(line[start:end]))
        yield f"{' ' * margin} {bar} {before}{underline(width)}{tail}"
    if last < span.end_row:
        yield f"{' ' * margin} {bar} ..."
    yield f"{' ' * margin} {bar}"


def _shown(line: str) -> str:
    return escaped(line.replace("\t", " " * TAB))


def _width(text: str) -> int:
    """The columns that ``text`` takes up on a terminal once it is shown."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in _shown(text)
    )


def _fix(fix: LocatedFix, sources: Mapping[str, Source]) -> Iterator[str]:
    """The rows that a fix changes, before and after."""
    by_rows: dict[tuple[str, int | None], list[tuple[Span, str]]] = {}
    for edit in fix.edits:
        key = (edit.span.filename, edit.span.cell)
        by_rows.setdefault(key, []).append((edit.span, edit.content))
    for (filename, cell), edits in by_rows.items():
        source = sources.get(filename)
        if source is None:
            continue
        for group in _touching(edits):
            first, last = group[0][0].row, max(span.end_row for span, _ in group)
            before = [source.line(row, cell) for row in range(first, last + 1)]
            after = _changed(before, first, group)
            while before and after and before[0] == after[0]:
                before, after = before[1:], after[1:]
            while before and after and before[-1] == after[-1]:
                before, after = before[:-1], after[:-1]
            yield from (f"- {_shown(line)}" for line in before)
            yield from (f"+ {_shown(line)}" for line in after)


def _touching(edits: list[tuple[Span, str]]) -> Iterator[list[tuple[Span, str]]]:
    """Edits in order, those that share a row together."""
    group: list[tuple[Span, str]] = []
    for edit in sorted(edits):
        if group and edit[0].row > max(span.end_row for span, _ in group):
            yield group
            group = []
        group.append(edit)
    if group:
        yield group


def _changed(lines: list[str], first: int, edits: list[tuple[Span, str]]) -> list[str]:
    """The rows from ``first`` on with edits made."""
    text, starts = "\n".join(lines), [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for span, content in reversed(edits):
        start = starts[span.row - first] + span.column - 1
        end = starts[span.end_row - first] + span.end_column - 1
        text = text[:start] + content + text[end:]
    return text.split("\n")
