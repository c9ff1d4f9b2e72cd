"""Recall on real code: plant faults one by one, and see whether each is found.

``python -m tests.corpus.mutants [--package NAME]… [--checkout DIR] [--path DIR]… [--operator O]…
[--most N]``

A mutant is one change of one file; it is found by a new finding of an expected code in the files
that read it. Recall is printed by operator, with each miss and what the analysis believed there.
Apart are mutants that tell nothing of the linter: see ``Mutant.apart``.
"""

from __future__ import annotations

import argparse
import ast
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
from pyrolint.syntax.ir import Place
from pyrolint.workspace import Workspace

from .beliefs import beliefs
from .edits import Edit, applied
from .lint import Target, add_target_arguments, targets
from .mutant import Mutant
from .operators import mutants
from .project import Project, project_of

Key = tuple[str, str, str | None, str | None]
"""A finding by what an edit elsewhere does not move: code, path, site, argument."""

REGISTRY = load_registry()

FAULTY = "statements that have the finding as they are"
BACKENDS = "programs of whichever backend is chosen when they run"


@dataclass(frozen=True)
class Verdict:
    """A mutant of one file and whether it was found.

    ``apart`` says why it counts by itself, if it does; ``belief`` explains a miss.
    """

    path: str
    place: str
    mutant: Mutant
    found: bool
    apart: str = ""
    belief: str = ""

    @property
    def kind(self) -> str:
        """The line of the report that counts it."""
        return f"{self.mutant.operator}, {self.apart}" if self.apart else self.mutant.operator


class Subject:
    """A target's files, analysed once as they are and again for each mutant."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._finder = SettingsFinder(Options())
        self._workspace = Overlaid({})
        self._files = target.sources
        # Codes with the text rows at which they are found in what is not mutated.
        self._reported: set[tuple[str, tuple[str, int]]] = set()

    @cached_property
    def _roots(self) -> list[str]:
        return [path for path in self._files if is_relevant(Path(path).read_bytes())]

    @cached_property
    def _projects(self) -> dict[str, Project]:
        """The facts of each package by a name for it."""
        trees: dict[str, list[ast.Module]] = {}
        # What imports a guide need not import Pyro.
        for path in self._files:
            tree = self._tree(path)
            if tree is not None:
                trees.setdefault(self._package(path), []).append(tree)
        return {name: project_of(found) for name, found in trees.items()}

    def _package(self, path: str) -> str:
        """What a file belongs to: the whole target, but in a collection of scripts less.

        There a notebook and a script of the topmost folder stand alone.
        """
        parts = [str(self._target.folder / part) for part in self._target.parts]
        folder = str(Path(path).parent)
        if not parts:
            return ""
        return path if path.endswith(".ipynb") or folder in parts else folder

    def _tree(self, path: str) -> ast.Module | None:
        try:
            return ast.parse(self._workspace.source(path).text)
        except (SourceError, SyntaxError):
            return None

    @cached_property
    def _before(self) -> dict[str, tuple[Counter[Key], frozenset[str]]]:
        """The findings of each root and the files that it reads."""
        before: dict[str, tuple[Counter[Key], frozenset[str]]] = {}
        for root in self._roots:
            analysis = self._analyse(root, self._workspace)
            found = _findings(analysis)
            before[root] = (Counter(key for key, _ in found), analysis.read | {root})
            self._reported.update((key[0], self._row(place)) for key, place in found)
        return before

    def _row(self, place: Place) -> tuple[str, int]:
        parsed = self._workspace.parsed(place.path)
        return place.path, parsed.span(parsed.nodes[place.at]).row

    def _analyse(self, root: str, workspace: Overlaid) -> Analysis:
        def load(path: str) -> ir.Module | None:
            chosen = workspace if path in workspace.overlaid else self._workspace
            return chosen.load(path)

        return analyse(root, load, analysis_options(self._finder.of(root)))

    def verdicts(self, operators: frozenset[str], most: int | None = None) -> Iterator[Verdict]:
        """The verdict on each mutant of each file that imports Pyro, as ``mutated`` gives them."""
        for path, mutant, data in self.mutated(operators, most):
            yield self._judged(path, self._workspace.source(path), mutant, data)

    def mutated(
        self, operators: frozenset[str], most: int | None = None
    ) -> Iterator[tuple[str, Mutant, bytes]]:
        """Each mutant of each file that imports Pyro, with the bytes of the file that it makes.

        Of an operator's mutants of a file only the first ``most`` count, where that is given.
        """
        for path in self._roots:
            try:
                source = self._workspace.source(path)
                made = list(self._mutants(path, source.text))
            except (SourceError, SyntaxError):
                continue
            counted: Counter[str] = Counter()
            for mutant in made:
                if operators and mutant.operator not in operators:
                    continue
                data = _mutated(source, mutant.edit, path)
                if data is not None and counted[mutant.operator] != most:
                    counted[mutant.operator] += 1
                    yield path, mutant, data

    def _mutants(self, path: str, text: str) -> Iterator[Mutant]:
        return mutants(text, Path(path).stem, self._projects[self._package(path)])

    def _judged(self, path: str, source: Source, mutant: Mutant, data: bytes) -> Verdict:
        workspace = Overlaid({path: data})
        after: list[Analysis] = []
        place = _shown(self._target, path, source, mutant.row)
        before = self._before
        apart = mutant.apart
        if any((code, (path, mutant.row)) in self._reported for code in mutant.expected):
            apart = FAULTY
        if "from pyro.generic import" in source.text or "from pyroapi import" in source.text:
            apart = BACKENDS
        for root, (known, read) in before.items():
            if path not in read:
                continue
            analysis = self._analyse(root, workspace)
            new = Counter(key for key, _ in _findings(analysis)) - known
            if any(code in mutant.expected for code, *_ in new):
                return Verdict(path, place, mutant, True, apart)
            after.append(analysis)
        belief = beliefs(after, workspace, path, mutant.row, mutant.operator)
        return Verdict(path, place, mutant, False, apart, belief)


class Overlaid(Workspace):
    """A workspace for the few files whose bytes are given."""

    def __init__(self, overlay: Mapping[str, bytes]) -> None:
        super().__init__(overlay)
        self.overlaid = frozenset(overlay)


def _findings(analysis: Analysis) -> list[tuple[Key, Place]]:
    return [
        ((rule.code, finding.place.path, finding.site, finding.argument), finding.place)
        for rule in REGISTRY.rules
        if rule.subject is not None
        for subject in analysis.subjects.get(rule.subject, ())
        for finding in rule.check(subject)
        if (finding.severity or rule.severity) > Severity.ADVICE
    ]


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
    """Recall by operator and overall, what counts apart, then the misses."""
    kinds = sorted({each.kind for each in verdicts if not each.apart})
    for kind in kinds:
        yield _recall(kind, [each for each in verdicts if each.kind == kind])
    counted = [each for each in verdicts if not each.apart]
    yield _recall("all but disable-validation", [e for e in counted if not _is_switch(e)])
    yield _recall("all", counted)
    for kind in sorted({each.kind for each in verdicts if each.apart}):
        yield "apart: " + _recall(kind, [each for each in verdicts if each.kind == kind])
    for each in sorted(verdicts, key=lambda verdict: bool(verdict.apart)):
        if not each.found:
            what = " ".join(each.mutant.what.split())[:60]
            yield f"missed {each.kind} {each.place} {what!r}: {each.belief}"


def _is_switch(verdict: Verdict) -> bool:
    return verdict.mutant.operator == "disable-validation"


def _recall(what: str, verdicts: list[Verdict]) -> str:
    found = sum(each.found for each in verdicts)
    share = f"{found / len(verdicts):.3f}" if verdicts else "unknown"
    return f"{what:<26} {found:>4} of {len(verdicts):>4} found, recall {share}"


def main() -> None:
    """Mutate, judge and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_target_arguments(parser)
    parser.add_argument("--operator", action="append", default=[], metavar="NAME")
    parser.add_argument("--most", type=int, metavar="N", help="of an operator in one file")
    arguments = parser.parse_args()
    verdicts: list[Verdict] = []
    for target in targets(arguments):
        chosen = frozenset(arguments.operator)
        judged = list(Subject(target).verdicts(chosen, arguments.most))
        found = sum(each.found for each in judged)
        print(f"{target.name}: {found} of {len(judged)}", file=sys.stderr, flush=True)
        verdicts += judged
    print("\n".join(report(verdicts)))


if __name__ == "__main__":
    main()
