"""Whether what is observed in a subsampling plate is the same whatever the plate draws."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.observation.step import Execution, Site, Step
from pyrolint.dynamic.child.probing import figure, probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

SEEDS = (1, 2, 3)


@probe("PYR404", needs_data=True, under_samplers=False)
def misaligned_subsample(laboratory: Laboratory) -> Iterator[Evidence]:
    """Run the model from several seeds, and compare the rows drawn with the rows observed."""
    step = laboratory.step
    if step.model_run is None or step.model is None or step.error is not None:
        return
    suspects = [
        (site, frame)
        for site in step.model_run.observed
        for frame in site.plates
        if _subsamples(frame) and _is_window(step, site, frame)
    ]
    if not suspects or not laboratory.affords(len(SEEDS)):
        return
    runs = [run for seed in SEEDS if (run := laboratory.run(seed=seed).model) is not None]
    for site, frame in suspects:
        drawn = [_indices(run, frame.name) for run in runs]
        seen = [_value(run, site.name) for run in runs]
        if len(runs) < len(SEEDS) or any(each is None for each in (*drawn, *seen)):
            continue
        if all(_same(drawn[0], each) for each in drawn[1:]):
            continue
        if not all(_same(seen[0], each) for each in seen[1:]):
            continue
        first = drawn[0]
        assert first is not None
        yield Evidence(
            "PYR404",
            Verdict.CONFIRMED,
            f"plate {frame.name!r} drew other rows in each of {len(SEEDS)} runs, as"
            f" {first.tolist()[:5]}, and site {site.name!r} observed the same {frame.size} in all;"
            " take the rows by the plate's indices",
            position=site.position,
            site=site.name,
            figures={"size": figure(frame.full_size), "subsample": figure(frame.size)},
        )


def _subsamples(frame: Any) -> bool:
    full = getattr(frame, "full_size", None)
    return isinstance(full, int) and isinstance(frame.size, int) and 0 < frame.size < full


def _is_window(step: Step, site: Site, frame: Any) -> bool:
    """Whether a site observes a view of the whole data, or a finding says so.

    What the step was given may as well be a batch, drawn elsewhere.
    """
    if any(claim.site == site.name for claim in step.claimed("PYR404")):
        return True
    assert step.model is not None
    given = (*step.model.arguments, *step.model.keywords.values())
    base = getattr(site.value, "_base", None)
    return (
        isinstance(base, Tensor)
        and base.dim() > 0
        and base.shape[0] == frame.full_size
        and not any(each is site.value for each in given)
    )


def _indices(run: Execution, plate: str) -> Tensor | None:
    value = run.trace.nodes.get(plate, {}).get("value")
    return value if isinstance(value, Tensor) else None


def _value(run: Execution, name: str) -> Tensor | None:
    site = run.site(name)
    return site.value if site is not None and isinstance(site.value, Tensor) else None


def _same(one: Tensor | None, other: Tensor | None) -> bool:
    return one is not None and other is not None and torch.equal(one, other)
