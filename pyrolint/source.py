r"""A file's bytes as the Python text to parse, and the way back from rows of text to the file.

Three coordinate systems meet here, all 1-based and in code points unless said otherwise:
*text* rows and columns, of what is parsed; *file* rows and columns, which in a notebook count
within a cell; and columns in UTF-16 units or UTF-8 bytes, for formats that ask for them.
Lines end at ``\n``, ``\r\n`` or ``\r`` and nowhere else.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from pyrolint.syntax.scan import LINE_END, end_of_statement

if TYPE_CHECKING:
    from pyrolint.diagnostic import TextEdit

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK_OR_COMMENT = re.compile(rb"[ \t\f]*(?:#.*)?\Z", re.DOTALL)
_FORM_FEED = re.compile(r"[ \t\f]*\f")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class SourceError(Exception):
    """Bytes that cannot be read as Python or as a notebook, or text that cannot be written back.

    ``message`` is a sentence for the user; ``row`` and ``column`` are those of the file's bytes.
    """

    def __init__(self, message: str, row: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.column = column

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, int, int]]:
        return SourceError, (self.message, self.row, self.column)


class FilePosition(NamedTuple):
    """A place in a file; ``cell`` is 1-based over all cells of a notebook, elsewhere None."""

    cell: int | None
    row: int
    column: int


class FileRange(NamedTuple):
    """A range in one file, or in one cell of a notebook; the end is exclusive."""

    cell: int | None
    row: int
    column: int
    end_row: int
    end_column: int


@dataclass(frozen=True)
class Cell:
    """A stretch of the text: a notebook's code cell, or the whole of any other file.

    ``row`` is its first text row. ``source`` is what stands in the file. ``shifts`` are the
    columns that the text lacks at the start of the cell's rows, from its first row on; rows past
    its end lack none.
    """

    index: int | None
    id: str | None
    row: int
    source: str
    shifts: tuple[int, ...] = ()

    @cached_property
    def lines(self) -> list[str]:
        """The lines as they stand in the file, without their ends."""
        return LINE_END.split(self.source)

    def shift(self, row: int) -> int:
        """Return the columns that the text lacks at the start of the cell's 1-based ``row``."""
        return self.shifts[row - 1] if row <= len(self.shifts) else 0

    def offset(self, row: int, column: int) -> int:
        """Return the offset in ``source`` of a place in the cell, at most its end."""
        if row > len(self._starts):
            return len(self.source)
        return min(self._starts[row - 1] + column - 1, len(self.source))

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in LINE_END.finditer(self.source))]


@dataclass(frozen=True)
class Source:
    """A file: ``text`` is the Python to parse, ``cells`` lead from its rows back to the file.

    ``encoding`` is the codec of the bytes without their byte order mark, ``mark``. ``notebook`` is
    the JSON of a notebook, elsewhere None. Text and file have the same rows in each cell.
    """

    text: str
    cells: tuple[Cell, ...]
    encoding: str
    mark: bytes
    notebook: str | None = None

    @property
    def is_notebook(self) -> bool:
        """Whether the file is a notebook, its rows counted by cell."""
        return self.notebook is not None

    def position(self, row: int, column: int) -> FilePosition:
        """Return where a text row and column stand in the file."""
        cell = self.cell_at(row)
        if cell is None:
            return FilePosition(None, row, column)
        own = row - cell.row + 1
        return FilePosition(cell.index, own, column + cell.shift(own))

    def range(self, row: int, column: int, end_row: int, end_column: int) -> FileRange:
        """Return where a stretch of text stands in the file, cut off at the end of its cell."""
        start = self.position(row, column)
        end = self.position(end_row, end_column)
        cell = self.cell_at(row)
        if cell is not None and end.cell != start.cell:
            end = FilePosition(start.cell, len(cell.lines), len(cell.lines[-1]) + 1)
        return FileRange(start.cell, start.row, start.column, end.row, end.column)

    def cell_at(self, row: int) -> Cell | None:
        """Return the cell of a text row; None only in a notebook without code."""
        index = bisect_right(self.cells, row, key=lambda cell: cell.row) - 1
        return self.cells[index] if index >= 0 else None

    def line(self, row: int, cell: int | None = None) -> str:
        """Return a line of the file, magics and all, without its end; past the end it is empty."""
        lines = self._cell(cell).lines
        return lines[row - 1] if 0 < row <= len(lines) else ""

    def utf16_column(self, row: int, column: int, cell: int | None = None) -> int:
        """Return a file column in UTF-16 units, 1-based."""
        before = self.line(row, cell)[: column - 1]
        return column + sum(character > "\uffff" for character in before)

    def utf8_column(self, row: int, column: int, cell: int | None = None) -> int:
        """Return a file column in UTF-8 bytes, 1-based."""
        before = self.line(row, cell)[: column - 1]
        return column + len(before.encode("utf-8", "surrogatepass")) - len(before)

    def replaced(self, edits: Iterable[TextEdit]) -> bytes:
        """Return the file's new bytes: its encoding, line ends and JSON formatting are kept.

        ``edits`` are in file coordinates and may come in any order. Raises ValueError where two
        overlap, SourceError where the file's encoding lacks a character of theirs.
        """
        by_cell: dict[int | None, list[TextEdit]] = {}
        for edit in edits:
            by_cell.setdefault(edit.span.cell, []).append(edit)
        sources = {cell: _edited(self._cell(cell), own) for cell, own in by_cell.items()}
        if self.notebook is None:
            changed = sources.get(None, self._cell(None).source)
        else:
            from pyrolint.notebook import with_sources

            changed = with_sources(
                self.notebook, {cell: text for cell, text in sources.items() if cell is not None}
            )
        try:
            return self.mark + changed.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise SourceError(
                f"the encoding {self.encoding} has no {changed[error.start]!r}, which the change "
                "needs; save the file as UTF-8"
            ) from None

    def _cell(self, index: int | None) -> Cell:
        return self._by_index[index]

    @cached_property
    def _by_index(self) -> dict[int | None, Cell]:
        return {cell.index: cell for cell in self.cells}


def read_source(data: bytes, filename: str) -> Source:
    """Read a file's bytes; ``filename`` only says, by its suffix, whether it is a notebook.

    Raises SourceError for bytes that its encoding does not allow and for broken notebooks.
    """
    if filename.lower().endswith(".ipynb"):
        return _read_notebook(data)
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    encoding = _declared_encoding(data[len(mark) :], bool(mark))
    written = _decoded(data[len(mark) :], encoding)
    text, shifts = _without_leading_form_feeds(written)
    return Source(text, (Cell(None, None, 1, written, shifts),), encoding, mark)


def _read_notebook(data: bytes) -> Source:
    from pyrolint.magics import without_magics
    from pyrolint.notebook import NotebookError, code_cells

    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    document = _decoded(data[len(mark) :], "utf-8")
    try:
        found = code_cells(document)
    except NotebookError as error:
        raise SourceError(error.message, error.row, error.column) from None
    cells: list[Cell] = []
    pieces: list[str] = []
    row = 1
    for cell in found:
        python = without_magics(cell.source)
        if python is None or not python:
            continue
        python, feeds = _without_leading_form_feeds(python)
        python, indents = _unindented(python)
        shifts = tuple(map(sum, zip_longest(feeds, indents, fillvalue=0)))
        cells.append(Cell(cell.index, cell.id, row, cell.source, shifts))
        pieces.append(python if python.endswith(("\n", "\r")) else f"{python}\n")
        row += len(LINE_END.findall(pieces[-1]))
    return Source("".join(pieces), tuple(cells), "utf-8", mark, document)


def _without_leading_form_feeds(text: str) -> tuple[str, tuple[int, ...]]:
    """Drop what leads a statement up to its last form feed, and count the columns by row.

    Python counts indentation from the last form feed; the parser drops what stands before it, so
    that its columns would no longer be those of the text.
    """
    if "\f" not in text:
        return text, ()
    pieces: list[str] = []
    shifts: list[int] = []
    start = 0
    while start < len(text):
        end = end_of_statement(text, start)
        dropped = _FORM_FEED.match(text, start)
        begin = dropped.end() if dropped else start
        pieces.append(text[begin:end])
        shifts.append(begin - start)
        shifts.extend(0 for _ in LINE_END.findall(text, begin, end)[1:])
        start = end
    return "".join(pieces), tuple(shifts)


def _unindented(python: str) -> tuple[str, tuple[int, ...]]:
    """Take off the indentation that a whole cell may have, as IPython does."""
    stripped = python.lstrip(" \t\r\n\f")
    before = python[: len(python) - len(stripped)]
    indent = re.split(r"[\r\n]", before)[-1]
    if not indent or not stripped:
        return python, ()
    pieces: list[str] = []
    shifts: list[int] = []
    for line in re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", python):
        shifts.append(len(indent) if line.startswith(indent) else 0)
        pieces.append(line[shifts[-1] :])
    return "".join(pieces), tuple(shifts)


def _declared_encoding(data: bytes, marked: bool) -> str:
    """Return the codec that a file's first two lines declare (PEP 263), by default UTF-8."""
    if data.startswith(_UTF16_MARKS):
        raise SourceError("the file is in UTF-16, which Python does not read; save it as UTF-8")
    for line in re.split(rb"\r\n|\r|\n", data[:4096])[:2]:
        cookie = _COOKIE.match(line)
        if cookie:
            return _codec(cookie[1].decode("ascii", "replace"), marked)
        if not _BLANK_OR_COMMENT.match(line):
            break
    return "utf-8"


def _codec(declared: str, marked: bool) -> str:
    try:
        name = codecs.lookup(declared).name
        b" ".decode(name)  # an empty one is not even looked at
    except LookupError:
        raise SourceError(
            f"the file declares the encoding {declared!r}, which Python does not know"
        ) from None
    except UnicodeError:
        raise SourceError(
            f"the file declares the encoding {declared!r}, which it cannot be written in"
        ) from None
    if name == "utf-8-sig":
        name = "utf-8"
    if marked and name != "utf-8":
        raise SourceError(f"the file declares {declared!r} but starts with UTF-8's byte order mark")
    return name


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        lines = re.split(rb"\r\n|\r|\n", data[: error.start])
        column = len(lines[-1].decode(encoding, "replace")) + 1
        raise SourceError(
            f"byte 0x{data[error.start]:02x} is no {encoding} text; declare the file's encoding "
            "in its first line (`# -*- coding: … -*-`) or save it as UTF-8",
            len(lines),
            column,
        ) from None
    except UnicodeError as error:
        raise SourceError(f"the bytes are no {encoding} text: {error}") from None


def _edited(cell: Cell, edits: list[TextEdit]) -> str:
    """Return a cell's source with ``edits`` made, their line ends those of the cell."""
    first_end = LINE_END.search(cell.source)
    newline = first_end.group() if first_end else "\n"
    pieces: list[str] = []
    position = 0
    ordered = sorted(
        (
            cell.offset(edit.span.row, edit.span.column),
            cell.offset(edit.span.end_row, edit.span.end_column),
            edit.content,
        )
        for edit in edits
    )
    for start, end, content in ordered:
        if start < position or end < start:
            raise ValueError("two edits of one file overlap")
        pieces.append(cell.source[position:start])
        pieces.append(LINE_END.sub(newline, content))
        position = end
    pieces.append(cell.source[position:])
    return "".join(pieces)
