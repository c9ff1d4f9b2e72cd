"""Whether an autoguide has fewer elements for a latent than the plate around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyro.infer.autoguide import AutoGaussian, AutoGuideList, AutoStructured
from pyro.infer.autoguide.guides import AutoContinuous

from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.observation.step import Site, unwrapped
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

_SIZED_BY_DRAW = (AutoContinuous, AutoGaussian, AutoStructured)


@probe("PYR321", under_samplers=False)
def local_latents(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare the plates of each latent of an autoguide with what was drawn of them."""
    step = laboratory.step
    if step.guide is None or step.model_run is None:
        return
    for part in _parts(unwrapped(step.guide.function)):
        # A class of the user's own may size its parameters as it likes.
        if not isinstance(part, _SIZED_BY_DRAW) or "autoguide" not in type(part).__module__:
            continue
        # An autoguide that has not run has none.
        for name in part.prototype_trace.nodes if part.prototype_trace is not None else ():
            site = step.model_run.site(name)
            found = _shared(part, site) if site is not None and not site.is_observed else None
            if found is not None:
                yield found
                break


def _parts(guide: Any) -> list[Any]:
    return list(guide) if isinstance(guide, AutoGuideList) else [guide]


def _shared(autoguide: Any, site: Site) -> Evidence | None:
    for frame in site.plates:
        whole = frame.full_size or frame.size
        if frame.vectorized and frame.size < whole:
            name = type(autoguide).__name__
            return Evidence(
                "PYR321",
                Verdict.CONFIRMED,
                f"{name} has {frame.size} elements along plate {frame.name!r} for the latent "
                f"{site.name!r}, and the plate has {whole}: all mini-batches share them; use "
                "AutoNormal",
                position=making_position(autoguide) or site.position,
                site=site.name,
                related=(site.position,) if site.position is not None else (),
                figures={"elements": frame.size, "plate": whole},
            )
    return None
