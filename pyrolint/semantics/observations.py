"""Data against the support of the site that observes it."""

from __future__ import annotations

import math

import msgspec

from pyrolint.semantics import sets
from pyrolint.semantics.alternatives import alternatives, contradict
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import SampleSite
from pyrolint.semantics.sets import Interval, Set, Structured, is_subset
from pyrolint.semantics.values import (
    Altered,
    Constant,
    Distribution,
    Literal,
    Numeric,
    OriginKind,
    Value,
)

DENSITY_ASKED = frozenset({"svi", "elbo", "mcmc", "root"})
"""Ways of running a model that certainly ask for the density of its observations."""

_ENDS = {
    "Beta": (("concentration1", 0.0, 1.0), ("concentration0", 1.0, 1.0)),
    "Kumaraswamy": (("concentration1", 0.0, 1.0), ("concentration0", 1.0, 1.0)),
    "Gamma": (("concentration", 0.0, 1.0),),
    "Chi2": (("df", 0.0, 2.0),),
}
"""By family: at which end the density is 0 or infinite, but for one value of an argument."""


class Outlier(msgspec.Struct, frozen=True):
    """Data that a site cannot have drawn.

    ``value`` is an offending element with its ``index``, None where only ``reaches`` or what was
    ``altered`` tells. ``at_end``: it lies in the support, where the density is 0 or infinite.
    """

    distribution: Distribution
    needs: Set
    value: float | None = None
    index: tuple[int, ...] = ()
    reaches: Set | None = None
    altered: Altered | None = None
    at_end: bool = False


def outlier(site: SampleSite) -> Outlier | None:
    """How what a site observes lies outside its support, None where it may lie inside."""
    if not site.observed or site.observation is None or site.inference_kind not in DENSITY_ASKED:
        return None
    if site.role == "guide" or site.is_masked is not False or site.breaches:
        return None
    first: Outlier | None = None
    for guard, distribution in site.distributions():
        for given, option in alternatives(site.observation):
            if contradict(guard, given) or contradict(given, site.guard):
                continue
            found = _outlier(site, distribution, option)
            if found is None:
                return None
            first = first or found
    return first


def _outlier(site: SampleSite, distribution: Distribution, observation: Value) -> Outlier | None:
    needs = distribution.enclosure
    number = as_numeric(observation)
    if needs is None or number is None or not isinstance(observation, Numeric | Constant):
        return None
    if distribution.is_base or distribution.checked not in (None, Constant(True), Constant(None)):
        return None
    if any(origin.kind is not OriginKind.RANDOM for origin in number.origins):
        return None
    is_checked = site.is_checked and site.inference_kind != "mcmc"
    if distribution.masked and not is_checked:
        return None
    literal = number.literal
    if literal is not None and literal.values and number.reaches is not None:
        return _of_literal(distribution, needs, literal, is_checked=is_checked)
    if number.altered is not None and isinstance(needs, Interval):
        is_outside = needs.integer or (number.altered.is_centred and needs.lower >= 0.0)
        return Outlier(distribution, needs, altered=number.altered) if is_outside else None
    if _is_outside(number, needs):
        return Outlier(distribution, needs, reaches=number.reaches)
    return None


def _is_outside(number: Numeric, needs: Set) -> bool:
    """Whether a value that is known by its bounds certainly has elements outside."""
    members = number.reaches
    if not isinstance(members, Interval) or not isinstance(needs, Interval):
        return False
    if is_subset(members, needs) is not False:
        return False
    if members.free and needs.integer and not members.integer:
        # A continuous draw is no whole number.
        return True
    below = members.lower_end is sets.End.ATOM and not _contains(needs, members.lower)
    above = members.upper_end is sets.End.ATOM and not _contains(needs, members.upper)
    return below or above


def _contains(needs: Interval, number: float) -> bool:
    return is_subset(sets.point(number), needs) is not False


def _of_literal(
    distribution: Distribution, needs: Set, literal: Literal, *, is_checked: bool
) -> Outlier | None:
    if isinstance(needs, Structured):
        return _of_rows(distribution, needs, literal)
    grey = distribution.name.endswith(".Bernoulli") and not is_checked
    for position, number in enumerate(literal.values):
        if not _contains(needs, number) and not (grey and 0.0 <= number <= 1.0):
            index = _index(position, literal.shape)
            return Outlier(distribution, needs, number, index)
    if distribution.masked:
        return None
    for argument, end, indifferent in _ENDS.get(distribution.name.rsplit(".", 1)[-1], ()):
        value = distribution.arguments.get(argument)
        if end in literal.values and value is not None and _is_never(value, indifferent):
            index = _index(literal.values.index(end), literal.shape)
            return Outlier(distribution, needs, end, index, at_end=True)
    return None


def _is_never(value: Value, number: float) -> bool:
    """Whether an argument is certainly another number: it is known, or drawn or trained."""
    for _, option in alternatives(value):
        each = as_numeric(option)
        if each is None:
            return False
        if each.literal is not None and not each.literal.is_eye:
            if number in each.literal.values:
                return False
        elif not each.origins or any(
            origin.kind not in (OriginKind.LATENT, OriginKind.PARAMETER) for origin in each.origins
        ):
            return False
    return True


def _of_rows(distribution: Distribution, needs: Structured, literal: Literal) -> Outlier | None:
    """Rows that must sum to 1, of a simplex or of one-hot vectors."""
    if needs.name not in ("simplex", "one_hot") or not literal.shape or literal.is_eye:
        return None
    size = literal.shape[-1]
    for start in range(0, len(literal.values), size):
        row = literal.values[start : start + size]
        if not math.isclose(sum(row), 1.0, abs_tol=1e-5) or min(row) < 0.0:
            return Outlier(distribution, needs, sum(row), _index(start, literal.shape)[:-1])
    return None


def _index(position: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index of an element by its row-major position; empty where the shape is another's."""
    if math.prod(shape) <= position:
        return ()
    index: list[int] = []
    for size in reversed(shape):
        position, rest = divmod(position, size)
        index.append(rest)
    return tuple(reversed(index))
