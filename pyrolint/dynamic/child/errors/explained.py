"""Drop what other evidence of the same step explains: one cause is one finding."""

from __future__ import annotations

from collections.abc import Iterable

from pyrolint.dynamic.child.errors.raised import places
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_NONFINITE = ("PYR901", "PYR902")
_ERROR, _WARNING = "PYR903", "PYR904"

# The function that raises or warns, and how the codes begin of the faults that it does so for.
_EXPLAINED_BY: dict[str, tuple[str, ...]] = {
    "pyro.util.check_model_guide_match": (
        "PYR311",
        "PYR312",
        "PYR602",
        "PYR702",
        "PYR703",
        "PYR704",
        "PYR711",
    ),
    "pyro.util.check_site_shape": ("PYR601", "PYR603", "PYR605", "PYR606", "PYR607", "PYR608"),
    "pyro.util.check_if_enumerated": ("PYR311", "PYR312", "PYR313"),
    "pyro.infer.traceenum_elbo._get_trace": ("PYR311", "PYR312", "PYR313"),
    "pyro.infer.trace_mean_field_elbo._check_mean_field_requirement": ("PYR306",),
    "pyro.infer.trace_mean_field_elbo._differentiable_loss_particle": ("PYR702",),
    "pyro.infer.autoguide.effect._adjust_plates": ("PYR322",),
    "pyro.infer.autoguide.guides._setup_prototype": ("PYR322",),
    "pyro.infer.autoguide.utils.helpful_support_errors": ("PYR316", "PYR323"),
    "pyro.infer.util.check_fully_reparametrized": ("PYR320",),
    "pyro.primitives.module": ("PYR713",),
    "pyro.infer.mcmc.util._find_valid_initial_params": ("PYR1",),
    "torch.distributions.distribution.__init__": ("PYR1",),
    "torch.distributions.distribution._validate_sample": ("PYR1", "PYR605", "PYR607"),
}


def unexplained(evidence: Iterable[Evidence], step: Step) -> list[Evidence]:
    """The evidence without errors, warnings and NaNs that another confirmed fault explains."""
    found = list(evidence)
    causes = [
        each
        for each in found
        if each.verdict is Verdict.CONFIRMED and not each.code.startswith("PYR9")
    ]
    return [each for each in found if not _is_explained(each, causes, step)]


def _is_explained(evidence: Evidence, causes: list[Evidence], step: Step) -> bool:
    if evidence.code == _ERROR:
        place = next(places(step.error), None) if step.error is not None else None
        return _by_place(place.name if place else "", causes) or _by_line(evidence, causes)
    if evidence.code == _WARNING:
        return _by_place(str(evidence.figures.get("place", "")), causes)
    if evidence.code in _NONFINITE:
        return _by_line(evidence, causes) or any(
            cause.site is not None and cause.site == evidence.site and cause.code < "PYR3"
            for cause in causes
        )
    return False


def _by_place(place: str, causes: list[Evidence]) -> bool:
    codes = _EXPLAINED_BY.get(place, ())
    return any(cause.code.startswith(codes) for cause in causes)


def _by_line(evidence: Evidence, causes: list[Evidence]) -> bool:
    return any(evidence.position in _lines(cause) for cause in causes)


def _lines(evidence: Evidence) -> tuple[Position | None, ...]:
    return (evidence.position, *evidence.related)
