"""Run one job in a process of its own, within its limits, and always come back with a report.

On Linux the process is a supervisor that forks the job and clears up after it; elsewhere it does
the job itself, and this side kills it at its time limit.
"""

from __future__ import annotations

import mmap
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from pyrolint.dynamic.child.isolation.channel import SIZE, Channel
from pyrolint.dynamic.limits import Limits
from pyrolint.dynamic.messages import Job, Reason, Report
from pyrolint.dynamic.outcomes import report_of
from pyrolint.dynamic.wire import (
    CHANNEL_FILE,
    REQUEST_FILE,
    Outcome,
    Request,
    decode_outcome,
    encode,
)

RUNNER = "pyrolint.dynamic.child.run:run"
"""The function that does a job in the child, as ``module:function``."""

# The package is found even where only this process's own path led to it, and behind everything
# else, so that it comes before none of the program's imports.
_BOOT = """\
import sys
root = sys.argv.pop(1)
sys.path[:] = [root, *(folder for folder in sys.path if folder)]
from pyrolint.dynamic.child.__main__ import main
sys.path.append(sys.path.pop(0))
main(sys.argv[1:])
"""

_ENVIRONMENT = {
    "PYTHONDONTWRITEBYTECODE": "1",  # a run leaves nothing behind
    "MPLBACKEND": "Agg",  # a window would wait for someone to close it
}

_GRACE_SECONDS = 10.0
_PATIENCE_SECONDS = 1.0
_CHUNK = 1 << 16
_TAIL = 1 << 13


def run_job(job: Job, limits: Limits, *, runner: str = RUNNER) -> Report:
    """Run ``job`` in a new process. Whatever it does, the answer is a report."""
    if not can_supervise():
        return run_directly(job, limits, runner=runner)
    with Supervisor(runner, warm=False) as supervisor:
        report = supervisor.run_job(job, limits)
    return report or Report(reason=Reason.LOST, detail="the process that watches it has ended")


def can_supervise() -> bool:
    """Whether jobs run below a supervisor here: it needs Linux, and sees processes in ``/proc``."""
    return sys.platform == "linux" and Path("/proc/self/task").exists()


def run_directly(job: Job, limits: Limits, *, runner: str = RUNNER) -> Report:
    """As ``run_job``, without fork: where there is none, or where it is not safe.

    The limit of time holds everywhere; the others where the system has them. A process that the
    job started and detached from its group stays.
    """
    began = time.monotonic()
    with _private_folder() as folder:
        own = Path(folder)
        own.joinpath(REQUEST_FILE).write_bytes(encode(Request(job, limits, folder)))
        with own.joinpath(CHANNEL_FILE).open("w+b") as file:
            file.truncate(SIZE)
            memory = mmap.mmap(file.fileno(), SIZE)
        with memory:
            child = _start("direct", runner, folder, stdin=subprocess.DEVNULL)
            reader = _OutputReader(child, limits.output)
            reader.start()
            stopped = None
            try:
                child.wait(limits.seconds)
            except subprocess.TimeoutExpired:
                stopped = Reason.TIMED_OUT
            finally:
                _kill_group(child)
            reader.join(_PATIENCE_SECONDS)
            if reader.printed > limits.output:
                stopped = Reason.TOO_MUCH_OUTPUT
            outcome = Outcome(
                report=Channel(memory).latest(),
                status=child.returncode,
                stopped=stopped,
                output=reader.tail.decode(errors="replace"),
                seconds=time.monotonic() - began,
            )
    return report_of(outcome, job)


class Supervisor:
    """The parent's hold on a supervising process. Linux only; one job at a time.

    ``warm`` has it import torch and pyro before the first job.
    """

    def __init__(self, runner: str, *, warm: bool) -> None:
        self._runner = runner
        self._warm = warm

    def __enter__(self) -> Supervisor:
        way = "warm" if self._warm else "cold"
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"} if self._warm else {}
        self._process = _start("supervise", self._runner, way, environment=threads)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The end of its input tells it to clear up and end.
        requests, answers = _streams(self._process)
        try:
            requests.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_group(self._process)
        answers.close()

    def run_job(self, job: Job, limits: Limits) -> Report | None:
        """Run ``job`` in a fork of the process; None if the process itself is gone or stuck."""
        requests, answers = _streams(self._process)
        with _private_folder() as folder:
            try:
                requests.write(encode(Request(job, limits, folder)))
                requests.flush()
            except BrokenPipeError:
                return None
            line = _read_line(answers, limits.seconds + _GRACE_SECONDS)
        if line is None:
            return None
        try:
            return report_of(decode_outcome(line), job)
        except msgspec.DecodeError:
            return None


def _start(
    way: str,
    runner: str,
    where: str,
    *,
    stdin: int = subprocess.PIPE,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parent.parent.parent)
    windows = sys.platform == "win32"
    return subprocess.Popen(
        [sys.executable, "-c", _BOOT, root, way, runner, where],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if way == "supervise" else subprocess.STDOUT,
        env={**os.environ, **_ENVIRONMENT, **(environment or {})},
        # Without the session of the terminal, nothing the program does can reach the terminal.
        start_new_session=not windows,
        creationflags=0x00000200 if windows else 0,  # CREATE_NEW_PROCESS_GROUP
    )


def _streams(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False
            )
            process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # PermissionError: macOS, for zombies
            pass
    process.wait()


@contextmanager
def _private_folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="pyrolint-confirm-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_line(stream: IO[bytes], seconds: float) -> bytes | None:
    """A line of a pipe; None if it ends or has none in time."""
    deadline = time.monotonic() + seconds
    line = bytearray()
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return None
        data = os.read(stream.fileno(), _CHUNK)
        if not data:
            return None
        line += data
    return bytes(line)


class _OutputReader(threading.Thread):
    """Reads what a process prints, so that it never waits, and keeps the end of it."""

    def __init__(self, process: subprocess.Popen[bytes], most: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._most = most
        self.printed = 0
        self.tail = b""

    def run(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            while data := os.read(stream.fileno(), _CHUNK):
                self.printed += len(data)
                self.tail = (self.tail + data)[-_TAIL:]
                if self.printed > self._most:
                    self._process.kill()
                    return
