"""What users receive: a finding with its rows, columns and text edits, as frozen plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyrolint.finding import Severity


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range in one file: 1-based rows, 1-based code-point columns, the end exclusive.

    In a notebook ``cell`` is the 1-based index over all its cells and rows count within the cell;
    elsewhere it is None.
    """

    filename: str
    cell: int | None
    row: int
    column: int
    end_row: int
    end_column: int


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Replace the text in ``span`` by ``content``."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class LocatedFix:
    """A fix as text edits, in file order, none overlapping another."""

    message: str
    edits: tuple[TextEdit, ...]
    safe: bool

    @property
    def applicability(self) -> str:
        """``safe`` or ``unsafe``, as the formats spell it."""
        return "safe" if self.safe else "unsafe"


@dataclass(frozen=True, slots=True)
class LocatedRelated:
    """A related place with its message."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a run showed of a finding: ``confirmed``, ``refuted`` or ``unknown``, and why.

    ``reason`` is a sentence; ``evidence`` holds plain figures by name. ``seed`` is the one that
    the run's draws came from.
    """

    verdict: str
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding as every format prints it. ``noqa_row`` is None where nothing can suppress it.

    ``confirmation`` is None where nothing was run.
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    noqa_row: int | None
    url: str | None
    tips: tuple[int, ...] = ()
    related: tuple[LocatedRelated, ...] = ()
    fix: LocatedFix | None = None
    program: str | None = None
    site: str | None = None
    argument: str | None = None
    fingerprint: str = ""
    confirmation: Confirmation | None = None
