"""Whether mini-batches weigh as much against the priors as the whole data would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from pyrolint.dynamic.child.facts.weights import scale_of
from pyrolint.dynamic.child.observation.recorders import POSITION
from pyrolint.dynamic.child.observation.step import Execution, Site, Step
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

SMALL = 2.0
"""How many times the batch the data must be: partial batches and splits stay below."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The length of the whole data, and that of the batch which the step got."""

    whole: int
    part: int


@probe("PYR403", needs_data=True, under_samplers=False)
def minibatch(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare the likelihood's scale with the dataset's length over the batch's."""
    step = laboratory.step
    model = step.model_run
    if model is None or step.model is None:
        return
    for batch in _batches(step):
        for site in model.observed:
            if _length(site) != batch.part:
                continue
            latents = [each for each in model.latents if _is_global(each, site, batch.part)]
            if not latents:
                continue
            found = _judged(step, model, site, latents[0], batch)
            if found is not None:
                # One finding a model.
                yield found
                return


def _judged(
    step: Step, model: Execution, site: Site, latent: Site, batch: Batch
) -> Evidence | None:
    wanted = batch.whole / batch.part
    given = scale_of(site) / (scale_of(latent) or float("inf"))
    figures = {
        "dataset": batch.whole,
        "batch": batch.part,
        "wanted": figure(wanted),
        "given": figure(given),
    }
    plate = site.plates[-1].name if site.plates else None
    position = model.trace.nodes.get(plate, {}).get(POSITION) if plate is not None else None
    related = tuple(p for p in (site.position, latent.position, step.position) if p is not None)
    words = (
        f"batches of {batch.part} of {batch.whole} weigh {worded(given)} times as much against the "
        f"prior of {latent.name!r}"
    )
    # Who scales by something else knows of it, and may be weighing the prior on purpose.
    if abs(given - 1.0) < 1e-6 and wanted >= SMALL:
        verdict = Verdict.CONFIRMED
        message = (
            f"{words}, and should weigh {worded(wanted)} times: the posterior stays too near the "
            f"prior; write `pyro.plate({plate or 'data'!r}, size={batch.whole}, "
            f"subsample_size={batch.part})` with the whole length as `size`"
        )
    elif any(True for _ in step.claimed("PYR403")) and abs(given / wanted - 1.0) < 0.1:
        verdict = Verdict.REFUTED
        message = f"{words}, as the lengths ask for: the scale is the plate's own"
    else:
        return None
    return Evidence(
        "PYR403",
        verdict,
        message,
        position=position or site.position,
        site=site.name,
        related=related,
        figures=figures,
    )


def _batches(step: Step) -> Iterator[Batch]:
    """What loaders told, and what slices tell where a finding says that they are batches.

    Without such a finding a slice may as well be what is left of the data after a split.
    """
    for whole, part in dict.fromkeys(step.loaders):
        if whole > part:
            yield Batch(whole, part)
    if step.model is None or not any(True for _ in step.claimed("PYR403")):
        return
    for value in (*step.model.arguments, *step.model.keywords.values()):
        base = getattr(value, "_base", None) if isinstance(value, Tensor) else None
        if isinstance(base, Tensor) and base.dim() and isinstance(value, Tensor) and value.dim():
            if base.shape[0] > value.shape[0] > 0:
                yield Batch(base.shape[0], value.shape[0])


def _length(site: Site) -> int | None:
    """How many data an observed site counts: its plate's size, or its first dimension."""
    if site.plates:
        return int(site.plates[-1].size)
    return int(site.value.shape[0]) if isinstance(site.value, Tensor) and site.value.dim() else None


def _is_global(latent: Site, site: Site, part: int) -> bool:
    """Whether a latent lies outside the plates of the likelihood, and is no batch of its own."""
    inside = {frame.name for frame in site.plates}
    if inside & {frame.name for frame in latent.plates}:
        return False
    # Without a plate, a batch of its own may be taken for an event.
    shape = tuple(latent.value.shape) if isinstance(latent.value, Tensor) else ()
    return bool(latent.plates) or part not in shape
