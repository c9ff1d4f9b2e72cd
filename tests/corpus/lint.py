"""Lint whole packages in one process and count what comes of it.

``python -m tests.corpus.lint [--package NAME]… [--path DIR]… [--findings]``

Without ``--path``, the packages of ``packages.toml`` are fetched.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst

from pyrolint.diagnostic import Diagnostic
from pyrolint.discovery import Discovery
from pyrolint.finding import Severity
from pyrolint.gate import is_relevant
from pyrolint.outcome import Outcome
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder
from pyrolint.source import SourceError, read_source

from .fetch import default_cache, fetched


@dataclass(frozen=True)
class Target:
    """A folder of sources under the name it is reported by; ``version`` is empty for a path."""

    name: str
    version: str
    folder: Path


@dataclass(frozen=True)
class Linted:
    """What linting one target gave; ``relevant`` are the files that import Pyro.

    ``seconds`` is the wall time of the run, ``parse_seconds`` that of a bare
    ``libcst.parse_module`` of the relevant files.
    """

    target: Target
    outcome: Outcome
    relevant: int
    seconds: float
    parse_seconds: float

    @property
    def findings(self) -> Counter[str]:
        """The number of findings by code."""
        return Counter(each.code for each in self.outcome.diagnostics)


def targets(names: Sequence[str], paths: Sequence[Path], cache: Path) -> Iterator[Target]:
    """The folders to work on: the given paths, or else the packages, fetched as they are asked."""
    for path in paths:
        yield Target(path.name, "", path.resolve())
    if names or not paths:
        for package, folder in fetched(names, cache):
            yield Target(package.name, package.version, folder)


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say what to work on."""
    parser.add_argument("--package", action="append", default=[], metavar="NAME")
    parser.add_argument("--path", action="append", default=[], type=Path, metavar="DIR")
    parser.add_argument("--cache", type=Path, default=default_cache())


def sources_of(folder: Path) -> list[str]:
    """All Python files and notebooks below a folder, as ``check`` finds them."""
    discovery = Discovery(SettingsFinder(Options()), cwd=str(folder))
    return [file for file in discovery.files([str(folder)]) if isinstance(file, str)]


def bare_parse(files: Sequence[str]) -> tuple[int, float]:
    """How many of the files import Pyro, and the seconds libcst takes to parse these."""
    relevant = 0
    seconds = 0.0
    for path in files:
        data = Path(path).read_bytes()
        if not is_relevant(data):
            continue
        relevant += 1
        try:
            text = read_source(data, path).text
        except SourceError:
            continue
        start = time.perf_counter()
        try:
            libcst.parse_module(text)
        except libcst.ParserSyntaxError:
            pass
        seconds += time.perf_counter() - start
    return relevant, seconds


def lint(target: Target) -> Linted:
    """Lint all sources of a target at once."""
    files = sources_of(target.folder)
    relevant, parse_seconds = bare_parse(files)
    start = time.perf_counter()
    outcome = check(files, SettingsFinder(Options()))
    return Linted(target, outcome, relevant, time.perf_counter() - start, parse_seconds)


def shown(diagnostic: Diagnostic, folder: Path) -> str:
    """A finding on one line, its path relative to its target's folder."""
    span = diagnostic.span
    path = Path(span.filename)
    name = path.relative_to(folder) if path.is_relative_to(folder) else path
    cell = f":cell {span.cell}" if span.cell is not None else ""
    level = Severity(diagnostic.severity).name.lower()
    return f"{name}{cell}:{span.row}: {diagnostic.code} {level}: {diagnostic.message}"


def report(linted: Linted) -> str:
    """One target's line of numbers."""
    covered = linted.outcome.covered
    codes = " ".join(f"{code}:{count}" for code, count in sorted(linted.findings.items()))
    ratio = linted.seconds / linted.parse_seconds if linted.parse_seconds else 0.0
    return (
        f"{linted.target.name:<18} {linted.relevant:>5} files {covered.programs:>5} programs "
        f"{covered.pairs:>4} pairs {len(covered.unresolved):>3} unresolved "
        f"{len(linted.outcome.failures):>2} crashes {covered.budget_hits:>3} budget hits "
        f"{ratio:>5.2f} x parse  {codes}"
    )


def main() -> None:
    """Lint, and print a line for each target and the crashes in full."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_target_arguments(parser)
    parser.add_argument("--findings", action="store_true", help="print each finding")
    arguments = parser.parse_args()
    crashes = 0
    for target in targets(arguments.package, arguments.path, arguments.cache):
        linted = lint(target)
        print(report(linted), flush=True)
        for failure in linted.outcome.failures:
            crashes += 1
            print(f"{failure.path}: {failure.message}\n{failure.detail}", file=sys.stderr)
        if arguments.findings:
            for diagnostic in linted.outcome.diagnostics:
                print(f"  {shown(diagnostic, target.folder)}")
    sys.exit(crashes > 0)


if __name__ == "__main__":
    main()
