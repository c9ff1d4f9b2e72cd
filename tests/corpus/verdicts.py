"""Precision on real code: findings against what a reader said of each in ``verdicts.tsv``.

``python -m tests.corpus.verdicts [--package NAME]… [--checkout DIR] [--check]``

Errors and warnings only. A finding is known by package, version, path, line and code; in a
notebook the line is ``CELL:LINE``. ``--check`` ends with status 1 unless findings and verdicts on
what was linted are one to one.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pyrolint.diagnostic import Diagnostic
from pyrolint.finding import Severity

from .lint import Target, add_target_arguments, lint, targets

FILE = Path(__file__).with_name("verdicts.tsv")
COLUMNS = ("package", "version", "path", "line", "code", "verdict", "reason")
WORDS = ("true", "false")


class VerdictsError(ValueError):
    """A row of the verdicts that cannot be read, with its number."""


class Key(NamedTuple):
    """What a finding is known by."""

    package: str
    version: str
    path: str
    line: str
    code: str


@dataclass(frozen=True)
class Verdict:
    """What a reader of the source said of a finding; what can be argued about is false."""

    key: Key
    is_true: bool
    reason: str


@dataclass
class Comparison:
    """Findings beside verdicts: the judged ones, and those that stand alone on either side."""

    judged: list[Verdict] = field(default_factory=list)
    unjudged: list[tuple[Key, str]] = field(default_factory=list)
    stale: list[Verdict] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether each finding has a verdict and each verdict a finding."""
        return not (self.unjudged or self.stale)


def read(file: Path = FILE) -> list[Verdict]:
    """All verdicts; VerdictsError names the row that is not one."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise VerdictsError(f"{file.name}: the first row must name the columns {COLUMNS}")
    verdicts: list[Verdict] = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(COLUMNS) or row[5] not in WORDS or not row[6].strip():
            raise VerdictsError(
                f"{file.name}:{number}: a row has {len(COLUMNS)} columns, the verdict "
                f"{' or '.join(WORDS)}, and a reason"
            )
        verdicts.append(Verdict(Key(*row[:5]), row[5] == "true", row[6]))
    return verdicts


def key_of(diagnostic: Diagnostic, target: Target) -> Key:
    """What a finding in a target is known by."""
    span = diagnostic.span
    path = Path(span.filename).relative_to(target.folder).as_posix()
    line = str(span.row) if span.cell is None else f"{span.cell}:{span.row}"
    return Key(target.name, target.version, path, line, diagnostic.code)


def findings(target: Target) -> Iterator[tuple[Key, str]]:
    """The errors and warnings in a target, with their messages."""
    for diagnostic in lint(target).outcome.diagnostics:
        if diagnostic.severity > Severity.ADVICE:
            yield key_of(diagnostic, target), diagnostic.message


def compare(found: Iterable[tuple[Key, str]], verdicts: Iterable[Verdict]) -> Comparison:
    """Match findings with verdicts, several of one key in the order they come."""
    waiting: dict[Key, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        waiting[verdict.key].append(verdict)
    comparison = Comparison()
    for key, message in found:
        if waiting[key]:
            comparison.judged.append(waiting[key].pop(0))
        else:
            comparison.unjudged.append((key, message))
    comparison.stale = [verdict for left in waiting.values() for verdict in left]
    return comparison


def report(comparison: Comparison) -> Iterator[str]:
    """Precision by rule and overall, then what has no partner."""
    totals = Counter(each.key.code for each in comparison.judged)
    right = Counter(each.key.code for each in comparison.judged if each.is_true)
    for code in sorted(totals):
        yield _share(code, right[code], totals[code])
    yield _share("all", right.total(), totals.total())
    for each in comparison.judged:
        if not each.is_true:
            yield "\t".join(("false", *each.key, each.reason))
    for key, message in comparison.unjudged:
        yield "\t".join(("no verdict", *key, message))
    for each in comparison.stale:
        yield "\t".join(("no finding", *each.key, each.reason))


def _share(what: str, right: int, total: int) -> str:
    precision = f"{right / total:.3f}" if total else "unknown"
    return f"{what:<7} {right:>4} of {total:>4} findings are true, precision {precision}"


def of_targets(verdicts: Iterable[Verdict], linted: Sequence[Target]) -> list[Verdict]:
    """The verdicts on what was linted."""
    names = {(target.name, target.version) for target in linted}
    return [each for each in verdicts if (each.key.package, each.key.version) in names]


def main() -> None:
    """Lint, compare, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_target_arguments(parser)
    parser.add_argument("--check", action="store_true", help="fail unless they are one to one")
    arguments = parser.parse_args()
    linted: list[Target] = []
    found: list[tuple[Key, str]] = []
    for target in targets(arguments):
        linted.append(target)
        found.extend(findings(target))
    comparison = compare(found, of_targets(read(), linted))
    print("\n".join(report(comparison)))
    if arguments.check:
        sys.exit(not comparison.is_complete)


if __name__ == "__main__":
    main()
