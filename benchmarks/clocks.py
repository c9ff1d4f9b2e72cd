"""Where the time of a real ``check`` goes: its own functions, each under a clock.

Nothing of the runner is rebuilt here, so the stages cannot drift from what users wait for.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import libcst

import pyrolint.runner
import pyrolint.semantics.analysis
import pyrolint.syntax.lower
import pyrolint.syntax.parse
import pyrolint.workspace
from pyrolint.diagnose import FileDiagnosis
from pyrolint.gate import is_relevant
from pyrolint.semantics.analysis import Analysis
from pyrolint.source import read_source
from pyrolint.syntax.preflight import excess
from pyrolint.workspace import Workspace

GATE = "gate"
READING = "reading, letting go of trees"
PREFLIGHT = "preflight"
PARSE = "parse"
LOWERING = "lowering"
EVALUATION = "evaluation"
RULES = "rules"
PLACING = "placing, suppressing"
STAGES = (GATE, READING, PREFLIGHT, PARSE, LOWERING, EVALUATION, RULES, PLACING)

Function = Callable[..., Any]


class Clocks:
    """CPU seconds by stage and path, each without the stages called from it.

    ``by_rule`` holds those of the rules by code, ``budget_hits`` the evaluations cut short by
    path, and ``parsed`` how often each path was parsed.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.by_rule: defaultdict[str, float] = defaultdict(float)
        self.budget_hits: Counter[str] = Counter()
        self.parsed: Counter[str] = Counter()
        # What runs now, innermost last: the path, and the seconds of what it called.
        self._running: list[list[Any]] = []

    def of_stage(self, stage: str) -> float:
        """The seconds of one stage over all files."""
        return sum(seconds for (name, _), seconds in self.seconds.items() if name == stage)

    def of_file(self, path: str, *stages: str) -> float:
        """The seconds of some stages for one file."""
        return sum(self.seconds[stage, path] for stage in stages)

    @contextmanager
    def wound(self) -> Iterator[None]:
        """Keep time of all that ``check`` does within the block."""
        with ExitStack() as patches:
            for owner, name, clocked in self._clocked():
                patches.enter_context(patch.object(owner, name, clocked))
            yield

    def _clocked(self) -> Iterator[tuple[Any, str, Function]]:
        # A function is patched where it is looked up: in the module that calls it, or in its own
        # where it is imported at the time of the call.
        runner, workspace = pyrolint.runner, pyrolint.workspace
        parse, lower = pyrolint.syntax.parse, pyrolint.syntax.lower
        analysis = pyrolint.semantics.analysis
        yield runner, "is_relevant", self._timed(GATE, is_relevant)
        yield workspace, "read_source", self._timed(READING, read_source, _second)
        yield parse, "excess", self._timed(PREFLIGHT, excess)
        yield libcst, "parse_module", self._timed(PARSE, libcst.parse_module)
        yield lower, "lower", self._timed(LOWERING, lower.lower, _second)
        yield Workspace, "parsed", self._timed(READING, Workspace.parsed, _second)
        yield analysis, "analyse", self._timed(EVALUATION, analysis.analyse, _first)
        yield runner, "_findings", self._timed(RULES, runner._findings, _analysed)
        yield (
            FileDiagnosis,
            "diagnostics",
            self._timed(PLACING, FileDiagnosis.diagnostics, _diagnosed),
        )

    def _timed(
        self, stage: str, function: Function, path_of: Callable[..., str] | None = None
    ) -> Function:
        """``function`` under a clock; without ``path_of`` it works for what called it."""

        def timed(*arguments: Any, **keywords: Any) -> Any:
            if path_of is not None:
                path = path_of(*arguments)
            else:
                path = self._running[-1][0] if self._running else ""
            frame: list[Any] = [path, 0.0]
            self._running.append(frame)
            start = time.process_time()
            try:
                result = function(*arguments, **keywords)
            finally:
                taken = time.process_time() - start
                self._running.pop()
                own = taken - frame[1]
                self.seconds[stage, path] += own
                if self._running:
                    self._running[-1][1] += taken
            self._note(stage, path, arguments, result, own)
            return result

        return timed

    def _note(self, stage: str, path: str, arguments: Any, result: Any, seconds: float) -> None:
        if stage is PARSE:
            self.parsed[path] += 1
        elif stage is EVALUATION:
            self.budget_hits[path] += result.coverage.budget_hits
        elif stage is RULES:
            self.by_rule[arguments[0].code] += seconds


def _first(path: str, *_: object) -> str:
    return path


def _second(_: object, path: str, *__: object) -> str:
    return path


def _analysed(_: object, analysis: Analysis) -> str:
    return analysis.path


def _diagnosed(diagnosis: FileDiagnosis, *_: object) -> str:
    return diagnosis.path
