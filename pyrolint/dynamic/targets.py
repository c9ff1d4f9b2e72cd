"""From files to targets: what a notebook runs, cell by cell."""

from __future__ import annotations

from pyrolint.dynamic.messages import Cell
from pyrolint.magics import without_magics
from pyrolint.notebook import code_cells


def notebook_cells(data: bytes, path: str) -> tuple[Cell, ...]:
    """The cells of a notebook without their magics; those that hold no Python are left out.

    Shell commands and magics are no part of the program; cells under ``%%time`` and the like are.
    Raises NotebookError for what is no notebook, UnicodeDecodeError for what is no text.
    """
    cells = []
    for cell in code_cells(data.decode("utf-8-sig")):
        code = without_magics(cell.source)
        if code is not None:
            cells.append(Cell(cell.index, code))
    return tuple(cells)
