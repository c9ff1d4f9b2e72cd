"""The latents that a guide draws for a model, as probes of supports compare them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyro.distributions as dist
from pyro import poutine
from pyro.infer.autoguide.effect import AutoMessenger
from pyro.infer.autoguide.guides import AutoGuide
from torch import Tensor

from pyrolint.dynamic.child.facts.supports import REAL, Members, base_of, stripped, support_members
from pyrolint.dynamic.child.observation.step import Execution, Site
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import OperationRecorder, SourceKind, sources


@dataclass(frozen=True, slots=True)
class Matched:
    """A latent of the model and the guide's site of its name."""

    guide: Site
    model: Site

    @property
    def needs(self) -> Members | None:
        """The set that the model's site takes; the density of an angle goes on beyond one turn."""
        base = base_of(self.model.distribution)
        return REAL if isinstance(base, dist.VonMises) else support_members(base)


def matched(laboratory: Laboratory) -> Iterator[Matched]:
    """The latents of a repeat that a guide of the user's own draws, and that count.

    Autoguides send their draws through the model's own supports.
    """
    if not laboratory.can_repeat or has_autoguide(laboratory):
        return
    run, step = laboratory.recorded, laboratory.step
    guide = run.guide or step.guide_run
    models: list[Execution] = [each for each in (run.model, step.model_run) if each is not None]
    if guide is None:
        return
    latents = {site.name: site for model in reversed(models) for site in model.latents}
    for site in guide.latents:
        found = latents.get(site.name)
        if found is not None and not _is_left_out(found.mask):
            yield Matched(site, found)


def has_autoguide(laboratory: Laboratory) -> bool:
    """Whether the guide is one of Pyro's own."""
    guide = laboratory.step.guide
    return guide is not None and isinstance(
        poutine.unwrap(guide.function), (AutoGuide, AutoMessenger)
    )


def asks_anew(laboratory: Laboratory) -> bool:
    """Whether the guide, if any, asks the model for its supports in every run."""
    guide = laboratory.step.guide
    return guide is None or isinstance(poutine.unwrap(guide.function), AutoMessenger)


def _is_left_out(mask: Any) -> bool:
    if isinstance(mask, Tensor):
        return not bool(mask.any())
    return mask is False


def hangs_on_latents(operations: OperationRecorder | None, distribution: Any) -> bool:
    """Whether the bounds of a distribution's support are made of what was drawn."""
    return operations is not None and any(
        source.kind is SourceKind.LATENT
        for bound in bounds_of(distribution)
        for source, _ in sources(operations.of(bound))
    )


def bounds_of(distribution: Any) -> Iterator[Tensor]:
    """The tensors that bound a distribution's support."""
    base = base_of(distribution)
    while hasattr(base, "base_dist"):
        base = base.base_dist
    try:
        support = stripped(base.support)
    except (AttributeError, NotImplementedError):
        return
    for name in ("lower_bound", "upper_bound"):
        bound = getattr(support, name, None)
        if isinstance(bound, Tensor):
            yield bound
