"""The counts by rule that ``--statistics`` prints, the most frequent first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from pyrolint.diagnostic import Diagnostic
from pyrolint.outcome import Outcome


def emit(outcome: Outcome, *, as_json: bool = False) -> Iterator[str]:
    """The lines of the table; with ``as_json`` one array of objects instead."""
    counts = Counter(diagnostic.code for diagnostic in outcome.diagnostics)
    first: dict[str, Diagnostic] = {}
    for diagnostic in outcome.diagnostics:
        first.setdefault(diagnostic.code, diagnostic)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if as_json:
        yield json.dumps(
            [{"code": code, "name": first[code].name, "count": n} for code, n in ordered], indent=2
        )
        return
    width = max((len(str(number)) for number in counts.values()), default=1)
    for code, number in ordered:
        yield f"{number:>{width}}  {code}  {first[code].name}"
