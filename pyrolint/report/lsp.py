"""The ``lsp`` format: one line a file (a cell, in notebooks) with LSP's PublishDiagnosticsParams.

Positions are 0-based, columns in UTF-16 code units. Files without findings have a line as well,
so that a client can clear what it showed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from pyrolint.diagnostic import Diagnostic, LocatedFix, Span
from pyrolint.finding import Severity
from pyrolint.outcome import Outcome
from pyrolint.source import Source

_SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.ADVICE: 3}
_UNNECESSARY = 1
_UNUSED_SUPPRESSION = "PYR001"


def emit(outcome: Outcome) -> Iterator[str]:
    """The lines of the report."""
    renderer = _Renderer(outcome)
    by_uri: dict[str, list[dict[str, Any]]] = {}
    for path in outcome.files:
        source = outcome.sources.get(path)
        cells = [cell.index for cell in source.cells] if source and source.is_notebook else [None]
        for cell in cells:
            by_uri[renderer.uri(path, cell)] = []
    for diagnostic in outcome.diagnostics:
        uri = renderer.uri(diagnostic.span.filename, diagnostic.span.cell)
        by_uri.setdefault(uri, []).append(renderer.diagnostic(diagnostic))
    for uri, diagnostics in by_uri.items():
        yield json.dumps({"uri": uri, "diagnostics": diagnostics})


class _Renderer:
    """Renders spans with the sources of one outcome."""

    def __init__(self, outcome: Outcome) -> None:
        self._sources = outcome.sources

    def uri(self, path: str, cell: int | None) -> str:
        """The file's URI; of a notebook's cell, with the cell's id (else its index) behind it."""
        uri = PurePath(path).as_uri()
        if cell is None:
            return uri
        source = self._sources.get(path)
        ids = {each.index: each.id for each in source.cells} if source else {}
        return f"{uri}#{quote(ids.get(cell) or str(cell), safe='')}"

    def diagnostic(self, diagnostic: Diagnostic) -> dict[str, Any]:
        """One Diagnostic of the protocol."""
        rendered: dict[str, Any] = {
            "range": self._range(diagnostic.span),
            "severity": _SEVERITIES[diagnostic.severity],
            "code": diagnostic.code,
            "source": "pyrolint",
            "message": diagnostic.message,
            "tags": [_UNNECESSARY] if diagnostic.code == _UNUSED_SUPPRESSION else [],
            "relatedInformation": [
                {"location": self._location(related.span), "message": related.message}
                for related in diagnostic.related
            ],
            "data": {
                "name": diagnostic.name,
                "noqa_row": diagnostic.noqa_row,
                "fix": self._fix(diagnostic.fix) if diagnostic.fix else None,
                "verdict": diagnostic.confirmation.verdict if diagnostic.confirmation else None,
            },
        }
        if diagnostic.url is not None:
            rendered["codeDescription"] = {"href": diagnostic.url}
        return rendered

    def _fix(self, fix: LocatedFix) -> dict[str, Any]:
        return {
            "applicability": fix.applicability,
            "message": fix.message,
            "edits": [{**self._location(edit.span), "newText": edit.content} for edit in fix.edits],
        }

    def _location(self, span: Span) -> dict[str, Any]:
        return {"uri": self.uri(span.filename, span.cell), "range": self._range(span)}

    def _range(self, span: Span) -> dict[str, Any]:
        source = self._sources.get(span.filename)
        return {
            "start": _position(source, span.row, span.column, span.cell),
            "end": _position(source, span.end_row, span.end_column, span.cell),
        }


def _position(source: Source | None, row: int, column: int, cell: int | None) -> dict[str, int]:
    units = column if source is None else source.utf16_column(row, column, cell)
    return {"line": row - 1, "character": units - 1}
