"""Lint whole packages in one process and count what comes of it.

``python -m tests.corpus.lint [--package NAME]… [--checkout DIR] [--path DIR]… [--findings]``

``--checkout`` is a checkout of Pyro's repository, of which the examples and tutorials are taken.
All packages of ``packages.toml`` are fetched where nothing is named, and with ``--all``.
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

PYRO_COMMIT = "ff6ae1c9572591791aae8842bcd702fcf0b46fd6"
"""The commit of Pyro's repository that the verdicts on its examples and tutorials speak of."""


@dataclass(frozen=True)
class Target:
    """A folder of sources under the name it is reported by; ``version`` is empty for a path.

    ``parts`` are the folders in it that count, all of it where there are none.
    """

    name: str
    version: str
    folder: Path
    parts: tuple[str, ...] = ()

    @property
    def sources(self) -> list[str]:
        """All Python files and notebooks that count, as ``check`` finds them."""
        discovery = Discovery(SettingsFinder(Options()), cwd=str(self.folder))
        wanted = [str(self.folder / part) for part in self.parts] or [str(self.folder)]
        return [file for file in discovery.files(wanted) if isinstance(file, str)]


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


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say what to work on."""
    parser.add_argument("--package", action="append", default=[], metavar="NAME")
    parser.add_argument("--all", action="store_true", help="all packages besides what is named")
    parser.add_argument("--checkout", type=Path, metavar="DIR", help="of Pyro's repository")
    parser.add_argument("--path", action="append", default=[], type=Path, metavar="DIR")
    parser.add_argument("--cache", type=Path, default=default_cache())


def targets(arguments: argparse.Namespace) -> Iterator[Target]:
    """The folders that the options name; packages are fetched as they are asked for."""
    for path in arguments.path:
        yield Target(path.name, "", path.resolve())
    if arguments.checkout is not None:
        yield pyro(arguments.checkout)
    if arguments.all or arguments.package or not (arguments.path or arguments.checkout):
        names = [] if arguments.all else arguments.package
        for package, folder in fetched(names, arguments.cache):
            yield Target(package.name, package.version, folder.resolve())


def pyro(checkout: Path) -> Target:
    """The examples and tutorials in a checkout of Pyro's repository."""
    return Target("pyro", PYRO_COMMIT, checkout.resolve(), ("examples", "tutorial"))


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
    files = target.sources
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
        f"{covered.pairs:>4} pairs {covered.unresolved_count:>3} unresolved "
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
    for target in targets(arguments):
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
