"""``graph --output-format json``: all that the graph holds, every key always there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pyrolint.report.terminal import Style


def emit(graph: Mapping[str, Any], style: Style) -> Iterator[str]:
    """The lines of the report."""
    yield json.dumps(graph, indent=2)
