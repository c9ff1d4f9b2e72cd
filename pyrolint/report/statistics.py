"""The counts by rule that ``--statistics`` prints, the most frequent first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from pyrolint.diagnostic import Diagnostic
from pyrolint.outcome import Outcome


def emit(outcome: Outcome, data_format: str | None = None) -> Iterator[str]:
    """The lines of the table; as ``json`` one array, as ``json-lines`` an object a line."""
    counts = Counter(diagnostic.code for diagnostic in outcome.diagnostics)
    first: dict[str, Diagnostic] = {}
    for diagnostic in outcome.diagnostics:
        first.setdefault(diagnostic.code, diagnostic)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    objects = [{"code": code, "name": first[code].name, "count": n} for code, n in ordered]
    if data_format == "json-lines":
        yield from map(json.dumps, objects)
        return
    if data_format is not None:
        yield json.dumps(objects, indent=2)
        return
    width = max((len(str(number)) for number in counts.values()), default=1)
    for code, number in ordered:
        yield f"{number:>{width}}  {code}  {first[code].name}"
