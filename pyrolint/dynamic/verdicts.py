"""Join what runs showed with what the static side found: a verdict for every finding.

Both sides name the site, the argument and lines of source; a finding and a piece of evidence speak
of one thing where none of these contradict and enough of them agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyrolint.diagnostic import Confirmation, Diagnostic, Span
from pyrolint.dynamic.messages import Claim, Evidence, Position, Reason, Report, Verdict

# Which code an argument's fault has depends on its nearest origin, and of two the static side and
# the run may each name another.
_FAMILIES = (frozenset({"PYR101", "PYR103", "PYR104", "PYR105", "PYR110"}),)

# The place to mend is where a constraint object is made. A run sees only the parameter that has it,
# so that the parameter's name joins them.
_BY_NAME = frozenset({"PYR111"})

_ORDER = (Verdict.CONFIRMED, Verdict.UNKNOWN, Verdict.REFUTED)


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """A report with the device and the seed of its job, and the file that it is about."""

    report: Report
    device: str
    seed: int
    path: str


def claim_of(diagnostic: Diagnostic) -> Claim:
    """A finding as far as the child needs it."""
    span = diagnostic.span
    return Claim(
        diagnostic.code,
        span.filename,
        span.cell,
        (span.row, span.end_row),
        diagnostic.site,
        diagnostic.argument,
        diagnostic.program,
        tuple(
            Position(each.span.filename, each.span.row, each.span.cell)
            for each in diagnostic.related
        ),
    )


def speaks_of(evidence: Evidence, diagnostic: Diagnostic, path: str) -> bool:
    """Whether a piece of evidence from the run of the file at ``path`` is about a finding."""
    if evidence.code != diagnostic.code and not any(
        {evidence.code, diagnostic.code} <= family for family in _FAMILIES
    ):
        return False
    if evidence.position is None and path != diagnostic.span.filename:
        # What has no line is about the file that was run.
        return False
    if evidence.position is None and evidence.site is None:
        # It is about the program as a whole: the settings, the loss.
        return True
    same_site = _agree(diagnostic.site, evidence.site)
    same_argument = _agree(diagnostic.argument, evidence.argument)
    if same_argument is False:
        return False
    places = [place for place in (evidence.position, *evidence.related) if place is not None]
    if any(_lies_in(place, diagnostic.span) for place in places):
        # A parameter serves several sites, of which a finding names the first.
        return same_site is not False or evidence.position is not None
    if evidence.verdict is Verdict.REFUTED:
        # What merely meets the finding where it bites may be another branch's origin.
        return False
    if diagnostic.code in _BY_NAME:
        # Other programs have parameters of that name as well.
        files = {path, *(place.filename for place in places)}
        return same_site is True and diagnostic.span.filename in files
    bites = (related.span for related in diagnostic.related)
    if evidence.position is not None:
        return same_site is not False and any(_lies_in(evidence.position, span) for span in bites)
    return same_site is True


def _agree(pattern: str | None, name: str | None) -> bool | None:
    """Whether a name fits a pattern such as ``x_{}``; None where one of them is not known."""
    if pattern is None or name is None:
        return None
    parts = re.split(r"\{[^{}]*\}", pattern)
    return re.fullmatch(".*".join(map(re.escape, parts)), name, re.DOTALL) is not None


def _lies_in(position: Position, span: Span) -> bool:
    return (position.filename, position.cell) == (span.filename, span.cell) and (
        span.row <= position.row <= max(span.row, span.end_row)
    )


def confirmation_of(diagnostic: Diagnostic, runs: Sequence[DeviceReport]) -> Confirmation:
    """The verdict over a finding from all the runs that could show it."""
    found = [
        (evidence, run)
        for run in runs
        for evidence in run.report.evidence
        if speaks_of(evidence, diagnostic, run.path)
    ]
    for verdict in _ORDER:
        for evidence, run in found:
            if evidence.verdict is verdict:
                return confirmation_by(evidence, run, found)
    reason, silent = _silence(diagnostic, runs)
    if silent is None:
        return Confirmation(Verdict.UNKNOWN.value, reason.value)
    told = silent.report.detail if silent.report.reason is reason else ""
    sentence = f"{reason.value} ({told})" if told else reason.value
    return Confirmation(Verdict.UNKNOWN.value, sentence, device=silent.device, seed=silent.seed)


def confirmation_by(
    evidence: Evidence,
    run: DeviceReport,
    found: Iterable[tuple[Evidence, DeviceReport]] = (),
) -> Confirmation:
    """The verdict that a piece of evidence gives; ``found`` is all that speaks of the finding."""
    figures = dict(evidence.figures)
    if evidence.parameter is not None:
        figures.setdefault("parameter", evidence.parameter)
    by_device: dict[str, str] = {}
    for other, at in sorted(found, key=lambda each: _ORDER.index(each[0].verdict)):
        by_device.setdefault(at.device, other.verdict.value)
    if len(by_device) > 1:
        figures["devices"] = by_device
    message = evidence.message
    step = run.report.step
    if step is not None and step.after_failed_cell:
        message += " (an earlier cell of the notebook failed)"
    return Confirmation(evidence.verdict.value, message, figures, run.device, run.seed)


def _silence(
    diagnostic: Diagnostic, runs: Sequence[DeviceReport]
) -> tuple[Reason, DeviceReport | None]:
    """Why no run says anything of a finding, from the run that came farthest."""
    runs = [run for run in runs if _concerns(run, diagnostic.span.filename)]
    reached = [run for run in runs if run.report.step is not None]
    for run in reached:
        if diagnostic.code in run.report.measured:
            return Reason.NOT_REACHED, run
    for run in reached:
        if diagnostic.code in run.report.unmeasured:
            return run.report.unmeasured[diagnostic.code], run
    if reached:
        return Reason.NOT_MEASURABLE, reached[0]
    for run in runs:
        if run.report.reason is not None:
            return run.report.reason, run
    return Reason.NO_INFERENCE, None


def _concerns(run: DeviceReport, path: str) -> bool:
    """Whether a run is that of the file at ``path``, or came by a site in it."""
    step = run.report.step
    sites = step.sites if step is not None else ()
    lines = (each.position for each in sites if each.position is not None)
    return run.path == path or any(line.filename == path for line in lines)


def unclaimed(
    diagnostics: Sequence[Diagnostic], runs: Sequence[DeviceReport]
) -> Iterator[tuple[Evidence, DeviceReport]]:
    """What runs confirmed that no finding names, each fault once."""
    seen: set[tuple[object, ...]] = set()
    for run in runs:
        for evidence in run.report.evidence:
            if evidence.verdict is not Verdict.CONFIRMED:
                continue
            key = (evidence.code, evidence.position, evidence.site, evidence.argument)
            if key in seen or any(speaks_of(evidence, each, run.path) for each in diagnostics):
                continue
            seen.add(key)
            yield evidence, run
