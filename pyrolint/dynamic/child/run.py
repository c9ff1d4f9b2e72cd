"""One job from the inside: run the target under the harness, and hand over what its step shows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import NoReturn

import pyro
import torch
from msgspec.structs import replace

from pyrolint.dynamic.child.analysis import Analyst
from pyrolint.dynamic.child.errors.endings import reason_for
from pyrolint.dynamic.child.isolation import guards
from pyrolint.dynamic.child.isolation.channel import finish
from pyrolint.dynamic.child.isolation.faults import fault_report
from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.harness import Harness
from pyrolint.dynamic.child.observation.recorders import Recorders
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.child.observation.targets import execute
from pyrolint.dynamic.messages import Job, Reason, Report


def run(job: Job, deliver: Callable[[Report], None], end: Callable[[], NoReturn] = finish) -> None:
    """Run the job. It ends the process at the first step that says all; else it returns.

    ``deliver`` hands a report over; a later one takes the place of an earlier one. ``end`` must
    not return.
    """
    started = time.monotonic()
    recorders = Recorders()
    context = Context(job.claims)
    analyst = Analyst(job, recorders, started)

    def ended(report: Report) -> None:
        deliver(report)
        # Only this cannot be stopped by what stands around: a bare `except`, a `finally`, an exit
        # handler.
        end()

    def reached(step: Step) -> None:
        try:
            report = analyst.report(step)
        # A fault of ours must not look like the program's, which may well catch it.
        except Exception as error:  # noqa: BLE001
            report = fault_report(error)
        ended(report)

    harness = Harness(context, recorders, reached, lambda fault: ended(fault_report(fault)))
    os.environ.setdefault("MPLBACKEND", "Agg")
    with ExitStack() as stack:
        if job.device != "cpu":
            torch.set_default_device(job.device)
            stack.callback(torch.set_default_device, None)
        stack.enter_context(context.collecting())
        stack.enter_context(harness.watching())
        pyro.set_rng_seed(job.seed)
        error: BaseException | None = None
        try:
            execute(job.target, context, harness.infer)
        # Whatever a program raises ends it, and only that.
        except (Exception, SystemExit, KeyboardInterrupt) as raised:  # noqa: BLE001
            error = raised
        if harness.candidate is not None:
            with recorders.unheard():
                reached(harness.candidate)
        else:
            deliver(_with_refusal(analyst.no_step(error, context, *reason_for(error))))


def _with_refusal(report: Report) -> Report:
    """A report that tells what was refused before an error that does not say so itself."""
    refused = guards.refusals()
    if report.reason is not Reason.RAISED or not refused:
        return report
    last = refused[-1]
    return replace(report, detail=f"{report.detail}; before that, {last.reason.value}")
