"""Files to verdicts: lint, run each program to its first step, join what both sides saw."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pyrolint.confirm_settings import ConfirmSettings
from pyrolint.diagnostic import Confirmation, Diagnostic
from pyrolint.dynamic.jobs import arguments_for, defined, entry, entry_file, whole
from pyrolint.dynamic.limits import GIB, Limits
from pyrolint.dynamic.messages import Job, Position, Reason, Report, Target, Verdict
from pyrolint.dynamic.placing import Placer
from pyrolint.dynamic.process import run_job
from pyrolint.dynamic.verdicts import (
    DeviceReport,
    claim_of,
    confirmation_by,
    confirmation_of,
    unclaimed,
)
from pyrolint.dynamic.zygote import Zygote
from pyrolint.finding import Severity
from pyrolint.gate import is_relevant
from pyrolint.outcome import Outcome
from pyrolint.own_rules import CONFIRM_FAILED
from pyrolint.registry import load_registry
from pyrolint.runner import analysis_options, check
from pyrolint.semantics.analysis import analyse
from pyrolint.settings import SettingsFinder
from pyrolint.source import SourceError
from pyrolint.syntax.parse import SyntaxFault
from pyrolint.workspace import Workspace

_UNTRIED = frozenset({Reason.NO_INFERENCE, Reason.NEEDS_ARGUMENTS})
"""After these a file's programs may still be run by themselves."""


@dataclass(frozen=True, slots=True)
class ProgramRun:
    """One job: the file it is about, what ran, on which device, and what came of it."""

    path: str
    target: Target
    device: str
    seed: int
    report: Report

    @property
    def reached(self) -> bool:
        """Whether it came to a step."""
        return self.report.step is not None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The outcome with a verdict on every finding, and the runs behind the verdicts.

    Its diagnostics hold the refuted ones too.
    """

    outcome: Outcome
    runs: tuple[ProgramRun, ...] = ()
    unreached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What to confirm. ``arguments`` reach every script, in place of the settings' own.

    ``devices`` are those to run on. ``progress`` hears of each file before it is run.
    """

    files: Sequence[str]
    arguments: tuple[str, ...] | None = None
    entry: str | None = None
    devices: tuple[str, ...] = ("cpu",)
    overrides: dict[str, object] = field(default_factory=dict)
    progress: Callable[[str], None] = lambda path: None


def confirm(request: Request, finder: SettingsFinder, advised: SettingsFinder) -> Confirmed:
    """Give every finding in the request's files a verdict, and add what only a run shows.

    ``advised`` gives the same settings with advice switched on, so that advice can be measured
    that is not shown by itself. Raises SettingsError and RegistryError.
    """
    return _Confirmation(request, finder, advised).confirmed()


class _Confirmation:
    def __init__(self, request: Request, finder: SettingsFinder, advised: SettingsFinder) -> None:
        self._request = request
        self._finder = finder
        self._workspace = Workspace({})
        self._outcome = check(list(request.files), advised)
        self._registry = load_registry(self._plugins())
        self._placer = Placer(finder, self._registry, self._workspace)
        self._claims = tuple(claim_of(each) for each in self._outcome.diagnostics)

    def confirmed(self) -> Confirmed:
        runs = list(self._runs())
        reports = [DeviceReport(run.report, run.device, run.seed, run.path) for run in runs]
        judged = [
            replace(each, confirmation=confirmation_of(each, reports))
            if not each.code.startswith("PYR00")
            else each
            for each in self._outcome.diagnostics
        ]
        kept = [each for each in judged if self._placer.shows(each) or _is_confirmed(each)]
        kept += self._found_by_runs(judged, reports)
        unreached, diagnostics = self._failed(runs)
        kept += diagnostics
        files = {path: index for index, path in enumerate(self._outcome.files)}
        kept.sort(
            key=lambda each: (
                files.get(each.span.filename, len(files)),
                each.span,
                each.code,
                each.message,
            )
        )
        sources = {**self._outcome.sources, **self._workspace.sources}
        outcome = replace(self._outcome, diagnostics=tuple(kept), sources=sources)
        return Confirmed(outcome, tuple(runs), tuple(unreached))

    def _plugins(self) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        for path in self._request.files:
            settings = self._finder.of(path)
            found.update(dict.fromkeys((each, settings.root) for each in settings.plugins))
        return list(found)

    # --- running -----------------------------------------------------------------------------

    def _runs(self) -> Iterator[ProgramRun]:
        targets = list(self._targets())
        with contextlib.ExitStack() as stack:
            runner: Callable[[Job, Limits], Report] = run_job
            if len(targets) > 1:
                # What is imported once serves all of them.
                runner = stack.enter_context(Zygote()).run_job
            for path, target in targets:
                self._request.progress(path)
                for device in self._request.devices:
                    yield from self._on(path, target, device, runner)

    def _on(
        self, path: str, target: Target, device: str, runner: Callable[[Job, Limits], Report]
    ) -> Iterator[ProgramRun]:
        first = self._run(path, target, device, runner)
        if first.report.reason not in _UNTRIED or target.entry is not None:
            yield first
            return
        others = [self._run(path, each, device, runner) for each in self._defined(path)]
        reached = [each for each in others if each.reached]
        # What the file itself showed, an error of Pyro's say, counts in any case.
        yield from (first, *reached) if first.report.evidence else (reached or [first])

    def _run(
        self, path: str, target: Target, device: str, runner: Callable[[Job, Limits], Report]
    ) -> ProgramRun:
        settings = self._confirm_settings(path)
        job = Job(
            target,
            self._claims,
            device,
            settings.seed,
            settings.draws,
            settings.timeout,
            allow_write=settings.allow_write,
            allow_network=settings.allow_network,
        )
        limits = Limits(seconds=settings.timeout, memory=int(settings.memory * GIB))
        return ProgramRun(path, target, device, settings.seed, runner(job, limits))

    def _confirm_settings(self, path: str) -> ConfirmSettings:
        return replace(self._finder.of(path).confirm, **self._request.overrides)  # type: ignore[arg-type]

    def _targets(self) -> Iterator[tuple[str, Target]]:
        request = self._request
        if request.entry is not None:
            folder = os.getcwd()
            path = request.files[0] if request.files else entry_file(folder, request.entry)
            yield path, entry(folder, request.entry)
            return
        provided: set[tuple[str, str]] = set()
        for path in request.files:
            settings = self._finder.of(path)
            provider = settings.confirm.entry
            if provider is not None:
                # It gives what all files of its project are about.
                if (settings.root, provider) not in provided:
                    provided.add((settings.root, provider))
                    yield path, entry(settings.root, provider)
                continue
            try:
                if not is_relevant(self._workspace.data(path), settings.wrappers):
                    continue
                self._workspace.parsed(path)
            except (OSError, SourceError, SyntaxFault):
                # The static side has said so already.
                continue
            arguments = request.arguments
            if arguments is None:
                arguments = arguments_for(path, settings)
            yield path, whole(path, arguments, self._workspace)

    def _defined(self, path: str) -> list[Target]:
        if self._workspace.source(path).is_notebook:
            return []
        options = analysis_options(self._finder.of(path))
        return list(defined(path, analyse(path, self._workspace.load, options)))

    # --- joining -----------------------------------------------------------------------------

    def _found_by_runs(
        self, judged: Sequence[Diagnostic], reports: Sequence[DeviceReport]
    ) -> Iterator[Diagnostic]:
        for evidence, run in unclaimed(judged, reports):
            placed = self._placer.placed(evidence, confirmation_by(evidence, run), run.path)
            if placed is not None:
                yield placed

    def _failed(self, runs: Sequence[ProgramRun]) -> tuple[list[str], list[Diagnostic]]:
        """The files whose programs came to no step, and why, as advice."""
        rule = self._registry.find(CONFIRM_FAILED)
        paths: list[str] = []
        diagnostics: list[Diagnostic] = []
        reached = {run.path for run in runs if run.reached}
        for run in runs:
            reason = run.report.reason
            if run.path in reached or reason is None or rule is None:
                continue
            is_asked_for = run.target.entry is not None
            if reason is Reason.NO_INFERENCE and not (
                is_asked_for or self._holds_programs(run.path)
            ):
                continue
            paths.append(run.path)
            if not os.path.isfile(run.path):
                # There is no line to say it at; see what is said of each run.
                continue
            detail = f" ({run.report.detail})" if run.report.detail else ""
            message = f"no verdicts here: {reason.value}{detail}"
            position = Position(run.path, 1, self._first_cell(run.path))
            confirmation = Confirmation(
                Verdict.UNKNOWN.value, reason.value, {}, run.device, run.seed
            )
            placed = self._placer.at(rule, position, message, Severity.ADVICE, confirmation)
            if placed is not None:
                diagnostics.append(placed)
        return paths, diagnostics

    def _holds_programs(self, path: str) -> bool:
        options = analysis_options(self._finder.of(path))
        analysis = analyse(path, self._workspace.load, options)
        return any(each.place.path == path for each in analysis.programs)

    def _first_cell(self, path: str) -> int | None:
        source = self._workspace.source(path)
        return source.cells[0].index if source.is_notebook and source.cells else None


def _is_confirmed(diagnostic: Diagnostic) -> bool:
    confirmation = diagnostic.confirmation
    return confirmation is not None and confirmation.verdict == Verdict.CONFIRMED.value
