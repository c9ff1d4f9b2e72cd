"""One job, from a bare process to the report: limits, namespaces, guards, then the program."""

from __future__ import annotations

import faulthandler
import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pyrolint.dynamic.child.isolation import guards
from pyrolint.dynamic.child.isolation.channel import Channel, finish
from pyrolint.dynamic.child.isolation.faults import fault_report
from pyrolint.dynamic.limits import GIB, Limits
from pyrolint.dynamic.messages import Job, Reason, Report, Target, TargetKind
from pyrolint.dynamic.wire import Request

if sys.platform == "linux":
    from pyrolint.dynamic.child.isolation import landlock, linux

    LOOK_SIGNAL = signal.SIGRTMAX
    """Has a job's process say which line it is at. Programs do not use this signal."""
if sys.platform != "win32":
    import resource

Run = Callable[[Job, Callable[[Report], None]], None]


def work(request: Request, channel: Channel, runner: str, off_network: bool) -> NoReturn:
    """Do the job in this process and end it.

    ``runner`` is ``module:function`` of a Run. ``off_network`` moves the process to a network
    namespace of its own, which must have been found to work here.
    """
    try:
        report = _prepare(request, off_network)
        if report is None:
            module, _, function = runner.partition(":")
            run: Run = getattr(importlib.import_module(module), function)
            run(request.job, channel.deliver)
        else:
            channel.deliver(report)
    # Whatever came this far is a fault of ours, and even it must end as a report.
    except BaseException as error:  # noqa: BLE001
        channel.deliver(fault_report(error))
    finish()


def _prepare(request: Request, off_network: bool) -> Report | None:
    job = request.job
    contained = _contain(request, off_network)
    _limit(request.limits, job)
    _explain_ends()
    os.environ["TMPDIR"] = os.environ["TEMP"] = os.environ["TMP"] = request.folder
    tempfile.tempdir = None
    try:
        os.chdir(_folder(job.target))
    except OSError as error:
        return Report(reason=Reason.UNREADABLE, detail=str(error))
    try:
        importlib.import_module("torch")
        importlib.import_module("pyro")
    except (ImportError, OSError) as error:  # OSError: a shared library of torch's is missing
        return Report(reason=Reason.NOT_AVAILABLE, detail=str(error))
    guards.install(job.allow_write, job.allow_network, (request.folder,), allow_programs=contained)
    return None


def _contain(request: Request, off_network: bool) -> bool:
    """Have the kernel refuse what is not allowed; whether it does that for all of it."""
    if sys.platform != "linux":
        return False
    job = request.job
    # CUDA's drivers may look beyond a user namespace, so its jobs stay in that of the machine.
    off_network = off_network and not job.allow_network and job.device == "cpu"
    if off_network:
        linux.leave_network()
    linux.die_with_parent()
    writable = None if job.allow_write else (request.folder,)
    held = landlock.restrict(writable=writable, network=job.allow_network)
    return held and (off_network or job.allow_network)


def _explain_ends() -> None:
    """Say on standard error which line the program was at when it crashes, or is asked to."""
    faulthandler.enable(2, all_threads=False)
    if sys.platform == "linux":
        faulthandler.register(LOOK_SIGNAL, 2, all_threads=False)


def _folder(target: Target) -> str:
    return target.path if target.kind is TargetKind.ENTRY else str(Path(target.path).parent)


def _limit(limits: Limits, job: Job) -> None:
    if sys.platform == "win32":
        return
    # Python ignores this signal, and the program would see an OSError like any other.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, limits.file_size)
    if job.device == "cpu":
        # CUDA maps far more than it uses. The watch on private memory is the limit proper, and
        # this one, which counts untouched pages, only stops what outruns the watch.
        _lower(resource.RLIMIT_DATA, limits.memory + limits.memory // 4 + GIB)


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(kind, (value, value))
    except (OSError, ValueError):
        # Some systems refuse some limits; the watch from outside remains.
        pass
