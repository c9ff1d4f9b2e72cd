"""Whether parameters, latents and networks can push an argument past its constraint."""

from __future__ import annotations

import math
from collections.abc import Iterator

from msgspec.structs import replace
from torch import Tensor

from pyrolint.dynamic.child.facts.arguments import Argument, arguments_of
from pyrolint.dynamic.child.facts.attaining import attains
from pyrolint.dynamic.child.facts.breaking import named, proof, searched, varies
from pyrolint.dynamic.child.facts.ranges import range_of
from pyrolint.dynamic.child.facts.search import ROUNDING, Breach, element_words
from pyrolint.dynamic.child.facts.supports import describe, members
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, Run
from pyrolint.dynamic.child.repetition.operations import Source, SourceKind, sources
from pyrolint.dynamic.messages import Evidence, Position, Reason, Verdict

_NAMED = {"a number above 0": "positive", "a number from 0 to 1": "unit_interval"}
"""Torch's constraints by the words for their sets."""

CODES = ("PYR101", "PYR103", "PYR105", "PYR110")


@probe(*CODES)
def constrained_argument(laboratory: Laboratory) -> Iterator[Evidence]:
    """Ask of each constrained argument that something feeds whether it can break."""
    if not laboratory.can_repeat:
        return
    run = laboratory.recorded
    claimed = any(True for _ in laboratory.step.claimed(*CODES))
    # A statement in a loop makes many sites; the first that breaks speaks for them.
    told: set[tuple[object, ...]] = set()
    for execution in run.executions:
        for site in execution.sites:
            for argument in arguments_of(site):
                key = (argument.construction.position, argument.name)
                if key in told:
                    continue
                found = _judged(laboratory, run, argument)
                if found is None:
                    continue
                if found.verdict is Verdict.CONFIRMED:
                    told.add(key)
                if claimed or found.verdict is Verdict.CONFIRMED:
                    yield found


def _judged(laboratory: Laboratory, run: Run, argument: Argument) -> Evidence | None:
    value = argument.value
    if not isinstance(value, Tensor) or run.operations is None or argument.worst is None:
        return None
    operation = run.operations.of(value)
    behind = [each for each in sources(operation) if varies(each[0])]
    if not behind:
        return None
    source, path = behind[0]
    touching = argument.is_open and attains(operation)
    reach = range_of(operation, varies)
    now = argument.worst
    proven = proof(argument, source, path, reach, touching=touching)
    if proven is not None and now.margin >= -ROUNDING:
        return _evidence(argument, source, Verdict.REFUTED, proven)
    breach: Breach | None = None
    if math.isnan(now.value):
        # NaN that comes in goes through any transform: where it starts is told elsewhere.
        pass
    elif now.margin < -ROUNDING or (touching and now.margin == 0.0):
        breach = Breach(0.0, now.value)
    else:
        source, breach = searched(laboratory, argument, behind, touching=touching)
    if breach is None:
        return _evidence(
            argument, source, Verdict.UNKNOWN, Reason.NOT_FOUND.value, reason=Reason.NOT_FOUND
        )
    becomes, needs = element_words(breach.value, argument.needs), describe(argument.needs)
    message = (
        f"`{argument.name}` of {argument.family} needs {needs}, and is {becomes} {_when(source)}"
        if breach.distance == 0.0
        else f"moving {named(source)} by {worded(breach.distance)} makes `{argument.name}` of "
        f"{argument.family} {becomes}, which needs {needs}"
    )
    message = f"{message}; {_instead(argument, source)}"
    return replace(
        _evidence(argument, source, Verdict.CONFIRMED, message),
        figures={
            "now": figure(now.value),
            "becomes": figure(breach.value),
            "distance": figure(breach.distance),
        },
    )


def _when(source: Source) -> str:
    return "in a draw" if source.kind is SourceKind.LATENT else "as it stands"


def _instead(argument: Argument, source: Source) -> str:
    """What to write for an argument to stay in its set."""
    needs = argument.needs
    if source.kind is SourceKind.PARAMETER and _code(source) == "PYR101":
        name = needs.structure or _NAMED.get(describe(needs))
        return f"declare it with `constraint=constraints.{name}`" if name else "constrain it so"
    if source.kind is SourceKind.PARAMETER:
        return "give it a constraint under which what is made of it stays in that set"
    if needs.structure == "simplex":
        return "pass `logits`, or end in `softmax`"
    if needs.structure is not None:
        return "build it so, or sample it from a family of that set"
    if not isinstance(needs.lower, Tensor) and math.isinf(needs.lower):
        return "map it there by a transform"
    if not isinstance(needs.upper, Tensor) and math.isinf(needs.upper):
        return "pass it through `softplus` or `exp`"
    return "pass `logits`, or end in `sigmoid`" if argument.name == "probs" else "bound it"


def _declared(source: Source) -> Iterator[Position]:
    """The calls that make a latent's prior, which may stand far from where it is read."""
    if source.kind is SourceKind.LATENT:
        for construction in source.object.constructions:
            if construction.position is not None:
                yield construction.position


def _code(source: Source) -> str:
    if source.kind is SourceKind.LATENT:
        return "PYR103"
    if source.kind is SourceKind.MODULE:
        return "PYR110"
    known = members(source.object.constraint)
    return "PYR101" if known is None or known.is_real_line else "PYR105"


def _evidence(
    argument: Argument,
    source: Source,
    verdict: Verdict,
    message: str,
    reason: Reason | None = None,
) -> Evidence:
    call = argument.construction.position
    own = getattr(source.object, "position", None)
    return Evidence(
        _code(source),
        verdict,
        message,
        position=own or call,
        site=argument.site_name,
        argument=argument.name,
        parameter=source.name if source.kind is SourceKind.PARAMETER else None,
        related=(*argument.places, *_declared(source)),
        reason=reason,
    )
