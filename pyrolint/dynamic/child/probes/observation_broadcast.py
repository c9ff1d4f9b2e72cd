"""Whether an observation and its distribution were broadcast against each other."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.dynamic.child.facts.shapes import crossed
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR607")
def observation_broadcast(laboratory: Laboratory) -> Iterator[Evidence]:
    """Look for (N, 1) against (N,), which silently gives (N, N), in any inference."""
    run = laboratory.step.model_run
    for site in run.observed if run is not None else ():
        found = crossed(site, run) if run is not None else None
        if found is None:
            continue
        shape, own, other, size = found
        yield Evidence(
            "PYR607",
            Verdict.CONFIRMED,
            f"at site {site.name!r}, an observation of shape {tuple(site.value.shape)} met a "
            f"distribution of shape {shape}, so that each of the {size} observations was "
            f"scored {size} times, once under each distribution; give both one shape, by "
            "`.squeeze(-1)` for one",
            position=site.position,
            site=site.name,
            figures={
                "observation": str(tuple(site.value.shape)),
                "distribution": str(shape),
                "dimensions": f"{own}, {other}",
            },
        )
