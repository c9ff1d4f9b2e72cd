"""``graph --output-format svg``: one drawing that follows the reader's light or dark scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyrolint.report.drawing.graph import Badge
from pyrolint.report.drawing.svg import Row, standalone
from pyrolint.report.graph.pictures import pictures
from pyrolint.report.graph.wording import NO_PROGRAMS
from pyrolint.report.terminal import Style


def emit(graph: Mapping[str, Any], style: Style) -> Iterator[str]:
    """The lines of the report."""
    drawn = pictures(graph, style)
    rows = [Row(picture.title, picture.graphs) for picture in drawn.pictures]
    legends = [
        (Badge(legend.label, legend.tone, legend.code), f"{legend.code} {legend.text}")
        for legend in drawn.legends
    ]
    yield standalone(rows or [Row(f"{drawn.title}: {NO_PROGRAMS}", ())], legends)
