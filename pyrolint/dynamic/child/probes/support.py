"""Whether a guide's distribution draws values that the model's site cannot take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.pairing import Matched, hangs_on_latents, matched
from pyrolint.dynamic.child.facts.supports import (
    Members,
    base_of,
    describe,
    is_librarys,
    is_subset,
    stripped,
    support_members,
    value_beyond,
)
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

DRAWS = 256
"""How many draws are looked through for one outside; the supports alone are the proof."""

_ELEMENTS = 100_000
_SHOWN = 6


@probe("PYR102")
def support(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare the support objects of each latent's two sites; a draw outside is the witness."""
    claimed = any(True for _ in laboratory.step.claimed("PYR102"))
    for pair in matched(laboratory):
        drawn, needs = support_members(pair.guide.distribution), pair.needs
        family = type(base_of(pair.guide.distribution))
        # A straight-through draw is discrete, though its support says an interval.
        if drawn is None or needs is None or family.__name__.endswith("StraightThrough"):
            continue
        inside = is_subset(drawn, needs)
        if inside is None and needs.structure is not None and _is_factorised(pair, drawn):
            inside = False
        if inside is True and claimed:
            yield _evidence(pair, drawn, needs, Verdict.REFUTED)
        elif inside is False and not _is_luck(laboratory, pair, drawn):
            witness = _witness(laboratory, pair, drawn, needs)
            # What a class of the user's own states of its support may be a default.
            if witness is not None and (witness.get("drawn") or is_librarys(family)):
                yield _evidence(pair, drawn, needs, Verdict.CONFIRMED, witness)


def _is_factorised(pair: Matched, drawn: Members) -> bool:
    """Whether elements are drawn one by one, so that nothing makes them fit to each other."""
    base = base_of(pair.guide.distribution)
    return is_librarys(type(base)) and base.event_dim == 0 and not drawn.is_discrete


def _is_luck(laboratory: Laboratory, pair: Matched, drawn: Members) -> bool:
    """Whether bounds that hang on draws decide it, so that another draw may decide otherwise."""
    operations = laboratory.recorded.operations
    return not drawn.is_real_line and (
        hangs_on_latents(operations, pair.model.distribution)
        or hangs_on_latents(operations, pair.guide.distribution)
    )


def _witness(
    laboratory: Laboratory, pair: Matched, drawn: Members, needs: Members
) -> dict[str, Any] | None:
    """A draw outside with the model's log-density; else the value that the bounds tell of."""
    distribution = pair.guide.distribution
    count = max(1, min(DRAWS, _ELEMENTS // max(1, distribution.shape().numel())))
    constraint = stripped(pair.model.distribution.support)
    with laboratory.quiet(0), torch.no_grad():
        draws = distribution.sample((count,))
        try:
            outside = ~torch.as_tensor(constraint.check(draws))
        except (RuntimeError, ValueError):
            # Values of another shape than the model's.
            return None
        if bool(outside.any()):
            row = outside.reshape(count, -1).any(-1).nonzero()[0, 0]
            value, wrong = draws[row], outside[row]
            shown = _words(value, wrong)
            density = _log_density(pair.model.distribution, value)
            return {"draw": shown, "log_density": density, "drawn": True}
        beyond = value_beyond(drawn, needs)
        if beyond is None:
            return None
        value = torch.full_like(draws[0], beyond)
        return {"draw": beyond, "log_density": _log_density(pair.model.distribution, value)}


def _words(value: Tensor, wrong: Tensor) -> float | str:
    """The first element that lies outside; of a vector, all of its elements."""
    if wrong.shape == value.shape:
        return figure(value[wrong].flatten()[0])
    vector = value.flatten()[: value.shape[-1]]
    elements = [worded(each) for each in vector[:_SHOWN]]
    more = ", …" if len(vector) > _SHOWN else ""
    return f"({', '.join(elements)}{more})"


def _log_density(distribution: Any, value: Tensor) -> float | str:
    """The log-density as reports carry it: an element that is not finite, if there is one."""
    try:
        density = distribution.log_prob(value)
    except (ValueError, RuntimeError) as error:
        return type(error).__name__
    infinite = density[~torch.isfinite(density)]
    return figure(infinite[0] if infinite.numel() else density.sum())


def _evidence(
    pair: Matched,
    drawn: Members,
    needs: Members,
    verdict: Verdict,
    witness: dict[str, Any] | None = None,
) -> Evidence:
    guide, model = pair.guide, pair.model
    families = [type(base_of(site.distribution)).__name__ for site in (guide, model)]
    gives = f"{families[0]} of the guide draws {describe(drawn)}"
    takes = f"{families[1]} of the model takes {describe(needs)}"
    if witness is None:
        message = f"{gives}, and {takes}: the first set lies in the second"
        figures: dict[str, Any] = {}
    else:
        figures = {key: value for key, value in witness.items() if key != "drawn"}
        how = "a draw is" if witness.get("drawn") else "it can draw"
        message = (
            f"{gives}, and {takes}; {how} {_shown(figures['draw'])}, where the model's "
            f"log-density is {_shown(figures['log_density'])}; take a family of the model's set, "
            "or transform the draw onto it"
        )
    calls = [next(iter(site.constructions), None) for site in (guide, model)]
    places = [guide.position, model.position, *(c.position for c in calls if c is not None)]
    return Evidence(
        "PYR102",
        verdict,
        message,
        position=guide.position,
        site=guide.name,
        related=tuple(dict.fromkeys(place for place in places if place is not None)),
        figures={"guide": describe(drawn), "model": describe(needs), **figures},
    )


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else worded(value)
