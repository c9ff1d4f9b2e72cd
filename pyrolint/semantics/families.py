"""What a distribution's family says of it, through the distributions that it wraps."""

from __future__ import annotations

from collections.abc import Iterable

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.library.knowledge import Family, Interval, Of, Reference
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.values import Constant, Distribution, Origin, OriginKind, Value

_COMPOSED = frozenset({"DiscreteHMM", "MixtureSameFamily", "ZeroInflatedDistribution"})
"""Families whose draws are of the kind of a part's, but not made by that part alone."""


def is_discrete(value: Value) -> bool | None:
    """Whether draws are counts, classes or the like; None where that is not known."""
    return _agreed(_trait(option, "is_discrete") for _, option in alternatives(value))


def has_rsample(value: Value) -> bool | None:
    """Whether draws have a gradient with respect to the arguments; None where not known."""
    return _agreed(_trait(option, "has_rsample") for _, option in alternatives(value))


def is_enumerable(value: Value) -> bool | None:
    """Whether all the values that draws may take can be listed; None where not known."""
    return _agreed(_enumerable(option) for _, option in alternatives(value))


def bounding_latents(value: Value) -> tuple[Origin, ...]:
    """The latents that the bounds of a continuous support are made of, in every alternative."""
    found: list[Origin] = []
    for _, option in alternatives(value):
        own = _in_bounds(option)
        if not own:
            return ()
        found.extend(own)
    return tuple(dict.fromkeys(found))


def _in_bounds(value: Value) -> list[Origin]:
    if not isinstance(value, Distribution) or value.is_base or value.family is None:
        return []
    support = value.family.support
    if isinstance(support, Of) and "transforms" not in value.arguments:
        inner = value.arguments.get(support.name)
        return list(bounding_latents(inner)) if inner is not None else []
    if not isinstance(support, Interval) or support.integer:
        return []
    return [
        origin
        for bound in (support.lower, support.upper)
        if isinstance(bound, Reference) and bound.name in value.arguments
        for origin in origins_of(value.arguments[bound.name])
        if origin.kind is OriginKind.LATENT
    ]


def family_name(value: Value) -> str | None:
    """The last name of the family of draws, that of the first alternative that is known."""
    for _, option in alternatives(value):
        if isinstance(option, Distribution):
            return option.name.rsplit(".", 1)[-1]
    return None


def _agreed(verdicts: Iterable[bool | None]) -> bool | None:
    found = set(verdicts)
    return found.pop() if len(found) == 1 else None


def _trait(value: Value, name: str) -> bool | None:
    if not isinstance(value, Distribution) or value.is_base or value.family is None:
        return None
    support = value.family.support
    if not isinstance(support, Of):
        return _own(value.family, name)
    if name != "is_discrete" and value.name.rsplit(".", 1)[-1] in _COMPOSED:
        return False
    inner = value.arguments.get(support.name)
    if inner is None:
        return None
    return _agreed(_trait(option, name) for _, option in alternatives(inner))


def _own(family: Family, name: str) -> bool:
    return {
        "is_discrete": family.is_discrete,
        "has_rsample": family.has_rsample,
        "has_enumerate_support": family.has_enumerate_support,
    }[name]


def _enumerable(value: Value) -> bool | None:
    if isinstance(value, Distribution):
        if value.event_dims:
            # What `to_event` makes one event takes all the combinations of its elements.
            return False
        total = value.arguments.get("total_count")
        if total is not None and not isinstance(total, Constant):
            return None
    return _trait(value, "has_enumerate_support")
