"""Whether a point that a guide gives can leave the set of the model's site."""

from __future__ import annotations

from collections.abc import Iterator

import pyro.distributions as dist
import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.arguments import Argument
from pyrolint.dynamic.child.facts.attaining import attains
from pyrolint.dynamic.child.facts.pairing import Matched, hangs_on_latents, matched
from pyrolint.dynamic.child.facts.ranges import range_of
from pyrolint.dynamic.child.facts.search import ROUNDING, Breach, by_leaves, element_words
from pyrolint.dynamic.child.facts.supports import (
    REAL,
    Members,
    base_of,
    describe,
    is_subset,
    members,
    stripped,
)
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import Operation, Source, SourceKind, sources
from pyrolint.dynamic.messages import Evidence, Verdict

_UNCHANGED = frozenset({"__getitem__", "expand", "unsqueeze", "reshape", "view", "squeeze"})


@probe("PYR102")
def point_support(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare what feeds each Delta with the model's support, which Delta's own does not tell."""
    claimed = any(True for _ in laboratory.step.claimed("PYR102"))
    operations = laboratory.recorded.operations if laboratory.can_repeat else None
    for pair in matched(laboratory):
        needs, point = pair.needs, _point(pair)
        if needs is None or point is None or operations is None:
            continue
        if needs.is_real_line or not isinstance(point.value, Tensor):
            continue
        if hangs_on_latents(operations, pair.model.distribution):
            continue
        operation = operations.of(point.value)
        behind = list(sources(operation))
        if _stays_inside(operation, behind, needs):
            if claimed:
                message = f"the point of the guide is always {describe(needs)}, as the model needs"
                yield _evidence(pair, needs, Verdict.REFUTED, message)
            continue
        found = _breach(laboratory, point, behind, touching=attains(operation))
        if found is not None:
            source, breach = found
            message = (
                f"the model's site takes {describe(needs)}, and the guide's point is "
                f"{element_words(breach.value, needs)} as it stands"
                if source is None
                else f"moving parameter {source.name!r} by {worded(breach.distance)} makes the "
                f"guide's point {element_words(breach.value, needs)}, and the model's site takes "
                f"{describe(needs)}"
            )
            instead = "give a point of it" if source is None else "constrain the parameter to it"
            message = f"{message}; {instead}"
            yield _evidence(pair, needs, Verdict.CONFIRMED, message, breach)


def _point(pair: Matched) -> Argument | None:
    """The value of the Delta behind the guide's site, held against the model's support."""
    if not isinstance(base_of(pair.guide.distribution), dist.Delta):
        return None
    constraint = stripped(pair.model.distribution.support)
    for index, construction in enumerate(pair.guide.constructions):
        if issubclass(construction.family, dist.Delta) and "v" in construction.arguments:
            value = construction.arguments["v"]
            return Argument(pair.guide, index, construction, "v", value, constraint)
    return None


def _stays_inside(
    operation: Operation, behind: list[tuple[Source, tuple[str, ...]]], needs: Members
) -> bool:
    if needs.structure is None and not needs.is_discrete:
        return is_subset(Members(*range_of(operation)), needs) is True
    return bool(behind) and all(
        not set(path) - _UNCHANGED
        and is_subset(members(getattr(source.object, "constraint", None)) or REAL, needs) is True
        for source, path in behind
    )


def _breach(
    laboratory: Laboratory,
    point: Argument,
    behind: list[tuple[Source, tuple[str, ...]]],
    *,
    touching: bool,
) -> tuple[Source | None, Breach] | None:
    """Where the point lies outside as it stands, or once a parameter has moved."""
    if any(source.kind is not SourceKind.PARAMETER for source, _ in behind):
        # What else feeds it may be another in the next draw.
        return None
    worst = point.worst
    value = point.value.detach()
    if worst is not None and worst.margin < -ROUNDING:
        return None, Breach(0.0, worst.value)
    if worst is None or not behind:
        try:
            wrong = ~torch.as_tensor(point.constraint.check(value))
        except (RuntimeError, ValueError):
            return None
        if bool(wrong.any()) and wrong.shape == value.shape:
            return None, Breach(0.0, float(value[wrong].flatten()[0]))
        return None
    for source, _ in behind:
        breach = by_leaves(laboratory, point, [source.object.leaf], touching=touching)
        if breach is not None:
            return source, breach
    return None


def _evidence(
    pair: Matched, needs: Members, verdict: Verdict, message: str, breach: Breach | None = None
) -> Evidence:
    calls = [next(iter(site.constructions), None) for site in (pair.guide, pair.model)]
    places = [pair.guide.position, pair.model.position, *(c.position for c in calls if c)]
    figures = {} if breach is None else {"point": breach.value, "distance": breach.distance}
    return Evidence(
        "PYR102",
        verdict,
        message,
        position=pair.guide.position,
        site=pair.guide.name,
        related=tuple(dict.fromkeys(place for place in places if place is not None)),
        figures={"model": describe(needs), **{k: figure(v) for k, v in figures.items()}},
    )
