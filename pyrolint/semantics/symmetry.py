"""Mixtures whose components start equal, so that no gradient ever tells them apart."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.families import is_discrete
from pyrolint.semantics.inferences import Pair
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import Prototype, SampleSite
from pyrolint.semantics.provenance import choosers_of, origins_of
from pyrolint.semantics.spread import starting_interval
from pyrolint.semantics.values import (
    NONE,
    Distribution,
    External,
    Numeric,
    Origin,
    OriginKind,
    Value,
)

_MULTIVARIATE = frozenset({"Dirichlet", "MultivariateNormal", "LowRankMultivariateNormal"})
"""Families that have no median of their own: a point starts where any other does."""


class Symmetry(msgspec.Struct, frozen=True):
    """A mixture: the site that is drawn from it, what its components are made of, and by whom.

    ``source`` is the parameter or latent that holds the components, ``starter`` the autoguide that
    starts the latent, if it is one.
    """

    site: SampleSite
    source: Origin
    starter: Prototype | None


def symmetric_mixtures(pair: Pair) -> Iterator[Symmetry]:
    """The mixtures of a model in which nothing at all tells one component from another."""
    if not pair.model.complete:
        return
    for site in pair.model.sites:
        if site.observed is False and is_discrete(site.distribution) and pair.lacks(site):
            yield from _chosen(pair, site)
        elif site.observed is True:
            yield from _marginal(pair, site)


def _chosen(pair: Pair, assignment: SampleSite) -> Iterator[Symmetry]:
    """What a discrete latent chooses between, where all of it starts equal."""
    found: list[tuple[SampleSite, Origin]] = []
    if not all(_is_even(pair, value) for value in _arguments(assignment)):
        return
    for site in pair.model.sites:
        for value in _arguments(site) if site is not assignment else ():
            if _has(origins_of(value), assignment):
                return
            if _has(choosers_of(value), assignment):
                if not _is_even(pair, value):
                    return
                if site.observed is True:
                    sources = origins_of(value)
                    found += [(site, each) for each in sources if _is_several(pair, each)]
    for site, source in found[:1]:
        yield Symmetry(site, source, _starter(pair, source))


def _marginal(pair: Pair, site: SampleSite) -> Iterator[Symmetry]:
    """The components of an observed mixture distribution, where they start equal."""
    for _, distribution in site.distributions():
        if not distribution.name.endswith(".MixtureSameFamily"):
            continue
        parts = [value for _, value in _leaves(distribution)]
        sources = [
            origin
            for value in _leaf_values(distribution.arguments.get("component_distribution"))
            for origin in origins_of(value)
            if _is_several(pair, origin)
        ]
        if sources and all(_is_even(pair, value) for value in parts):
            yield Symmetry(site, sources[0], _starter(pair, sources[0]))


def _arguments(site: SampleSite) -> Iterator[Value]:
    for _, distribution in site.distributions():
        for _, value in _leaves(distribution):
            yield value


def _leaves(distribution: Distribution) -> Iterator[tuple[str, Value]]:
    """The arguments of a distribution and of those in it."""
    for name, value in distribution.arguments.items():
        for _, option in alternatives(value):
            if isinstance(option, Distribution):
                yield from _leaves(option)
            else:
                yield name, option


def _leaf_values(value: Value | None) -> Iterator[Value]:
    for _, option in alternatives(value) if value is not None else ():
        if isinstance(option, Distribution):
            for _, leaf in _leaves(option):
                yield leaf


def _has(origins: tuple[Origin, ...], site: SampleSite) -> bool:
    return any(
        each.kind is OriginKind.LATENT and each.name == site.name and each.place == site.place
        for each in origins
    )


def _is_even(pair: Pair, value: Value) -> bool:
    """Whether all elements certainly start equal."""
    start = starting_interval(value)
    if start is not None:
        return start.lower == start.upper
    number = as_numeric(value)
    if number is None or len(number.origins) != 1 or number.applied is not None:
        return False
    origin = number.origins[0]
    return origin.kind is OriginKind.LATENT and _starter(pair, origin) is not None


def _starter(pair: Pair, origin: Origin) -> Prototype | None:
    """The AutoDelta that starts all elements of a latent at one point, if one does."""
    if origin.kind is not OriginKind.LATENT:
        return None
    for prototype in pair.guide.prototypes:
        autoguide, model = prototype.autoguide, prototype.model
        if autoguide is None or model is None or not autoguide.name.endswith(".AutoDelta"):
            continue
        for site in model.sites:
            if site.name == origin.name and site.observed is False:
                given = autoguide.arguments.get("init_loc_fn", NONE)
                return prototype if _starts_even(site, given) else None
    return None


def _starts_even(site: SampleSite, init: Value) -> bool:
    name = init.name.rsplit(".", 1)[-1] if isinstance(init, External) else None
    if name == "init_to_feasible":
        return True
    if name not in (None, "init_to_mean", "init_to_median") or (name is None and init != NONE):
        return False
    for _, distribution in site.distributions():
        if name != "init_to_mean":
            # A median is one of draws, and differs from element to element.
            return distribution.name.rsplit(".", 1)[-1] in _MULTIVARIATE
        for _, value in _leaves(distribution):
            start = starting_interval(value)
            if origins_of(value) or start is None or start.lower != start.upper:
                return False
    return True


def _is_several(pair: Pair, origin: Origin) -> bool:
    """Whether a parameter or latent certainly has more than one element."""
    if origin.kind is OriginKind.PARAMETER:
        for parameter in pair.model.parameters:
            if parameter.place == origin.place and isinstance(parameter.init, Numeric):
                return _is_many(parameter.init.shape)
    elif origin.kind is OriginKind.LATENT:
        for site in pair.model.sites:
            if site.place == origin.place and site.name == origin.name:
                extents = tuple(each.extent for each in site.plates)
                shapes = [
                    (*(each.batch_shape or ()), *(each.event_shape or ()))
                    for _, each in site.distributions()
                ]
                return _is_many(extents) or any(map(_is_many, shapes))
    return False


def _is_many(shape: tuple[object, ...] | None) -> bool:
    return any(isinstance(size, int) and size > 1 for size in shape or ())
