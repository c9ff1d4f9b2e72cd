"""What the end of a job's process means."""

from __future__ import annotations

import re
import signal

import msgspec

from pyrolint.dynamic.messages import Job, Position, Reason, Report, Target
from pyrolint.dynamic.wire import Outcome

_STACK = "(most recent call first):"
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', re.MULTILINE)


def report_of(outcome: Outcome, job: Job) -> Report:
    """What the end of a job's process means, where it did not hand over a report of its own."""
    ended = _end(outcome)
    report = outcome.report
    if report is not None and (ended is None or ended[0] is Reason.LOST):
        return _filled(report, outcome)
    if ended is None:
        ended = Reason.LOST, "it ended of itself, with exit status 0"
    reason, detail = ended
    if report is not None and report.step is not None:
        # What was seen of the step holds, however the process ended after it.
        note = f"after its first step {reason.value}" + (f": {detail}" if detail else "")
        detail = f"{report.detail}; {note}" if report.detail else note
        return _filled(msgspec.structs.replace(report, detail=detail), outcome)
    position = _last_line(outcome.output, job.target)
    return _filled(Report(reason=reason, detail=detail, position=position), outcome)


def _end(outcome: Outcome) -> tuple[Reason, str] | None:
    if outcome.stopped is not None:
        return outcome.stopped, ""
    if outcome.status < 0:
        number = -outcome.status
        known = number in {member.value for member in signal.Signals}
        name = signal.Signals(number).name if known else f"signal {number}"
        return (Reason.TOO_MUCH_OUTPUT if name == "SIGXFSZ" else Reason.CRASHED), name
    if outcome.status > 0:
        return Reason.LOST, f"exit status {outcome.status}"
    return None


def _filled(report: Report, outcome: Outcome) -> Report:
    return msgspec.structs.replace(
        report,
        seconds=report.seconds or outcome.seconds,
        peak_memory=report.peak_memory or outcome.peak_memory,
    )


def _last_line(output: str, target: Target) -> Position | None:
    """The line of the program that its process was last at, from what ``faulthandler`` printed."""
    _, found, stack = output.rpartition(_STACK)
    if found:
        for frame in _FRAME.finditer(stack):
            if frame[1] == target.path:
                return Position(target.path, int(frame[2]))
    return None
