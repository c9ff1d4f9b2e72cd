"""Whether training begins by closing the guide on its prior, against what the data says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.observation.step import Execution, Site
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

BARRIER = 2.0
"""How many times the log-likelihood the divergence from the prior must be."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The two parts of one draw's loss, and their slopes along the step down the whole loss.

    A positive slope of ``misfit`` says that the step fits the data worse.
    """

    divergence: float
    misfit: float
    closing: float
    losing: float

    @property
    def is_barrier(self) -> bool:
        """Whether the divergence dominates, and a step lowers it at the data's cost."""
        dominates = self.divergence > BARRIER * abs(self.misfit)
        return dominates and self.closing < 0.0 < self.losing


@probe("PYR317", needs_data=True, under_samplers=False)
def kl_barrier(laboratory: Laboratory) -> Iterator[Evidence]:
    """Differentiate divergence and log-likelihood apart, over K draws."""
    step = laboratory.step
    guide, model = step.guide_run, step.model_run
    if guide is None or model is None or step.error is not None or not laboratory.can_repeat:
        return
    if not any(True for _ in model.observed) or not _may_be(guide, model):
        return
    found: list[Parts] = []
    with laboratory.exempted():
        for seed in range(1, laboratory.draws + 1):
            parts = _parts(laboratory, seed) if laboratory.affords(1) else None
            # Every draw must say so, and then chance has no say.
            if parts is None or not parts.is_barrier:
                return
            found.append(parts)
    if not found:
        return
    divergence = float(torch.tensor([each.divergence for each in found]).median())
    misfit = float(torch.tensor([each.misfit for each in found]).median())
    latent = next(iter(guide.latents))
    yield Evidence(
        "PYR317",
        Verdict.CONFIRMED,
        f"at the start the divergence from the prior is {worded(divergence)} nats and the "
        f"log-likelihood {worded(-misfit)}: the first steps close the guide on the prior and fit "
        "the data worse; anneal the divergence, by `poutine.scale` on the latents from small to 1, "
        "or start nearer to the prior",
        position=latent.position,
        site=latent.name,
        figures={"divergence": figure(divergence), "log-likelihood": figure(-misfit)},
    )


def _may_be(guide: Execution, model: Execution) -> bool:
    """Whether the user's own draw says so, which costs little to ask."""
    with torch.no_grad():
        split = _split(guide, model)
    return split is not None and bool(split[0] > BARRIER * split[1].abs())


def _split(guide: Execution, model: Execution) -> tuple[Tensor, Tensor] | None:
    """Divergence and negative log-likelihood of one draw; None where a site has no density."""
    divergence: Any = torch.zeros(())
    misfit: Any = torch.zeros(())
    try:
        for site in guide.sites:
            divergence = divergence + _log_density(site)
        for site in model.sites:
            if site.is_observed:
                misfit = misfit - _log_density(site)
            else:
                divergence = divergence - _log_density(site)
    # Densities are user code as well.
    except Exception:  # noqa: BLE001
        return None
    return divergence, misfit


def _log_density(site: Site) -> Any:
    density = site.distribution.log_prob(site.value)
    if site.mask is not None:
        density = torch.where(torch.as_tensor(site.mask), density, torch.zeros(()))
    return (density * site.scale).sum()


def _parts(laboratory: Laboratory, seed: int) -> Parts | None:
    leaves = [leaf for leaf in laboratory.leaves if leaf.requires_grad]
    # The graph is needed after the repeat, which only its sources may be gone from.
    with laboratory.running(seed=seed) as run:
        if run.error is not None or run.guide is None or run.model is None:
            return None
        split = _split(run.guide, run.model)
        if split is None or not all(each.requires_grad for each in split):
            return None
        closing, losing = (
            torch.autograd.grad(each, leaves, retain_graph=True, allow_unused=True)
            for each in split
        )
    pairs = list(zip(closing, losing, strict=True))
    return Parts(
        float(split[0].detach()),
        float(split[1].detach()),
        sum(map(_slope, pairs)),
        sum(_slope(p[::-1]) for p in pairs),
    )


def _slope(pair: tuple[Tensor | None, ...]) -> float:
    """How much the first of two gradients' functions rises along the step down their sum."""
    own, other = pair
    if own is None:
        return 0.0
    whole = own if other is None else own + other
    return -float((own * whole).sum())
