"""The ``concise`` format: one line a diagnostic, for pipes and editors' error parsers."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.outcome import Outcome
from pyrolint.report.terminal import Style, escaped


def emit(outcome: Outcome, style: Style) -> Iterator[str]:
    """The lines of the report."""
    for diagnostic in outcome.diagnostics:
        level = style.severity(diagnostic.severity, diagnostic.severity.label)
        fix = f" [{diagnostic.fix.applicability} fix]" if diagnostic.fix else ""
        if diagnostic.confirmation is not None:
            fix += f" [{diagnostic.confirmation.verdict}]"
        yield (
            f"{style.place(diagnostic.span)}: {level} {style.strong(diagnostic.code)} "
            f"{escaped(diagnostic.message)}{fix}"
        )
