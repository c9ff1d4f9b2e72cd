"""How the graph's formats for people name places and things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyrolint.report.terminal import Style

NO_PROGRAMS = "no Pyro programs"


def where(place: Mapping[str, Any], filename: str, style: Style) -> str:
    """``line 6``, in a notebook ``cell 3, line 6``, the file before it where it is another."""
    if place["location"] is None:
        return "nowhere"
    cell = "" if place["cell"] is None else f"cell {place['cell']}, "
    line = f"{cell}line {place['location']['row']}"
    if place["filename"] != filename:
        line = f"{style.path(place['filename'])}, {line}"
    return line


def named(name: str | None) -> str:
    """A name or its pattern, where anything of it is known."""
    return name if name and name.replace("{}", "") else "(unnamed)"
