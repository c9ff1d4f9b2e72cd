"""Whether a latent of the model goes into densities of which no gradient comes back to it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.uses import cut_on_the_way, reached_site, reading_of
from pyrolint.dynamic.child.observation.step import Execution, Site
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import is_floating
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR707", under_samplers=False)
def cut_latent(laboratory: Laboratory) -> Iterator[Evidence]:
    """Ask of each continuous latent for the gradient of the densities beside its own."""
    step = laboratory.step
    if not laboratory.can_repeat or step.error is not None or not step.has_gradients:
        return
    run = laboratory.recorded
    if run.error is not None or run.operations is None or run.model is None:
        return
    # Where the latents are drawn that the findings are about, among other lines.
    claimed = {place for claim in step.claimed("PYR707") for place in claim.related}
    for latent in run.model.latents:
        if not is_floating(latent.value) or not _is_reparameterised(run.guide, latent):
            continue
        site = reached_site(latent, run, run.operations)
        if site is not None:
            cut = cut_on_the_way(latent, site, run.operations)
        else:
            # A number that was taken of it cannot be followed further.
            cut = reading_of(latent, run.operations) if latent.position in claimed else None
        if cut is None or not _is_lost(run.model, latent):
            continue
        goal = f" on its way to site {site.name!r}" if site is not None else ""
        yield Evidence(
            "PYR707",
            Verdict.CONFIRMED,
            f"latent {latent.name!r} got no gradient from the sites beside it: {cut.clause}{goal}, "
            "so what is learnt of it knows nothing of them",
            position=cut.position or latent.position,
            site=site.name if site is not None else None,
            related=(latent.position,) if latent.position is not None else (),
            figures={"gradient": "None"},
        )


def _is_reparameterised(guide: Execution | None, latent: Site) -> bool:
    """Whether the guide learns of the latent by its gradient, not by the score of its draws."""
    twin = guide.site(latent.name) if guide is not None else None
    return twin is not None and bool(getattr(twin.distribution, "has_rsample", False))


def _is_lost(model: Execution, latent: Site) -> bool:
    """Whether no density of the model but the latent's own has a gradient for it."""
    total: Tensor | None = None
    for site in model.sites:
        if site is latent or site.is_deterministic:
            continue
        try:
            density = site.distribution.log_prob(site.value)
        except (NotImplementedError, RuntimeError, ValueError):
            return False
        if isinstance(density, Tensor) and density.requires_grad:
            total = density.sum() if total is None else total + density.sum()
    if total is None:
        return True
    found = torch.autograd.grad(total, latent.value, retain_graph=True, allow_unused=True)
    return found[0] is None
