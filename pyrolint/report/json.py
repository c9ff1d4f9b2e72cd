"""The ``json`` format: one array of all diagnostics, every key always there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pyrolint.diagnostic import Confirmation, Diagnostic, LocatedFix, LocatedRelated, Span
from pyrolint.outcome import Outcome


def emit(outcome: Outcome) -> Iterator[str]:
    """The lines of the report."""
    yield json.dumps([as_json(diagnostic) for diagnostic in outcome.diagnostics], indent=2)


def as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as plain data; rows and columns are 1-based code points, ends exclusive."""
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity.label,
        "message": diagnostic.message,
        **_span(diagnostic.span),
        "noqa_row": diagnostic.noqa_row,
        "url": diagnostic.url,
        "tips": list(diagnostic.tips),
        "related": [_related(related) for related in diagnostic.related],
        "fix": _fix(diagnostic.fix) if diagnostic.fix else None,
        "program": diagnostic.program,
        "site": diagnostic.site,
        "argument": diagnostic.argument,
        "fingerprint": diagnostic.fingerprint,
        "confirmation": _confirmation(diagnostic.confirmation),
    }


def _confirmation(confirmation: Confirmation | None) -> dict[str, Any] | None:
    if confirmation is None:
        return None
    return {
        "verdict": confirmation.verdict,
        "reason": confirmation.reason,
        "evidence": dict(confirmation.evidence),
        "device": confirmation.device,
        "seed": confirmation.seed,
    }


def _span(span: Span) -> dict[str, Any]:
    return {
        "filename": span.filename,
        "cell": span.cell,
        "location": {"row": span.row, "column": span.column},
        "end_location": {"row": span.end_row, "column": span.end_column},
    }


def _related(related: LocatedRelated) -> dict[str, Any]:
    return {**_span(related.span), "message": related.message}


def _fix(fix: LocatedFix) -> dict[str, Any]:
    return {
        "applicability": fix.applicability,
        "message": fix.message,
        "edits": [{**_span(edit.span), "content": edit.content} for edit in fix.edits],
    }
