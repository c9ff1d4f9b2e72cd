"""Fixes applied: round after round, until nothing is left to mend or the rounds are used up.

Nothing is written here. The changed bytes lie over the files of the next round, so that showing a
change and making it go the same way.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyrolint.diagnostic import Diagnostic, LocatedFix, TextEdit
from pyrolint.outcome import Failure, Outcome
from pyrolint.runner import check
from pyrolint.settings import SettingsFinder
from pyrolint.source import Source, SourceError, read_source
from pyrolint.syntax.scan import LINE_END

ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Mended:
    """The outcome after all fixes, and the bytes of the files that they changed."""

    outcome: Outcome
    before: Mapping[str, Source]
    after: Mapping[str, bytes]
    applied: int


def mend(
    files: Sequence[str], finder: SettingsFinder, overlay: Mapping[str, bytes] | None = None
) -> Mended:
    """Lint ``files`` and apply what fixes their settings admit, to those files only.

    A file that a fix would leave unparsable is left as it was before that round, and named.
    """
    changed: dict[str, bytes] = {}
    before: dict[str, Source] = {}
    refused: set[str] = set()
    failures: list[Failure] = []
    applied = 0
    for _ in range(ROUNDS):
        outcome = check(files, finder, {**(overlay or {}), **changed})
        fixes = list(_chosen(outcome.diagnostics, finder, set(files) - refused))
        edits: dict[str, dict[TextEdit, None]] = {}
        for fix in fixes:
            for edit in fix.edits:
                edits.setdefault(edit.span.filename, {})[edit] = None
        written = {}
        for path, own in edits.items():
            source = outcome.sources[path]
            try:
                written[path] = _applied(source, own, path)
            except SourceError as error:
                refused.add(path)
                failures.append(Failure(path, f"a fix cannot be applied: {error.message}"))
            else:
                before.setdefault(path, source)
        if not edits:
            break
        # A fix that spans files is whole or not made at all; the next round chooses anew.
        if len(written) == len(edits):
            changed.update(written)
            applied += len(fixes)
    else:
        outcome = check(files, finder, {**(overlay or {}), **changed})
    outcome = replace(outcome, failures=(*outcome.failures, *failures))
    return Mended(outcome, {path: before[path] for path in changed}, changed, applied)


def _applied(source: Source, edits: Iterable[TextEdit], path: str) -> bytes:
    """The changed file; SourceError where it would not parse."""
    from pyrolint.syntax.parse import SyntaxFault, parse

    data = source.replaced(edits)
    try:
        parse(read_source(data, path))
    except SyntaxFault as fault:
        raise SourceError(f"line {fault.row} would not parse: {fault.message}") from fault
    return data


def _chosen(
    diagnostics: Iterable[Diagnostic], finder: SettingsFinder, files: set[str]
) -> Iterator[LocatedFix]:
    """The fixes to apply in one round: admitted, in the given files, none touching another."""
    taken: dict[TextEdit, None] = {}
    for diagnostic in diagnostics:
        fix = diagnostic.fix
        if fix is None or not (fix.safe or finder.of(diagnostic.span.filename).unsafe_fixes):
            continue
        if any(edit.span.filename not in files for edit in fix.edits):
            continue
        new = [edit for edit in fix.edits if edit not in taken]
        if any(_touch(edit, other) for edit in new for other in taken):
            continue
        taken.update(dict.fromkeys(new))
        yield fix


def _touch(one: TextEdit, other: TextEdit) -> bool:
    """Whether two edits overlap, or insert at one place, so that their order would matter."""
    a, b = one.span, other.span
    if (a.filename, a.cell) != (b.filename, b.cell):
        return False
    a_start, a_end = (a.row, a.column), (a.end_row, a.end_column)
    b_start, b_end = (b.row, b.column), (b.end_row, b.end_column)
    return a_start == b_start or (a_start < b_end and b_start < a_end)


def diff(mended: Mended, shown: Mapping[str, str]) -> Iterator[str]:
    """Unified diffs of the changed files, cell by cell in notebooks; ``shown`` names the files."""
    for path, data in sorted(mended.after.items()):
        before, after = mended.before[path], read_source(data, path)
        for old, new in zip(before.cells, after.cells, strict=False):
            name = shown[path] if old.index is None else f"{shown[path]}:cell {old.index}"
            yield from _unified(_lines(old.source), _lines(new.source), name)


def _lines(text: str) -> list[str]:
    """The lines with their ends; Python's own splitting knows more line ends than Python code."""
    lines, start = [], 0
    for end in LINE_END.finditer(text):
        lines.append(text[start : end.end()])
        start = end.end()
    return [*lines, text[start:]] if start < len(text) else lines


def _unified(old: list[str], new: list[str], name: str) -> Iterator[str]:
    for line in difflib.unified_diff(old, new, name, name):
        yield line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"
