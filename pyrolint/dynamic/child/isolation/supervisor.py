"""The process between the parent and a job: it forks the job, watches it, and clears up after it.

It is the reaper of orphans, so whatever the job starts, detached or not, ends up below it and is
killed. It holds no user code and, when it is to be warm, has imported torch but never computed
with it: a fork after a parallel operation hangs.
"""

from __future__ import annotations

import gc
import importlib
import mmap
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable

from pyrolint.dynamic.child.isolation import linux
from pyrolint.dynamic.child.isolation.channel import SIZE, Channel
from pyrolint.dynamic.child.isolation.worker import LOOK_SIGNAL, work
from pyrolint.dynamic.messages import Reason
from pyrolint.dynamic.wire import Outcome, Request, decode_request, encode

# Elsewhere jobs are run directly; a type checker need not look further there.
assert sys.platform == "linux"

WARM_MODULES = (
    "torch",
    "pyro",
    "pyro.infer",
    "pyro.infer.autoguide",
    "pyro.optim",
)
"""What a warm supervisor has imported before the first job, beside the runner and its probes."""

_TICK_SECONDS = 0.05
_CHUNK = 1 << 16
_TAIL = 1 << 13
_PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.1


def serve(runner: str, *, warm: bool) -> None:
    """Read requests from standard input and write outcomes to standard output, until it ends."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    linux.adopt_orphans()
    off_network = linux.can_leave_network()
    if warm:
        _warm_up(runner)
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _notice)
    with os.fdopen(requests, "rb", closefd=False) as lines:
        for line in lines:
            job = _Supervised(decode_request(line), requests, woken)
            job.start(
                lambda request, channel: work(request, channel, runner, off_network),
                (requests, answers, woken, wake),
            )
            outcome = job.outcome()
            if outcome is None:
                return
            data = encode(outcome)
            while data:
                data = data[os.write(answers, data) :]


def _notice(_signal: int, _frame: object) -> None:
    """A signal only reaches the wake-up pipe when Python handles it."""


def _warm_up(runner: str) -> None:
    try:
        for name in (*WARM_MODULES, runner.partition(":")[0]):
            importlib.import_module(name)
        # This loads each probe.
        importlib.import_module("pyrolint.dynamic.child.probes").probes()
    except (ImportError, OSError):
        # The job finds the same out, and reports it.
        return
    # What the forks share stays shared: the collector must not touch its reference counts.
    gc.collect()
    gc.freeze()


class _Supervised:
    """One job's process with all that it starts."""

    def __init__(self, request: Request, parent: int, woken: int) -> None:
        self._request = request
        self._parent = parent
        self._woken = woken
        self._memory = mmap.mmap(-1, SIZE)
        self._channel = Channel(self._memory)
        self._output = -1
        self._tail = b""
        self._printed = 0
        self._process = 0
        self._status: int | None = None
        self._peak = 0
        self._began = time.monotonic()

    def start(self, job: Callable[[Request, Channel], None], own: tuple[int, ...]) -> None:
        """Fork the process, which runs ``job``, without the files ``own``, and never comes back."""
        self._output, printing = os.pipe()
        self._process = os.fork()
        if self._process:
            os.close(printing)
            os.set_blocking(self._output, False)
            return
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.dup2(printing, 1)
            os.dup2(printing, 2)
            for file in (self._output, printing, *own):
                os.close(file)
            job(self._request, self._channel)
        finally:
            os._exit(1)

    def outcome(self) -> Outcome | None:
        """How the job ended, with nothing of it left; None if the parent went away meanwhile."""
        stopped, abandoned = self._watch()
        if stopped is not None:
            self._look()
        self._clear()
        self._read_output()
        os.close(self._output)
        report = self._channel.latest()
        self._memory.close()
        if abandoned:
            shutil.rmtree(self._request.folder, ignore_errors=True)
            return None
        return Outcome(
            report=report,
            status=-signal.SIGKILL if self._status is None else self._status,
            stopped=stopped,
            output=self._tail.decode(errors="replace"),
            seconds=time.monotonic() - self._began,
            peak_memory=self._peak,
        )

    def _watch(self) -> tuple[Reason | None, bool]:
        limits = self._request.limits
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        poll.register(self._output, select.POLLIN)
        poll.register(self._parent, 0)
        looked = 0.0
        while self._status is None:
            left = limits.seconds - (time.monotonic() - self._began)
            if left <= 0:
                return Reason.TIMED_OUT, False
            for stream, _ in poll.poll(1000 * min(left, _TICK_SECONDS)):
                if stream == self._parent:
                    return None, True
                if stream == self._woken:
                    os.read(self._woken, _CHUNK)
                    self._reap()
                elif not self._read_output():
                    poll.unregister(self._output)
            if self._status is not None:
                break
            if self._printed > limits.output:
                return Reason.TOO_MUCH_OUTPUT, False
            if time.monotonic() - looked >= _TICK_SECONDS:
                if self._uses_more_than(limits.memory):
                    return Reason.OUT_OF_MEMORY, False
                looked = time.monotonic()
        return None, False

    def _uses_more_than(self, memory: int) -> bool:
        processes = [self._process, *linux.descendants(self._process)]
        if sum(map(linux.resident, processes)) <= memory:
            return False
        used = sum(map(linux.private, processes))
        self._peak = max(self._peak, used)
        return used > memory

    def _read_output(self) -> bool:
        """Read what there is; whether more can come."""
        for _ in range(16):
            try:
                data = os.read(self._output, _CHUNK)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._printed += len(data)
            self._tail = (self._tail + data)[-_TAIL:]
        return True

    def _reap(self) -> bool:
        """Take note of every child that has ended; whether there are others."""
        while True:
            try:
                process, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if process == 0:
                return True
            if process == self._process:
                self._status = os.waitstatus_to_exitcode(status)
                self._peak = max(self._peak, usage.ru_maxrss * 1024)

    def _look(self) -> None:
        """Have the process say where it is, which lands in its output."""
        os.kill(self._process, LOOK_SIGNAL)
        deadline = time.monotonic() + _LOOK_SECONDS
        printed = self._printed
        while self._printed == printed and time.monotonic() < deadline:
            self._read_output()
            time.sleep(0.002)

    def _clear(self) -> None:
        """Kill the job with everything that it started, and wait until all of it is gone."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        remaining = True
        while remaining and time.monotonic() < deadline:
            for process in linux.descendants(os.getpid()):
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            remaining = self._reap()
            if remaining:
                time.sleep(0.001)
