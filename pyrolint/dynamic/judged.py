"""What ``pyrolint.confirm`` gives: findings with their verdicts, as text and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from pyrolint.dynamic.messages import StepSummary, Verdict
from pyrolint.finding import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or what the static check took for one, with the verdict of the step.

    ``severity`` is ``error``, ``warning`` or ``advice``; ``verdict`` is ``confirmed``, ``refuted``
    or ``unknown``, and ``reason`` the sentence that goes with it. ``evidence`` holds figures by
    name. ``filename``, ``row`` and ``cell`` are None where the code lies in no file that is known;
    rows count from 1.
    """

    code: str
    name: str
    severity: str
    verdict: str
    message: str
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    filename: str | None = None
    row: int | None = None
    cell: int | None = None
    site: str | None = None
    argument: str | None = None

    @property
    def is_grave(self) -> bool:
        """Whether it is a confirmed error or warning; advice is not."""
        is_confirmed = self.verdict == Verdict.CONFIRMED.value
        return is_confirmed and Severity[self.severity.upper()] >= Severity.WARNING

    @property
    def place(self) -> str:
        """``file:row``, or ``file:cell 3:row``; empty where it is not known."""
        if self.filename is None:
            return ""
        cell = "" if self.cell is None else f":cell {self.cell}"
        return f"{self.filename}{cell}" + ("" if self.row is None else f":{self.row}")

    @property
    def figures(self) -> str:
        """The evidence in one line."""
        return ", ".join(f"{name} {value}" for name, value in self.evidence.items())

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        about = " ".join(
            part
            for part in (
                f"site {self.site!r}" if self.site is not None else "",
                f"argument {self.argument!r}" if self.argument is not None else "",
            )
            if part
        )
        head = (f"{self.verdict} {self.severity} {self.code} {self.name}", self.place, about)
        yield "  ".join(part for part in head if part)
        yield f"    {self.message}"
        if self.reason != self.message:
            yield f"    {self.reason}"
        if self.evidence:
            yield f"    evidence: {self.figures}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one step showed: every finding with its verdict, and the step itself.

    ``step`` is None where none was reached, and ``reason`` then says why. ``trouble`` names what
    of the step could not be looked at; it is empty as a rule.
    """

    findings: tuple[Finding, ...]
    step: StepSummary | None
    reason: str | None = None
    seed: int = 0
    trouble: str = ""

    @property
    def confirmed(self) -> tuple[Finding, ...]:
        """The faults that the step showed."""
        return self._of(Verdict.CONFIRMED)

    @property
    def refuted(self) -> tuple[Finding, ...]:
        """The static findings that the step disproved."""
        return self._of(Verdict.REFUTED)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """The static findings of which the step told nothing; each says why."""
        return self._of(Verdict.UNKNOWN)

    @property
    def is_clean(self) -> bool:
        """Whether there was a step, and no confirmed error or warning in it."""
        return self.step is not None and not any(each.is_grave for each in self.findings)

    def _of(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.verdict == verdict.value)

    def __bool__(self) -> bool:
        # `assert pyrolint.confirm(...)` would hold for whatever was found.
        raise TypeError("verdicts are neither true nor false; ask for `.is_clean`")

    @property
    def _headline(self) -> str:
        counts = Counter(each.verdict for each in self.findings)
        verdicts = ", ".join(f"{counts[each.value]} {each.value}" for each in Verdict)
        if self.step is None:
            return f"no step: {self.reason}; {verdicts}"
        programs = " and ".join(filter(None, (self.step.model, self.step.guide)))
        of = f" of {programs}" if programs else ""
        return f"{self.step.inference} step{of}, seed {self.seed}: {verdicts}"

    def __str__(self) -> str:
        return "\n".join([self._headline, *map(str, self.findings)])

    def _repr_html_(self) -> str:
        """The table that notebooks show."""
        head = f"<p><b>{escape(self._headline)}</b></p>"
        if not self.findings:
            return head
        names = ("verdict", "severity", "rule", "where", "what", "evidence")
        columns = "".join(f"<th style='text-align:left'>{each}</th>" for each in names)
        rows = "".join(map(_row, self.findings))
        return f"{head}<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"


def _row(finding: Finding) -> str:
    what = finding.message
    if finding.reason != finding.message:
        what = f"{what}\n{finding.reason}"
    where = finding.place
    if finding.site is not None:
        where += f"\nsite {finding.site}"
    rule = f"{finding.code}\n{finding.name}"
    cells = (finding.verdict, finding.severity, rule, where, what, finding.figures)
    style = "text-align:left;vertical-align:top"
    return "".join(
        ("<tr>", *(f"<td style='{style}'>{_lined(each)}</td>" for each in cells), "</tr>")
    )


def _lined(text: str) -> str:
    return escape(text.strip()).replace("\n", "<br>")
