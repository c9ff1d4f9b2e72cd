"""A step to a report: every probe is asked, and what the page draws is written down."""

from __future__ import annotations

import time

import pyro
import torch

from pyrolint.dynamic.child.errors.explained import unexplained
from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.positions import raising_position
from pyrolint.dynamic.child.observation.recorders import Recorders
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.child.probes import probes
from pyrolint.dynamic.child.probing import Probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.summary import summarised
from pyrolint.dynamic.messages import Evidence, Job, Reason, Report, StepSummary

SHARE = 0.8
"""The part of a job's time by whose end repeats must be over."""


class Analyst:
    """Makes the reports of one job; ``started`` is when it began, of ``time.monotonic``."""

    def __init__(self, job: Job, recorders: Recorders, started: float) -> None:
        self._job = job
        self._recorders = recorders
        self._started = started

    def report(self, step: Step) -> Report:
        """What the step shows."""
        reached = time.monotonic()
        latest = self._started + SHARE * self._job.seconds
        laboratory = Laboratory(step, self._recorders, self._job.draws, latest)
        evidence, measured, unmeasured, troubles = _asked(laboratory)
        seconds = {
            "seconds_to_step": reached - self._started - step.seconds,
            "step_seconds": step.seconds,
            "analysis_seconds": time.monotonic() - reached,
        }
        try:
            summary = summarised(laboratory, seconds)
        # Distributions are user code too, and what they raise when asked must not reach the
        # program that is being looked at.
        except Exception as error:  # noqa: BLE001
            troubles.append(f"summary: {_last_line(error)}")
            summary = StepSummary(step.inference, None, None, step.position)
        return Report(
            detail="; ".join(troubles),
            step=summary,
            evidence=tuple(evidence),
            measured=tuple(sorted(measured)),
            unmeasured={code: why for code, why in unmeasured.items() if code not in measured},
            seconds=time.monotonic() - self._started,
            peak_memory=_peak_memory(),
            versions=_versions(),
        )

    def no_step(
        self, error: BaseException | None, context: Context, reason: Reason, detail: str = ""
    ) -> Report:
        """Why there was no step; an error that Pyro or torch raised on the way is evidence.

        ``detail`` takes the place of the error's own words.
        """
        evidence: list[Evidence] = []
        if isinstance(error, Exception):
            step = Step("none", None, None, None, None, context.settings(), error=error)
            context.complete(step)
            step.failed = tuple(self._recorders.failed)
            evidence = _asked(Laboratory(step, self._recorders, 0, 0.0))[0]
        return Report(
            reason=reason,
            detail=detail or _last_line(error),
            position=raising_position(error) if error is not None else None,
            evidence=tuple(evidence),
            seconds=time.monotonic() - self._started,
            peak_memory=_peak_memory(),
            versions=_versions(),
        )


def _asked(
    laboratory: Laboratory,
) -> tuple[list[Evidence], set[str], dict[str, Reason], list[str]]:
    evidence: list[Evidence] = []
    measured: set[str] = set()
    unmeasured: dict[str, Reason] = {}
    troubles: list[str] = []
    claimed = {claim.code for claim in laboratory.step.claims}

    def order(probe: Probe) -> tuple[bool, bool]:
        # Findings must have their verdicts, and structure is worth more than advice.
        return claimed.isdisjoint(probe.codes), probe.needs_data

    for probe in sorted(probes(), key=order):
        laboratory.is_exempt = not claimed.isdisjoint(probe.codes)
        objection = probe.objection(laboratory)
        if objection is not None:
            unmeasured.update(dict.fromkeys(probe.codes, objection))
            continue
        try:
            evidence += list(probe.check(laboratory))
            measured |= set(probe.codes)
        # One probe's trouble must not cost the others their evidence, and what user code raises
        # when it is repeated cannot be known.
        except Exception as error:  # noqa: BLE001
            unmeasured.update(dict.fromkeys(probe.codes, Reason.NOT_REPEATABLE))
            troubles.append(f"{probe.name}: {_last_line(error)}")
    return unexplained(evidence, laboratory.step), measured, unmeasured, troubles


def _last_line(error: BaseException | None) -> str:
    if error is None:
        return ""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _peak_memory() -> int:
    """The process's greatest resident size in bytes; 0 where the platform does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _versions() -> dict[str, str]:
    return {"torch": str(torch.__version__), "pyro": str(pyro.__version__)}
