"""Jupyter notebooks: their code cells, and the same file with some of them rewritten.

A cell is rewritten by splicing its ``source`` into the JSON as it stands, so that outputs, key
order, indentation and number formats stay byte for byte what they were.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.decoder import JSONDecodeError, JSONDecoder
from typing import Any

_BLANKS = re.compile(r"[ \t\r\n]*")


class NotebookError(Exception):
    """The JSON is no notebook that can be read; the sentence says why, ``row``/``column`` where."""

    def __init__(self, message: str, row: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A code cell: its 1-based index over all the notebook's cells, its id, and its source."""

    index: int
    id: str | None
    source: str


def code_cells(text: str) -> list[CodeCell]:
    """Read the Python code cells of a notebook's JSON, top to bottom.

    A notebook in another language has none. Raises NotebookError.
    """
    try:
        document = json.loads(text)
    except JSONDecodeError as error:
        raise NotebookError(
            f"the notebook's JSON is broken: {error.msg}", error.lineno, error.colno
        ) from None
    except RecursionError:
        raise NotebookError("the notebook's JSON is nested too deeply") from None
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        if isinstance(document, dict) and "worksheets" in document:
            raise NotebookError(
                "the notebook has the format of version 3; "
                "`jupyter nbconvert --to notebook` brings it up to date"
            )
        raise NotebookError("the notebook has no list of cells")
    if _language(document) not in (None, "python"):
        return []
    cells = []
    for index, cell in enumerate(document["cells"], start=1):
        if not isinstance(cell, dict):
            raise NotebookError(f"cell {index} of the notebook is no JSON object")
        if cell.get("cell_type") != "code":
            continue
        source = _joined(cell.get("source"))
        if source is None:
            raise NotebookError(f"the source of cell {index} is neither text nor a list of lines")
        identity = cell["id"] if isinstance(cell.get("id"), str) else None
        cells.append(CodeCell(index, identity, source))
    return cells


def _language(document: dict[str, Any]) -> str | None:
    """Return the notebook's language in lower case, where its metadata say."""
    metadata = document.get("metadata")
    if not isinstance(metadata, dict):
        return None
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        value = metadata.get(section)
        if isinstance(value, dict) and isinstance(value.get(key), str):
            language: str = value[key].lower()
            return "python" if language in ("python", "ipython", "python3") else language
    return None


def _joined(source: object) -> str | None:
    """Return a cell's source as one string, or None where it is neither string nor list of such."""
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return None


def with_sources(text: str, sources: Mapping[int, str]) -> str:
    """Return the notebook's JSON with the sources of some cells (by 1-based index) replaced."""
    ascii_only = text.isascii() and "\\u" in text
    pieces: list[str] = []
    position = 0
    for index, (start, end) in enumerate(_source_spans(text), start=1):
        if index in sources and start < end:
            pieces.append(text[position:start])
            pieces.append(_rendered(text[start:end], sources[index], ascii_only))
            position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _rendered(former: str, source: str, ascii_only: bool) -> str:
    """Write a cell's source as JSON in the manner of the former value."""
    if former.startswith('"'):
        return json.dumps(source, ensure_ascii=ascii_only)
    lines = [json.dumps(line, ensure_ascii=ascii_only) for line in source.splitlines(keepends=True)]
    if not lines:
        return "[]"
    inner = _BLANKS.match(former, 1)
    before = inner.group() if inner else ""
    after = former[len(former[:-1].rstrip(" \t\r\n")) : -1]
    between = f",{before}" if before.strip(" ") else ", " if '", "' in former else ","
    return f"[{before}{between.join(lines)}{after}]"


def _source_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield, for each cell of a sound notebook, the offsets of its ``source``'s JSON value.

    Cells without a source, or that are no object, yield an empty span.
    """
    decoder = JSONDecoder()
    for key, start, _ in _members(text, _skip(text, 0), decoder):
        if key != "cells":
            continue
        position = _skip(text, start + 1)
        while text[position] != "]":
            if text[position] == "{":
                members = {
                    name: (begin, end) for name, begin, end in _members(text, position, decoder)
                }
                yield members.get("source", (position, position))
            else:
                yield position, position
            _, position = decoder.raw_decode(text, position)
            position = _skip(text, position)
            if text[position] == ",":
                position = _skip(text, position + 1)


def _members(text: str, start: int, decoder: JSONDecoder) -> Iterator[tuple[str, int, int]]:
    """Yield each member of the JSON object at ``start``: its key and its value's offsets."""
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, position = decoder.raw_decode(text, position)
        begin = _skip(text, _skip(text, position) + 1)
        _, end = decoder.raw_decode(text, begin)
        yield key, begin, end
        position = _skip(text, end)
        if text[position] == ",":
            position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    """Return the offset of the first character at or after ``position`` that is no blank."""
    match = _BLANKS.match(text, position)
    return match.end() if match else position
