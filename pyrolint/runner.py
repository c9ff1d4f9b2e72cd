"""Files to diagnostics: gate, read, analyse, ask the rules, locate, suppress, sort.

Findings stay symbolic until all files are analysed, so that one fault seen from two files is one
finding; positions are made for findings only.
"""

from __future__ import annotations

import functools
import operator
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pyrolint.diagnostic import Diagnostic, Span
from pyrolint.discovery import Discovery, Unreadable
from pyrolint.finding import Finding, Fix, Related, Severity
from pyrolint.gate import is_relevant
from pyrolint.outcome import Covered, Failure, Outcome
from pyrolint.own_rules import OWN_RULES
from pyrolint.registry import Described, Registry, load_registry
from pyrolint.selection import Context, Selection
from pyrolint.settings import Settings, SettingsFinder
from pyrolint.source import SourceError
from pyrolint.workspace import Workspace

if TYPE_CHECKING:
    from pyrolint.diagnose import FileDiagnosis
    from pyrolint.rule import Rule
    from pyrolint.semantics.analysis import Analysis, Coverage
    from pyrolint.semantics.project import AnalysisOptions
    from pyrolint.syntax.ir import Place
    from pyrolint.syntax.parse import SyntaxFault

Result = TypeVar("Result")

PLACES_NAMED = 3
"""How many of the inferences that could not be followed are named by their places."""

# A rule about one call or one file sees all it needs in that file; any other may fire in a file
# because of what another file does.
_SINGLE_FILE_SUBJECTS = frozenset({"CallSite", "SourceFile"})


def check(
    files: Sequence[str], finder: SettingsFinder, overlay: Mapping[str, bytes] | None = None
) -> Outcome:
    """Lint ``files`` (absolute paths); ``overlay`` holds what stands in the place of their bytes.

    Raises SettingsError and RegistryError for settings that will not do. Whatever else goes wrong
    is a Failure of the outcome, and the other files are linted all the same.
    """
    return _Run(files, finder, Workspace(overlay or {})).outcome()


def analysis_options(settings: Settings) -> AnalysisOptions:
    """What a file's settings say to its analysis."""
    from pyrolint.semantics.project import AnalysisOptions

    return AnalysisOptions(
        project_root=settings.root,
        source_roots=settings.source_roots,
        signatures=settings.signatures,
        pairs=settings.pairs,
        thresholds=settings.thresholds,
    )


class _Run:
    """The state of one run."""

    def __init__(self, files: Sequence[str], finder: SettingsFinder, workspace: Workspace) -> None:
        self._files = dict.fromkeys(files)
        self._finder = finder
        self._workspace = workspace
        self._contexts: dict[tuple[str | None, str], Context] = {}
        self._registries: dict[tuple[tuple[str, str], ...], Registry] = {}
        self._failures: list[Failure] = []
        self._diagnostics: list[Diagnostic] = []
        self._coverage: dict[str, Coverage] = {}
        self._by_root: dict[str, list[tuple[Described, Finding]]] = {}
        self._roots: dict[Place, str] = {}
        self._met: set[Place] = set()
        # Whether some rule or analysis gave up, so that silence proves nothing.
        self._cut_short = False
        self._whole_roots: dict[str, bool] = {}

    def outcome(self) -> Outcome:
        """Lint the files."""
        relevant = [path for path in self._files if self._is_relevant(path)]
        for path in relevant:
            self._context(path)
        for path in relevant:
            self._analyse(path)
        # What another of the files was seen to run is judged as it is run there.
        for path in {self._roots[place]: None for place in self._met if place in self._roots}:
            self._analyse(path, frozenset(self._met))
        self._diagnose()
        order = {path: index for index, path in enumerate(self._files)}
        diagnostics = sorted(
            self._diagnostics,
            key=lambda each: (order[each.span.filename], each.span, each.code, each.message),
        )
        return Outcome(
            tuple(self._files),
            tuple(diagnostics),
            tuple(self._failures),
            self._covered() if self._coverage else Covered(),
            self._workspace.sources,
            tuple(self._warnings()),
        )

    # --- settings and files ------------------------------------------------------------------

    def _context(self, path: str) -> Context:
        settings = self._finder.of(path)
        key = (settings.origin, settings.root)
        if key not in self._contexts:
            registry = self._registry(settings)
            selection = Selection(settings, registry)
            self._contexts[key] = Context(settings, registry, selection)
        return self._contexts[key]

    def _registry(self, settings: Settings) -> Registry:
        plugins = tuple((plugin, settings.root) for plugin in settings.plugins)
        if plugins not in self._registries:
            self._registries[plugins] = load_registry(plugins)
        return self._registries[plugins]

    def _is_relevant(self, path: str) -> bool:
        try:
            data = self._workspace.data(path)
        except OSError as error:
            self._failures.append(Failure(path, error.strerror or "cannot be read"))
            return False
        return is_relevant(data, self._finder.of(path).wrappers)

    # --- findings ----------------------------------------------------------------------------

    def _analyse(self, path: str, met: frozenset[Place] = frozenset()) -> None:
        """Collect the findings that the file at ``path`` leads to, in whatever file they lie.

        ``met`` are functions that other files were seen to run.
        """
        from pyrolint.semantics.analysis import analyse
        from pyrolint.syntax.parse import SyntaxFault

        context = self._context(path)
        try:
            self._workspace.module(path)
        except (SourceError, SyntaxFault) as fault:
            self._diagnostics.append(self._syntax_error(path, fault))
            return
        self._by_root[path] = []
        options = analysis_options(context.settings)
        run = functools.partial(analyse, path, self._workspace.load, options, met)
        analysis = self._guarded(run, path, "the analysis")
        if analysis is None:
            return
        self._roots.update(dict.fromkeys(analysis.roots, path))
        self._met |= analysis.met
        self._coverage[path] = analysis.coverage
        self._cut_short = self._cut_short or analysis.coverage.budget_hits > 0
        for rule in context.registry.rules:
            if any(each.selection.runs(rule) for each in self._contexts.values()):
                ask = functools.partial(_findings, rule, analysis)
                for finding in self._guarded(ask, path, f"rule {rule.code} ({rule.name})") or ():
                    self._by_root[path].append((rule, finding))

    def _guarded(self, work: Callable[[], Result], path: str, label: str) -> Result | None:
        """The result of ``work``; where it crashes, a failure that names it, and None.

        One rule's mistake must not cost the other rules and files their findings, and what a
        plugin raises cannot be known.
        """
        try:
            return work()
        except _Unsound as error:
            self._cut_short = True
            self._failures.append(Failure(path, f"{label} {error}"))
            return None
        except (Exception, SystemExit) as error:  # noqa: BLE001
            import traceback

            self._cut_short = True
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{os.path.basename(frame.filename)}, line {frame.lineno}"
            message = f"{label} crashed: {type(error).__name__}: {error} ({place})"
            self._failures.append(Failure(path, message, traceback.format_exc()))
            return None

    def _causes(self) -> list[tuple[Described, list[Finding]]]:
        """The findings that lie in the files that were given, those of one cause together."""
        found: dict[tuple[str, Place], tuple[Described, list[Finding]]] = {}
        for collected in self._by_root.values():
            for rule, finding in collected:
                if finding.place.path in self._files:
                    key = (rule.code, finding.cause or finding.place)
                    found.setdefault(key, (rule, []))[1].append(finding)
        return list(found.values())

    def _covered(self) -> Covered:
        """What all the analyses saw together; what several saw counts once."""
        from pyrolint.semantics.analysis import Coverage

        whole = functools.reduce(operator.or_, self._coverage.values(), Coverage())
        places = list(dict.fromkeys(place for place, _ in whole.unresolved))
        # To find a place takes a walk through its file.
        unresolved = tuple(self._workspace.span(place) for place in places[:PLACES_NAMED])
        return Covered(
            whole.programs,
            whole.pairs,
            unresolved,
            len(places),
            whole.budget_hits,
            tuple(path for path, coverage in self._coverage.items() if coverage.budget_hits),
        )

    def _warnings(self) -> Iterator[str]:
        """Sentences on pairs of the settings that name nothing."""
        for context in self._contexts.values():
            settings = context.settings
            analysed = [path for path in self._coverage if self._context(path) is context]
            if not settings.pairs or not analysed:
                continue
            from pyrolint.semantics.named_pairs import MARK, halves_without_module

            reasons = (r for path in analysed for _, r in self._coverage[path].unresolved)
            missing = [reason for reason in reasons if reason.endswith(MARK)]
            importers = [*analysed, os.path.join(settings.root, "model.py")]
            missing += halves_without_module(analysis_options(settings), importers)
            # The reason for an inference that is not known starts with which half is not.
            sentences = dict.fromkeys(sentence.rpartition(": ")[2] for sentence in missing)
            for sentence in sentences:
                yield f"{settings.origin}: {sentence}"

    # --- diagnostics -------------------------------------------------------------------------

    def _syntax_error(self, path: str, fault: SourceError | SyntaxFault) -> Diagnostic:
        if isinstance(fault, SourceError):
            # The bytes themselves are at fault; of a notebook no cell is known.
            span = Span(path, None, fault.row, fault.column, fault.row, fault.column)
        else:
            source = self._workspace.source(path)
            span = Span(path, *source.range(fault.row, fault.column, fault.row, fault.column + 1))
        return self._diagnosis(path).syntax_error(fault.message, span)

    def _diagnosis(self, path: str) -> FileDiagnosis:
        from pyrolint.diagnose import FileDiagnosis

        context = self._context(path)
        is_unused = functools.partial(self._is_unused, path, context)
        return FileDiagnosis(path, context, self._workspace, is_unused)

    def _diagnose(self) -> None:
        by_file: dict[str, list[tuple[Described, Finding]]] = {path: [] for path in self._by_root}
        for rule, findings in self._causes():
            joined = join(findings)
            by_file.setdefault(joined.place.path, []).append((rule, joined))
        for path, found in by_file.items():
            work = functools.partial(self._diagnosis(path).diagnostics, found)
            self._diagnostics += self._guarded(work, path, "placing the findings") or ()

    def _is_unused(self, path: str, context: Context, rule: Described) -> bool:
        """Whether a suppression of ``rule`` that hides nothing in a file is certainly unused."""
        if rule in OWN_RULES or self._cut_short or not context.selection.shown(rule):
            return False
        if rule.code in context.selection.ignored_in(path):
            return False
        subject = getattr(rule, "subject", None)
        if subject is None:
            # Only a run shows it, so that its absence here tells nothing.
            return False
        if subject.__name__ in _SINGLE_FILE_SUBJECTS:
            return True
        return self._covers(context.settings.root)

    def _covers(self, root: str) -> bool:
        """Whether every file below ``root`` that could bear on another was given."""
        if root not in self._whole_roots:
            found = Discovery(self._finder, cwd=root).files([root])
            self._whole_roots[root] = all(
                not isinstance(file, Unreadable) and file in self._files for file in found
            )
        return self._whole_roots[root]


def _findings(rule: Rule, analysis: Analysis) -> list[Finding]:
    """All that one rule finds in one analysis."""
    subjects = analysis.subjects.get(rule.subject, ()) if rule.subject is not None else ()
    found = [finding for subject in subjects for finding in rule.check(subject)]
    for finding in found:
        _require_sound(finding)
    return found


class _Unsound(Exception):
    """A rule yields what is no finding; the sentence goes on from the rule's name."""


def _require_sound(finding: object) -> None:
    """Raise _Unsound for what later steps could not work with: a plugin's rule is not typed."""
    from pyrolint.syntax.ir import Place

    if not isinstance(finding, Finding):
        raise _Unsound(f"yields {finding!r}, which is no Finding")
    expected: tuple[tuple[str, tuple[type, ...]], ...] = (
        ("message", (str,)),
        ("place", (Place,)),
        ("related", (tuple, list)),
        ("fix", (Fix, type(None))),
        ("severity", (Severity, type(None))),
        ("cause", (Place, type(None))),
        ("program", (str, type(None))),
        ("site", (str, type(None))),
        ("argument", (str, type(None))),
    )
    for name, kinds in expected:
        value = getattr(finding, name)
        if not isinstance(value, kinds):
            raise _Unsound(f"yields a Finding whose {name} is {value!r}, no {kinds[0].__name__}")
    for related in finding.related:
        if not isinstance(related, Related):
            raise _Unsound(f"yields a Finding whose related holds {related!r}, no Related")


def join(findings: Sequence[Finding]) -> Finding:
    """Findings of one cause as one: the first, with the related places of all."""
    first = findings[0]
    related: dict[Related, None] = {}
    for finding in findings:
        related.update(dict.fromkeys(finding.related))
    levels = [finding.severity for finding in findings]
    severity = None if None in levels else max(level for level in levels if level is not None)
    return replace(first, related=tuple(related), severity=severity, fix=_common_fix(findings))


def _common_fix(findings: Sequence[Finding]) -> Fix | None:
    """The fix that all findings of one cause agree on; one that mends half of it is none."""
    first = findings[0].fix
    if first is None:
        return None
    fixes = [finding.fix for finding in findings]
    if any(fix is None or fix.edits != first.edits for fix in fixes):
        return None
    return replace(first, safe=all(fix is not None and fix.safe for fix in fixes))
