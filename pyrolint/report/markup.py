"""Text as the formats for drawings and pages take it."""

from __future__ import annotations

import textwrap
from html import escape

from pyrolint.report.terminal import escaped


def plain(value: str) -> str:
    """``value`` for an element or a quoted attribute; control characters are made visible."""
    return escape(escaped(value), quote=True)


def wrapped(text: str, width: int) -> list[str]:
    """A sentence in lines of at most so many characters; long words are broken."""
    return textwrap.wrap(escaped(text), width, subsequent_indent="  ") or [""]
