"""Whether the divergence from the prior has a closed form that the objective leaves unused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyro.infer import TraceMeanField_ELBO
from torch import Tensor
from torch.distributions import kl_divergence

from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.observation.step import Execution, Site, Step
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.gradients import gradients_of, repeated
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import SourceKind, sources
from pyrolint.dynamic.messages import Evidence, Verdict

QUIETER = 10.0
"""How many times less the gradient must vary with the closed form."""

NOISY = 1.0
"""Above which signal-to-noise ratio the variance is no trouble."""


@probe("PYR305", "PYR306", needs_data=True, under_samplers=False)
def closed_form_kl(laboratory: Laboratory) -> Iterator[Evidence]:
    """Ask for each latent's closed form, the order of sites, and the gradient's variance."""
    step = laboratory.step
    guide, model = step.guide_run, step.model_run
    if guide is None or model is None or step.error is not None:
        return
    if isinstance(step.objective, TraceMeanField_ELBO):
        yield from _ordered(laboratory, guide, model)
    elif not any(True for _ in model.observed):
        # Without data there is nothing left to vary.
        return
    elif type(step.objective).__name__ == "Trace_ELBO" and _names(guide) == _names(model):
        pairs = [(guide.site(each.name), each) for each in model.latents]
        if pairs and all(site is not None and _closes(site, prior) for site, prior in pairs):
            yield from _compared(laboratory, step)


def _names(run: Execution) -> list[str]:
    return [each.name for each in run.latents]


def _closes(site: Site, prior: Site) -> bool:
    """Whether a pair has a closed form, under one scale and mask."""
    own: Any = site.distribution
    if not own.has_rsample or site.mask is not None or prior.mask is not None:
        return False
    if isinstance(site.scale, Tensor) or site.scale != prior.scale:
        return False
    try:
        divergence = kl_divergence(own, prior.distribution)
        return bool(divergence.shape == own.batch_shape)
    # There is none, or its code does not take these two.
    except Exception:  # noqa: BLE001
        return False


def _compared(laboratory: Laboratory, step: Step) -> Iterator[Evidence]:
    sampled = gradients_of(laboratory)
    before = sampled.noise if sampled is not None else None
    if before is None or before.signal_to_noise > NOISY:
        return
    settings = {
        name: getattr(step.objective, name)
        for name in ("num_particles", "max_plate_nesting", "vectorize_particles")
    }
    objective = TraceMeanField_ELBO()
    with laboratory.exempted():
        closed = repeated(laboratory, laboratory.draws, objective=objective, **settings)
    if closed is None or not closed.is_finite:
        return
    after = closed.noise
    # With the same draws: what is left of the variance is the likelihood's.
    left = after.variance if after is not None else 0.0
    if before.variance < QUIETER * left:
        return
    yield Evidence(
        "PYR305",
        Verdict.CONFIRMED,
        f"the gradient's variance is {worded(before.variance)} with `Trace_ELBO` and "
        f"{worded(left)} with `TraceMeanField_ELBO`: every latent's divergence from its prior has "
        "a closed form, so draw none of it",
        position=making_position(step.objective) or step.position,
        figures={
            "variance with Trace_ELBO": figure(before.variance),
            "variance with TraceMeanField_ELBO": figure(left),
            "signal-to-noise with Trace_ELBO": figure(before.signal_to_noise),
        },
    )


def _ordered(laboratory: Laboratory, guide: Execution, model: Execution) -> Iterator[Evidence]:
    """Whether the guide's sites come in the model's order, as the objective asks for."""
    shared = set(_names(guide)) & set(_names(model))
    names = [name for name in _names(guide) if name in shared]
    expected = [name for name in _names(model) if name in shared]
    astray = [(own, wanted) for own, wanted in zip(names, expected, strict=True) if own != wanted]
    if not astray:
        return
    name = astray[0][0]
    site, prior = guide.site(name), model.site(name)
    places = [each.position for each in (site, prior) if each is not None and each.position]
    depends = _depends(laboratory)
    harm = (
        f"the guide's {depends[0]!r} depends on its {depends[1]!r}, so the divergence may be wrong"
        if depends
        else "its sites do not depend on each other, so the divergence is right all the same, and "
        "only Pyro's warning is in the way"
    )
    yield Evidence(
        "PYR306",
        Verdict.CONFIRMED,
        f"`TraceMeanField_ELBO` needs the guide's sites in the model's order, {expected}, and gets "
        f"{names}: {harm}; write them in one order",
        position=places[0] if places else None,
        site=name,
        related=tuple(places[1:]),
        figures={"model": expected, "guide": names},
        level=None if depends else "advice",
    )


def _depends(laboratory: Laboratory) -> tuple[str, str] | None:
    """A site of the guide whose distribution is made of another's draw."""
    run = laboratory.recorded
    if run.guide is None or run.operations is None:
        return None
    for site in run.guide.latents:
        for construction in site.constructions:
            for argument in construction.arguments.values():
                if not isinstance(argument, Tensor):
                    continue
                for source, _ in sources(run.operations.of(argument)):
                    if source.kind is SourceKind.LATENT and source.name != site.name:
                        return site.name, source.name
    return None
