"""Recall on real code: plant faults one by one, and see whether each is found.

``python -m tests.corpus.mutants [--package NAME]… [--checkout DIR] [--path DIR]… [--operator O]…``

A mutant is one change of one file; it is found by a new finding of an expected code in the files
that read it. Recall is printed by operator, with each miss and what the analysis believed there.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyrolint.diagnostic import Span, TextEdit
from pyrolint.finding import Severity
from pyrolint.gate import is_relevant
from pyrolint.registry import load_registry
from pyrolint.runner import analysis_options
from pyrolint.semantics.analysis import Analysis, analyse
from pyrolint.settings import Options, SettingsFinder
from pyrolint.source import Source, SourceError
from pyrolint.syntax import ir
from pyrolint.workspace import Workspace

from .beliefs import beliefs
from .lint import Target, add_target_arguments, targets
from .operators import Mutant, mutants
from .syntax import Edit, applied

Key = tuple[str, str, str | None, str | None]
"""A finding by what an edit elsewhere does not move: code, path, site, argument."""

REGISTRY = load_registry()


@dataclass(frozen=True)
class Verdict:
    """A mutant of one file and whether it was found; ``belief`` explains a miss."""

    path: str
    place: str
    mutant: Mutant
    found: bool
    belief: str = ""


class Subject:
    """A target's files, analysed once as they are and again for each mutant."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._finder = SettingsFinder(Options())
        self._workspace = Overlaid({})
        self._files = target.sources

    @cached_property
    def _roots(self) -> list[str]:
        return [path for path in self._files if is_relevant(Path(path).read_bytes())]

    @cached_property
    def _before(self) -> dict[str, tuple[Counter[Key], frozenset[str]]]:
        """The findings of each root and the files that it reads."""
        before: dict[str, tuple[Counter[Key], frozenset[str]]] = {}
        for root in self._roots:
            analysis = self._analyse(root, self._workspace)
            before[root] = (_findings(analysis), analysis.read | {root})
        return before

    def _analyse(self, root: str, workspace: Overlaid) -> Analysis:
        def load(path: str) -> ir.Module | None:
            chosen = workspace if path in workspace.overlaid else self._workspace
            return chosen.load(path)

        return analyse(root, load, analysis_options(self._finder.of(root)))

    def verdicts(self, operators: frozenset[str]) -> Iterator[Verdict]:
        """The verdict on each mutant of each file that imports Pyro."""
        for path in self._roots:
            try:
                source = self._workspace.source(path)
                made = list(mutants(source.text))
            except (SourceError, SyntaxError):
                continue
            for mutant in made:
                if operators and mutant.operator not in operators:
                    continue
                data = _mutated(source, mutant.edit, path)
                if data is not None:
                    yield self._judged(path, source, mutant, data)

    def _judged(self, path: str, source: Source, mutant: Mutant, data: bytes) -> Verdict:
        workspace = Overlaid({path: data})
        after: list[Analysis] = []
        place = _shown(self._target, path, source, mutant.row)
        for root, (known, read) in self._before.items():
            if path not in read:
                continue
            analysis = self._analyse(root, workspace)
            new = _findings(analysis) - known
            if any(code in mutant.expected for code, *_ in new):
                return Verdict(path, place, mutant, True)
            after.append(analysis)
        belief = beliefs(after, workspace, path, mutant.row, mutant.operator)
        return Verdict(path, place, mutant, False, belief)


class Overlaid(Workspace):
    """A workspace for the few files whose bytes are given."""

    def __init__(self, overlay: Mapping[str, bytes]) -> None:
        super().__init__(overlay)
        self.overlaid = frozenset(overlay)


def _findings(analysis: Analysis) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for rule in REGISTRY.rules:
        for subject in analysis.subjects.get(rule.subject, ()):
            for finding in rule.check(subject):
                if (finding.severity or rule.severity) > Severity.ADVICE:
                    found[rule.code, finding.place.path, finding.site, finding.argument] += 1
    return found


def _mutated(source: Source, edit: Edit, path: str) -> bytes | None:
    """The file's bytes with the edit made; None where that does not parse."""
    lines = source.text.split("\n")
    if edit.end_row > len(lines):
        return None
    try:
        compile(applied(source.text, edit), path, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    start = len(lines[edit.row - 1].encode()[: edit.column].decode()) + 1
    end = len(lines[edit.end_row - 1].encode()[: edit.end_column].decode()) + 1
    where = source.range(edit.row, start, edit.end_row, end)
    return source.replaced([TextEdit(Span(path, *where), edit.content)])


def _shown(target: Target, path: str, source: Source, row: int) -> str:
    cell, line, _ = source.position(row, 1)
    name = Path(path).relative_to(target.folder)
    return f"{target.name}/{name}:{'' if cell is None else f'cell {cell}:'}{line}"


def report(verdicts: list[Verdict]) -> Iterator[str]:
    """Recall by operator, then the misses."""
    totals: Counter[str] = Counter(each.mutant.operator for each in verdicts)
    found: Counter[str] = Counter(each.mutant.operator for each in verdicts if each.found)
    for operator, total in totals.items():
        share = found[operator] / total
        yield f"{operator:<26} {found[operator]:>4} of {total:>4} found, recall {share:.3f}"
    for each in verdicts:
        if not each.found:
            what = " ".join(each.mutant.what.split())[:60]
            yield f"missed {each.mutant.operator} {each.place} {what!r}: {each.belief}"


def main() -> None:
    """Mutate, judge and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_target_arguments(parser)
    parser.add_argument("--operator", action="append", default=[], metavar="NAME")
    arguments = parser.parse_args()
    verdicts: list[Verdict] = []
    for target in targets(arguments):
        judged = list(Subject(target).verdicts(frozenset(arguments.operator)))
        found = sum(each.found for each in judged)
        print(f"{target.name}: {found} of {len(judged)}", file=sys.stderr, flush=True)
        verdicts += judged
    print("\n".join(report(verdicts)))


if __name__ == "__main__":
    main()
