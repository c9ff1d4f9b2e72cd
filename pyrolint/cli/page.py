"""What ``confirm`` found, as the page draws it: findings by program and device."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pyrolint.diagnostic import Diagnostic
from pyrolint.dynamic.confirm import Confirmed
from pyrolint.dynamic.messages import Verdict
from pyrolint.report.page import PageFinding, PageRun
from pyrolint.report.terminal import Style


def page_runs(confirmed: Confirmed) -> Iterator[PageRun]:
    """One run of the page for each program and device; a file's findings stand with its run."""
    style = Style(os.getcwd())
    ran = {run.path for run in confirmed.runs}
    for index, run in enumerate(confirmed.runs):
        arguments = " ".join(run.target.arguments)
        title = f"{style.path(run.path)} {arguments}".strip()
        findings = tuple(
            _finding(each)
            for each in confirmed.outcome.diagnostics
            # What lies in no program that was run stands with the first.
            if each.span.filename == run.path or (index == 0 and each.span.filename not in ran)
        )
        yield PageRun(title, run.report, run.device, findings, run.seed)


def _finding(diagnostic: Diagnostic) -> PageFinding:
    confirmation = diagnostic.confirmation
    return PageFinding(
        diagnostic.code,
        diagnostic.name,
        diagnostic.severity.label,
        diagnostic.message,
        diagnostic.span.filename,
        diagnostic.span.row,
        diagnostic.span.cell,
        diagnostic.site,
        diagnostic.argument,
        Verdict(confirmation.verdict) if confirmation is not None else None,
        None,
        confirmation.reason if confirmation is not None else "",
        confirmation.evidence if confirmation is not None else {},
    )
