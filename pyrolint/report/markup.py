"""Text for HTML and SVG."""

from __future__ import annotations

from html import escape

from pyrolint.report.terminal import escaped


def plain(value: str) -> str:
    """``value`` for an element or a quoted attribute; control characters are made visible."""
    return escape(escaped(value), quote=True)
