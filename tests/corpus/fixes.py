"""Fixes on real code: plant faults, let each be mended, and look at what came of it.

``python -m tests.corpus.fixes [--package NAME]… [--checkout DIR] [--path DIR]… [--operator O]…
[--most N]``

A fix is right where the file parses, no line changes but those of its edits, no comment goes, the
finding is gone and no other has come. An unsafe one may bring to light what stood behind it.
"""

from __future__ import annotations

import argparse
import difflib
import io
import sys
import tokenize
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyrolint.diagnostic import Diagnostic, LocatedFix
from pyrolint.outcome import Outcome
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder
from pyrolint.source import Source, read_source
from pyrolint.syntax.parse import SyntaxFault, parse

from .lint import add_target_arguments, targets
from .mutants import Subject

Key = tuple[str, str | None, str | None]
"""A finding of one file by what an edit does not move: code, site, argument."""


@dataclass(frozen=True)
class Tried:
    """A fix that was applied alone; ``complaint`` is empty where nothing is wrong with it."""

    code: str
    place: str
    message: str
    complaint: str


def tried(
    path: str, data: bytes, codes: frozenset[str], known: Counter[Key] | None = None
) -> Iterator[Tried]:
    """Each fix of findings of these codes in one file, made by itself.

    ``known`` are the findings of the file without what was planted: a fix may bring them back.
    """
    finder = SettingsFinder(Options())
    before = check([path], finder, {path: data})
    for diagnostic in before.diagnostics:
        fix = diagnostic.fix
        if fix is None or diagnostic.code not in codes:
            continue
        if any(edit.span.filename != path for edit in fix.edits):
            continue
        complaint = complaint_of(before, diagnostic, fix, path, finder, known)
        span = diagnostic.span
        cell = "" if span.cell is None else f"cell {span.cell}:"
        yield Tried(diagnostic.code, f"{path}:{cell}{span.row}", fix.message, complaint)


def complaint_of(
    before: Outcome,
    diagnostic: Diagnostic,
    fix: LocatedFix,
    path: str,
    finder: SettingsFinder,
    known: Counter[Key] | None = None,
) -> str:
    """What is wrong with a fix in its own file, empty where nothing is."""
    source = before.sources[path]
    data = source.replaced(fix.edits)
    mended = read_source(data, path)
    try:
        parse(mended)
    except SyntaxFault as fault:
        return f"line {fault.row} does not parse: {fault.message}"
    rows = {
        (edit.span.cell, row)
        for edit in fix.edits
        for row in range(edit.span.row, edit.span.end_row + 1)
    }
    elsewhere = _changed(source, mended) - rows
    if elsewhere:
        return f"the fix changes other lines: {sorted(elsewhere, key=str)}"
    removed = {(e.span.cell, e.span.row) for e in fix.edits if not e.content}
    lost = _comments(source, removed) - _comments(mended)
    if lost:
        return f"comments are lost: {', '.join(sorted(lost))}"
    found, left = _keys(before), _keys(check([path], finder, {path: data}))
    key = _key(diagnostic)
    if left[key] >= found[key]:
        return "the finding stays"
    new = [
        each
        for each in left - found - (known or Counter())
        if fix.safe or each[0] == diagnostic.code
    ]
    if new:
        return f"there are new findings: {', '.join(map(str, new))}"
    return ""


def _changed(before: Source, after: Source) -> set[tuple[int | None, int]]:
    """The cells and rows whose text is another, or is gone; an insertion is none."""
    changed: set[tuple[int | None, int]] = set()
    for old, new in zip(before.cells, after.cells, strict=True):
        matcher = difflib.SequenceMatcher(None, list(old.lines), list(new.lines), autojunk=False)
        for tag, start, end, _, _ in matcher.get_opcodes():
            if tag in ("replace", "delete"):
                changed.update((old.index, row) for row in range(start + 1, end + 1))
    return changed


def _comments(source: Source, removed: Collection[tuple[int | None, int]] = ()) -> Counter[str]:
    """The comments of a file, but for those that go with a statement that is taken away."""
    found: Counter[str] = Counter()
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            cell, row, _ = source.position(*token.start)
            found[token.string] += (cell, row) not in removed
    return +found


def _keys(outcome: Outcome) -> Counter[Key]:
    return Counter(_key(each) for each in outcome.diagnostics)


def _key(diagnostic: Diagnostic) -> Key:
    return diagnostic.code, diagnostic.site, diagnostic.argument


def of_subject(
    subject: Subject, operators: frozenset[str], most: int | None, *, once: bool = False
) -> Iterator[tuple[str, Tried]]:
    """The fixes of all planted faults of a target, by the operator that planted them.

    ``once``: an operator is done with when a fix of what it plants has been tried.
    """
    known: dict[str, Counter[Key]] = {}
    done: set[str] = set()
    for path, mutant, data in subject.mutated(operators, most):
        if mutant.operator in done:
            continue
        if path not in known:
            known[path] = _keys(check([path], SettingsFinder(Options())))
        for each in tried(path, data, mutant.expected, known[path]):
            if once:
                done.add(mutant.operator)
            yield mutant.operator, each


def main() -> None:
    """Try, count by rule, and list what is wrong; status 1 where something is."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_target_arguments(parser)
    parser.add_argument("--operator", action="append", default=[], metavar="NAME")
    parser.add_argument("--most", type=int, metavar="N", help="of an operator in one file")
    arguments = parser.parse_args()
    done: list[tuple[str, Tried]] = []
    for target in targets(arguments):
        done += of_subject(Subject(target), frozenset(arguments.operator), arguments.most)
    totals = Counter(each.code for _, each in done)
    right = Counter(each.code for _, each in done if not each.complaint)
    for code in sorted(totals):
        print(f"{code}  {right[code]:>4} of {totals[code]:>4} fixes are right")
    for operator, each in done:
        if each.complaint:
            name = Path(each.place)
            print(f"{operator} {each.code} {name} {each.message!r}: {each.complaint}")
    sys.exit(right != totals)


if __name__ == "__main__":
    main()
