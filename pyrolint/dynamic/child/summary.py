"""The observed step as the page draws it: sites with their families, supports, parents, spreads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from pyrolint.dynamic.child.facts.supports import describe, support_members
from pyrolint.dynamic.child.observation.step import Execution, Parameter, Site
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, Run
from pyrolint.dynamic.child.repetition.operations import SourceKind, is_floating, sources
from pyrolint.dynamic.messages import Measures, SiteSummary, StepSummary


def summarised(laboratory: Laboratory, seconds: Mapping[str, float]) -> StepSummary:
    """The step of a laboratory, whose probes have been asked."""
    step = laboratory.step
    sites: list[SiteSummary] = []
    run = laboratory.recorded if laboratory.can_repeat and laboratory.affords(1) else None
    for observed in step.runs:
        again = _twin(observed, run)
        sites += [_parameter(each) for each in observed.parameters]
        sites += [_site(each, again, run) for each in observed.sites]
    settings = step.settings
    measures = Measures(
        **seconds,
        loss=step.loss,
        signal_to_noise=laboratory.notes.signal_to_noise,
        columns=laboratory.notes.columns,
        settings={
            "arguments": settings.validate_arguments,
            "inference": settings.validate_inference,
            "poutine": settings.validate_poutine,
            "warnings": not settings.hides_warnings,
        },
    )
    return StepSummary(
        step.inference,
        step.model.name if step.model is not None else None,
        step.guide.name if step.guide is not None else None,
        step.position,
        tuple(sites),
        measures,
        made_up_arguments=step.made_up_arguments,
        after_failed_cell=step.after_failed_cell,
    )


def _twin(observed: Execution, run: Run | None) -> Execution | None:
    """The repeat of the same program."""
    if run is None:
        return None
    return next((each for each in run.executions if each.role == observed.role), None)


def _parameter(parameter: Parameter) -> SiteSummary:
    return SiteSummary(
        parameter.name,
        "param",
        parameter.role,
        batch_shape=tuple(parameter.value.shape),
        position=parameter.position,
    )


def _site(site: Site, again: Execution | None, run: Run | None) -> SiteSummary:
    distribution = site.distribution
    kind = "factor" if site.is_factor else "deterministic" if site.is_deterministic else "sample"
    family = next((each.family.__name__ for each in _own_family(site)), None)
    mean, deviation = _moments(distribution)
    return SiteSummary(
        site.name,
        kind,
        site.role,
        family=family or type(distribution).__name__,
        support=describe(support_members(distribution)),
        observed=site.is_observed,
        batch_shape=tuple(getattr(distribution, "batch_shape", ())),
        event_shape=tuple(getattr(distribution, "event_shape", ())),
        plates=tuple(frame.name for frame in site.plates),
        parents=_parents(site, again, run),
        position=site.position,
        mean=mean,
        deviation=deviation,
        log_density=_log_density(site),
    )


def _own_family(site: Site) -> Any:
    """The calls that name the family: not those that only reshape or mask."""
    hidden = ("Independent", "MaskedDistribution", "ExpandedDistribution")
    return (each for each in site.constructions if each.family.__name__ not in hidden)


def _moments(distribution: Any) -> tuple[float | None, float | None]:
    """Mean and standard deviation, each averaged over the elements."""
    try:
        mean, variance = distribution.mean, distribution.variance
        return _average(mean), _average(variance.clamp(min=0.0).sqrt())
    # A family may lack moments, need a package for them, or be the user's own: whatever it raises,
    # the page does without.
    except Exception:  # noqa: BLE001
        return None, None


def _average(value: Any) -> float | None:
    if not is_floating(value) or value.numel() == 0:
        return None
    average = float(value.detach().mean())
    return average if average == average and abs(average) != float("inf") else None


def _log_density(site: Site) -> float | None:
    if not isinstance(site.value, Tensor) or site.is_factor:
        return None
    try:
        return _average(site.distribution.log_prob(site.value))
    # The same holds here.
    except Exception:  # noqa: BLE001
        return None


def _parents(site: Site, again: Execution | None, run: Run | None) -> tuple[str, ...]:
    """The names of the latents and parameters that its distribution is made of."""
    twin = again.site(site.name) if again is not None else None
    if twin is None or run is None or run.operations is None:
        return ()
    found: dict[str, None] = {}
    for construction in twin.constructions:
        for argument in construction.arguments.values():
            if isinstance(argument, Tensor):
                for source, _ in sources(run.operations.of(argument)):
                    if source.kind in (SourceKind.LATENT, SourceKind.PARAMETER):
                        found[source.name] = None
    return tuple(name for name in found if name != site.name)
