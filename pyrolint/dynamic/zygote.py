"""Many jobs from one process that has imported torch and pyro already."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from types import TracebackType

from pyrolint.dynamic.limits import Limits
from pyrolint.dynamic.messages import Job, Report
from pyrolint.dynamic.process import RUNNER, Supervisor, run_job


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
        if sys.platform == "linux":
            self._supervisor = self._held.enter_context(Supervisor(self._runner, warm=True))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._held.close()
        self._supervisor = None

    def run_job(self, job: Job, limits: Limits) -> Report:
        """Run ``job``. Whatever it does, the answer is a report."""
        if job.device == "cpu":
            with self._lock:
                if self._supervisor is not None:
                    report = self._supervisor.run_job(job, limits)
                    if report is not None:
                        return report
                    self._held.close()
                    self._supervisor = None
        return run_job(job, limits, runner=self._runner)
