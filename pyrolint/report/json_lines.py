"""The ``json-lines`` format: the objects of the ``json`` format, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pyrolint.outcome import Outcome
from pyrolint.report.json import as_json


def emit(outcome: Outcome) -> Iterator[str]:
    """The lines of the report."""
    for diagnostic in outcome.diagnostics:
        yield json.dumps(as_json(diagnostic))
