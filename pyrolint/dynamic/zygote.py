"""Many jobs from one process that has imported torch and pyro already."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from types import TracebackType

from pyrolint.dynamic.limits import Limits
from pyrolint.dynamic.messages import Job, Report
from pyrolint.dynamic.process import RUNNER, Supervisor, can_supervise, run_job


class Zygote:
    """A context in which jobs start from a fork, at a fraction of the cost of a new process.

    A job with CUDA gets a process of its own, as do all jobs where fork is missing or unsafe, or
    once the zygote has died. Threads may share one; their jobs run one after the other.
    """

    def __init__(self, *, runner: str = RUNNER) -> None:
        self._runner = runner
        self._lock = threading.Lock()
        self._held = ExitStack()
        self._supervisor: Supervisor | None = None

    def __enter__(self) -> Zygote:
        if can_supervise():
            self._supervisor = self._held.enter_context(Supervisor(self._runner, warm=True))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def run_job(self, job: Job, limits: Limits) -> Report:
        """Run ``job``. Whatever it does, the answer is a report."""
        report = None
        if job.device == "cpu":
            with self._lock:
                report = self._run_warm(job, limits)
        return report or run_job(job, limits, runner=self._runner)

    def _run_warm(self, job: Job, limits: Limits) -> Report | None:
        if self._supervisor is None:
            return None
        report = None
        try:
            report = self._supervisor.run_job(job, limits)
        finally:
            # Interrupted, it would give the next job the report of this one.
            if report is None:
                self._end()
        return report

    def _end(self) -> None:
        self._held.close()
        self._supervisor = None
