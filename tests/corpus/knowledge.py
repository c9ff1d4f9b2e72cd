"""What the analysis knows of real code: the sets of constrained arguments, and the pairs.

``python -m tests.corpus.knowledge [--package NAME]… [--all] [--checkout DIR] [--path DIR]… [-v]``

Counted is each argument, of a known distribution at a sample statement, whose constraint is not
met by every real number; it is known where its set is in every program that reaches the statement.
Statements whose distribution is not known, and those that no program reaches, are counted by
themselves, as are training statements that the analysis never comes by. Reasons follow, the most
frequent first, and with ``-v`` their places.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyrolint.gate import is_relevant
from pyrolint.runner import analysis_options
from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.analysis import Analysis, analyse
from pyrolint.semantics.library.distributions import needed_set
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import SampleSite
from pyrolint.semantics.sets import Interval
from pyrolint.semantics.values import Distribution, Instance, Numeric, Value
from pyrolint.settings import Options, SettingsFinder
from pyrolint.source import SourceError
from pyrolint.syntax.ir import Place
from pyrolint.workspace import Workspace

from .lint import Target, add_target_arguments, targets
from .project import sampled
from .syntax import last_name

TRAINED = frozenset({"svi", "elbo"})
"""The kinds of inference that train a guide with a model."""

Use = tuple[Place, Place, str]
"""An argument: the statement's place, the distribution's, the argument's name."""


@dataclass
class Tally:
    """What is known of each thing, with the reason where it is not; places are shown ones."""

    known: int = 0
    reasons: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def total(self) -> int:
        """How many things there are."""
        return self.known + sum(map(len, self.reasons.values()))

    def share(self, what: str) -> str:
        """One line that says how many are known."""
        share = f"{self.known / self.total:.3f}" if self.total else "unknown"
        return f"{what:<52} {self.known:>5} of {self.total:>5}, {share}"

    def because(self, verbose: bool) -> Iterator[str]:
        """The reasons, the most frequent first."""
        for reason, places in sorted(self.reasons.items(), key=lambda item: -len(item[1])):
            yield f"  {len(places):>4} {reason}"
            if verbose:
                yield from (f"         {place}" for place in places)


@dataclass
class Knowledge:
    """The tallies over all targets."""

    arguments: Tally = field(default_factory=Tally)
    distributions: Tally = field(default_factory=Tally)
    statements: Tally = field(default_factory=Tally)
    pairs: Tally = field(default_factory=Tally)
    trainings: Tally = field(default_factory=Tally)

    def lines(self, verbose: bool) -> Iterator[str]:
        """The report."""
        for what, tally in (
            ("constrained arguments whose set is known", self.arguments),
            ("inferences whose model and guide are known", self.pairs),
            ("sample statements whose distribution is known", self.distributions),
            ("sample statements in the text that a program reaches", self.statements),
            ("SVI calls in the text that the analysis comes by", self.trainings),
        ):
            yield tally.share(what)
            yield from tally.because(verbose)


def measure(target: Target, knowledge: Knowledge) -> None:
    """Analyse all files of a target, and add what is known of them."""
    _Measured(target, knowledge).measure()


class _Measured:
    """One target, analysed file by file."""

    def __init__(self, target: Target, knowledge: Knowledge) -> None:
        self._target = target
        self._knowledge = knowledge
        self._workspace = Workspace({})
        self._finder = SettingsFinder(Options())
        self._own = dict.fromkeys(target.sources)
        self._uses: dict[Use, str | None] = {}
        self._unknown: dict[Place, str] = {}
        self._sites: set[Place] = set()
        self._inferences: dict[Place, str | None] = {}

    def measure(self) -> None:
        """Analyse all files, then count."""
        roots = [path for path in self._own if is_relevant(Path(path).read_bytes())]
        for root in roots:
            options = analysis_options(self._finder.of(root))
            self._note(analyse(root, self._workspace.load, options))
        for use, reason in self._uses.items():
            self._count(self._knowledge.arguments, use[0], reason)
        for place in self._sites:
            self._count(self._knowledge.distributions, place, self._unknown.get(place))
        for place, reason in self._inferences.items():
            self._count(self._knowledge.pairs, place, reason)
        self._count_text(roots)

    def _note(self, analysis: Analysis) -> None:
        for site in analysis.subjects.get(SampleSite, ()):
            if isinstance(site, SampleSite) and site.place.path in self._own:
                self._note_site(site)
        for inference in analysis.inferences:
            if inference.kind in TRAINED and inference.place.path in self._own:
                known = self._inferences.get(inference.place, "")
                # One of several model and guide pairs at one call is enough to judge by.
                if known is not None:
                    self._inferences[inference.place] = inference.reason

    def _note_site(self, site: SampleSite) -> None:
        self._sites.add(site.place)
        for _, option in alternatives(site.distribution):
            if not isinstance(option, Distribution) or option.family is None:
                self._unknown[site.place] = _reason(option)
        for _, distribution in site.distributions():
            for argument in distribution.family.arguments if distribution.family else ():
                needs = needed_set(argument)
                if needs is None or (isinstance(needs, Interval) and needs.is_real_line):
                    continue
                if argument.name in distribution.arguments:
                    use = (site.place, distribution.place, argument.name)
                    reason = _why_unknown(distribution.arguments[argument.name])
                    self._uses[use] = self._uses.get(use) or reason

    def _count(self, tally: Tally, place: Place, reason: str | None) -> None:
        if reason is None:
            tally.known += 1
        else:
            tally.reasons[reason].append(self._shown(place.path, self._row(place)))

    def _count_text(self, roots: list[str]) -> None:
        reached = {(place.path, self._row(place)) for place in self._sites}
        come_by = {(place.path, self._row(place)) for place in self._inferences}
        for path in roots:
            try:
                tree = ast.parse(self._workspace.source(path).text)
            except (SourceError, SyntaxError):
                continue
            for site in sampled(tree):
                self._count_row(self._knowledge.statements, path, site.call, reached)
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and last_name(node.func) == "SVI":
                    self._count_row(self._knowledge.trainings, path, node, come_by)

    def _count_row(
        self, tally: Tally, path: str, call: ast.Call, known: set[tuple[str, int]]
    ) -> None:
        if any((path, row) in known for row in range(call.lineno, (call.end_lineno or 0) + 1)):
            tally.known += 1
        else:
            tally.reasons["not reached"].append(self._shown(path, call.lineno))

    def _row(self, place: Place) -> int:
        parsed = self._workspace.parsed(place.path)
        return parsed.span(parsed.nodes[place.at]).row

    def _shown(self, path: str, row: int) -> str:
        cell, line, _ = self._workspace.source(path).position(row, 1)
        within = Path(path)
        if within.is_relative_to(self._target.folder):
            within = within.relative_to(self._target.folder)
        return f"{self._target.name}/{within}:{'' if cell is None else f'cell {cell}:'}{line}"


def _why_unknown(value: Value) -> str | None:
    """Why a value's set is not known; None where it is."""
    for _, option in alternatives(value):
        number = as_numeric(option)
        if number is None or number.within is None:
            return _reason(option)
    return None


def _reason(value: Value) -> str:
    """Why a value is not known: the root of it, without the names of one program."""
    if isinstance(value, Numeric):
        sources = sorted({origin.kind.value for origin in value.origins})
        return f"arithmetic on {' and '.join(sources) or 'what has no source that is followed'}"
    if isinstance(value, (Distribution, Instance)):
        return "a distribution that the tables do not have"
    root = str(getattr(value, "reason", "")).rpartition(" of: ")[2]
    if root.startswith(("the argument", "the attribute", "the method")):
        return re.sub(r"`[^`]*`", "…", root)
    return root or f"a {type(value).__name__.lower()} is no number"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_target_arguments(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="print the places too")
    arguments = parser.parse_args()
    knowledge = Knowledge()
    for target in targets(arguments):
        measure(target, knowledge)
    print("\n".join(knowledge.lines(arguments.verbose)))


if __name__ == "__main__":
    main()
