"""Whether a sample statement was given what Pyro can draw from and rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from pyrolint.dynamic.child.errors.raised import error_position, places
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR714")
def sampled_value(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the error of what Pyro did with a site whose distribution is none of its own."""
    error = laboratory.step.error
    site = _site_behind(error) if isinstance(error, TypeError | AttributeError) else None
    if error is None or site is None or callable(site["fn"]):
        return
    given = site["fn"]
    kind = f"{type(given).__module__}.{type(given).__qualname__}"
    what = f"a tensor of shape {tuple(given.shape)}" if isinstance(given, Tensor) else f"a `{kind}`"
    yield Evidence(
        "PYR714",
        Verdict.CONFIRMED,
        f"site {site['name']!r} was given {what}, which Pyro cannot draw from; give it a"
        " distribution of `pyro.distributions`, or use the value as it is",
        position=error_position(error),
        site=str(site["name"]),
        figures={"error": type(error).__name__, "given": kind},
    )


def _site_behind(error: Exception) -> dict[str, Any] | None:
    """The site that Pyro was busy with when it met an error of its own."""
    for place in places(error):
        if not place.name.startswith("pyro."):
            return None
        for name in ("msg", "site"):
            site = place.values.get(name)
            if isinstance(site, dict) and site.get("type") == "sample":
                return site
    return None
