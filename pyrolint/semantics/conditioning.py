"""Conditioning: whether the data that a training step hands to a model are observed there."""

from __future__ import annotations

from pyrolint.semantics.inferences import Inference
from pyrolint.semantics.program import Program, SampleSite, StatementKind
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.values import List, Numeric, OriginKind, Tuple, Unknown, Value


def leaves_data_unused(inference: Inference) -> bool:
    """Whether a training step hands data to a model of which nothing is certainly conditioned."""
    model, given, step = inference.model, inference.arguments, inference.step
    if model is None or given is None or step is None or not inference.trains_elbo:
        return False
    if inference.kind not in ("svi", "elbo") or not model.complete or not model.sites:
        return False
    return not _conditions(model) and any(map(_is_data, given.values()))


def likely_likelihood(model: Program) -> SampleSite | None:
    """The last site whose distribution is made of other latents, and that no other is made of."""
    used = {
        origin.place
        for each in model.sites
        for origin in origins_of(each.distribution)
        if origin.kind is OriginKind.LATENT
    }
    found = [
        each
        for each in model.sites
        if each.place not in used
        and any(origin.kind is OriginKind.LATENT for origin in origins_of(each.distribution))
    ]
    return found[-1] if found else None


def _conditions(model: Program) -> bool:
    """Whether anything adds to the density beside what is drawn, now or in another call."""
    return model.hides_observations or any(
        [
            *(each.observed is not False for each in model.sites),
            *(each.observation_place is not None for each in model.sites),
            *(each.kind is StatementKind.FACTOR for each in model.statements),
            *(
                distribution.name.rsplit(".", 1)[-1] in ("Unit", "Delta")
                for each in model.sites
                for _, distribution in each.distributions()
            ),
            *(not each.distribution_is_plain for each in model.sites),
        ]
    )


def _is_data(value: Value) -> bool:
    match value:
        case Numeric(form="tensor" | "array", shape=shape):
            return shape is None or bool(shape)
        case Unknown(raw=raw):
            return bool(raw)
        case Tuple(items):
            return any(map(_is_data, items))
        case List():
            return True
        case _:
            return False
