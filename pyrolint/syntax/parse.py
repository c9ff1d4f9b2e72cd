"""Parsing: text in, libcst tree out, and a clear word where there can be none."""

from __future__ import annotations

import ast
import re
import warnings

import libcst as cst

from pyrolint.source import Source
from pyrolint.syntax.preflight import excess
from pyrolint.syntax.scan import LINE_END

_PARSER_POSITION = re.compile(r"error at (\d+):(\d+)")
_SURROGATE = re.compile("[\ud800-\udfff]")


class SyntaxFault(Exception):
    """Text that cannot be parsed: ``message`` says why, at a 1-based text ``row`` and ``column``.

    ``is_newer`` is whether the running Python accepts it, so that only the parser lags behind.
    """

    def __init__(self, message: str, row: int, column: int, *, is_newer: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.column = column
        self.is_newer = is_newer

    def __reduce__(self) -> tuple[type[SyntaxFault], tuple[str, int, int], dict[str, bool]]:
        return SyntaxFault, (self.message, self.row, self.column), {"is_newer": self.is_newer}


def parse(source: Source) -> cst.Module:
    """Parse a source's text. Raises SyntaxFault, also for text that the parser would crash on."""
    text = source.text
    found = excess(text)
    if found is not None:
        row, column = _place(text, found.offset)
        raise SyntaxFault(
            f"{found.what}: more than the parser can take, so the file is not checked; "
            "split it up or move the data to a file of its own",
            row,
            column,
        )
    if text.startswith("\ufeff"):
        raise SyntaxFault("the file starts with two byte order marks; remove one", 1, 1)
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise _fault(text, error) from None
    except UnicodeEncodeError:
        surrogate = _SURROGATE.search(text)
        row, column = _place(text, surrogate.start() if surrogate else 0)
        raise SyntaxFault("half of a surrogate pair is no character", row, column) from None
    except RecursionError:
        raise SyntaxFault("the code is nested more deeply than the parser can take", 1, 1) from None


def _fault(text: str, error: cst.ParserSyntaxError) -> SyntaxFault:
    """Say what is wrong in the words of the running Python, which are better than the parser's."""
    if "\0" in text:
        row, column = _place(text, text.index("\0"))
        return SyntaxFault("source code cannot contain null bytes", row, column)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as python:
        lines = LINE_END.split(text)
        row = min(max(python.lineno or 1, 1), len(lines))
        column = min(max(python.offset or 1, 1), len(lines[row - 1]) + 1)
        return SyntaxFault(python.msg, row, column)
    except (MemoryError, RecursionError):
        return SyntaxFault("the code is nested too deeply", 1, 1)
    place = _PARSER_POSITION.search(error.message)
    row, column = (int(place[1]), max(int(place[2]), 1)) if place else (error.raw_line or 1, 1)
    return SyntaxFault(
        "this syntax is newer than the parser (libcst) knows, so the file is not checked; "
        "upgrade libcst",
        row,
        column,
        is_newer=True,
    )


def _place(text: str, offset: int) -> tuple[int, int]:
    """Return the 1-based row and column of an offset."""
    row, start = 1, 0
    for end in LINE_END.finditer(text, 0, offset):
        row, start = row + 1, end.end()
    return row, offset - start + 1
