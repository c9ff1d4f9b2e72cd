"""What the page shows, as plain data: runs and the findings that they judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyrolint.dynamic.messages import Reason, Report, Verdict


@dataclass(frozen=True, slots=True)
class PageFinding:
    """A finding with what a run shows of it.

    ``verdict`` is None where nothing was measured; ``reason`` belongs to UNKNOWN. ``evidence`` is
    the sentence that carries the verdict, ``figures`` its JSON values by name.
    """

    code: str
    name: str
    severity: str
    message: str
    filename: str
    row: int
    cell: int | None = None
    site: str | None = None
    argument: str | None = None
    verdict: Verdict | None = None
    reason: Reason | None = None
    evidence: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """``file:row``, in a notebook ``file:cell 3:row``."""
        return place(self.filename, self.row, self.cell)


@dataclass(frozen=True, slots=True)
class PageRun:
    """One program run once on one device. Runs of the same ``program`` are shown side by side."""

    program: str
    report: Report
    device: str
    findings: tuple[PageFinding, ...] = ()
    seed: int = 0


def place(filename: str, row: int, cell: int | None) -> str:
    """``file:row``, in a notebook ``file:cell 3:row``."""
    return f"{filename}:{row}" if cell is None else f"{filename}:cell {cell}:{row}"
