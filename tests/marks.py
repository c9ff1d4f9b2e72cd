"""The marks in fixtures: what a file is expected to give, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pyrolint.diagnostic import Diagnostic, Span
from pyrolint.source import read_source

_MARK = re.compile(r"#\s*(expect|related|confirmed|refuted):([^#]*)")


@dataclass(frozen=True, order=True)
class Mark:
    """One mark: the row it stands on and what it states; what it leaves out is not compared."""

    kind: str
    path: str
    cell: int | None
    row: int
    code: str
    site: str | None = None
    argument: str | None = None

    def fits(self, diagnostic: Diagnostic) -> bool:
        """Whether the diagnostic is of the stated code, site and argument."""
        return (
            diagnostic.code == self.code
            and self.site in (None, diagnostic.site)
            and self.argument in (None, diagnostic.argument)
        )

    def at(self, span: Span) -> bool:
        """Whether the span begins on the mark's row."""
        return (span.filename, span.cell, span.row) == (self.path, self.cell, self.row)


def marks_in(path: Path) -> list[Mark]:
    """The marks of a file, in the order in which they stand."""
    source = read_source(path.read_bytes(), str(path))
    return [
        Mark(match[1], str(path), cell.index, row, *_parts(part, f"{path}:{row}"))
        for cell in source.cells
        for row, line in enumerate(cell.lines, start=1)
        for match in _MARK.finditer(line)
        for part in match[2].split(";")
    ]


def _parts(text: str, where: str) -> tuple[str, str | None, str | None]:
    code, *rest = text.split()
    stated = dict(word.split("=", 1) for word in rest)
    unknown = stated.keys() - {"site", "argument"}
    assert not unknown, f"{where}: a mark states {unknown}"
    return code, stated.get("site"), stated.get("argument")
