"""Families of distributions: signatures, constraints, supports, and what runs show of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec
import torch
from torch.distributions import Distribution, TransformedDistribution, constraints

from pyrolint.semantics.library.knowledge import (
    Argument,
    Bound,
    Dependent,
    Extent,
    Family,
    Interval,
    Of,
    Parameter,
    Reference,
    SetSpec,
    Structured,
)

from .enforcement import enforced_set, renormalises
from .extents import broadcasts
from .naming import Names
from .observations import draws_integers, refusals
from .roles import role_of
from .samples import (
    BASE_ARGUMENTS,
    BASES,
    REFUSALS,
    Arguments,
    build,
    class_constraints,
    valid_arguments,
)
from .sets import describe
from .signatures import parameters

TWO_PI = 2 * torch.pi


def _support(distribution: Distribution) -> SetSpec:
    try:
        return describe(distribution.support)
    except REFUSALS:
        return Dependent()


def _declared(distribution: Distribution) -> dict[str, constraints.Constraint]:
    try:
        return dict(distribution.arg_constraints)
    except NotImplementedError:
        return {}


def _moved(value: object) -> list[object]:
    """Other values of a numeric argument, near and of the other sign; none for other objects."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        step = 1.0 if bool((value % 1 == 0).all()) else 0.25
        return [value + step, -value]
    return []


def _ends(spec: SetSpec) -> dict[str, Bound]:
    if isinstance(spec, Interval):
        return {"lower": spec.lower, "upper": spec.upper}
    if isinstance(spec, Structured):
        return {"upper": spec.upper}
    return {}


def _referring(
    family: type[Distribution], variants: list[Arguments], tell: Callable[[Distribution], SetSpec]
) -> SetSpec:
    """What ``tell`` says of the family, with bounds that follow an argument told as such.

    ``variants`` are argument sets of two sizes; the first is the base. Dependent where a bound
    moves in a way that is neither the value of one argument nor the size of one.
    """
    first = build(family, variants[0])
    assert first is not None, family
    spec = tell(first)
    ends = _ends(spec)
    followed: dict[str, set[str]] = {end: set() for end in ends}
    for name, value in variants[0].items():
        for other in _moved(value):
            moved = build(family, {**variants[0], name: other})
            if moved is None:
                continue
            changed = tell(moved)
            blank = dict.fromkeys(ends)
            if type(changed) is not type(spec) or (
                ends and _replace(changed, blank) != _replace(spec, blank)
            ):
                return Dependent(event_dim=spec.event_dim)
            for end, bound in _ends(changed).items():
                if bound != ends[end]:
                    followed[end].add(name)
    found: dict[str, Bound] = {}
    for end, followers in followed.items():
        bound = ends[end]
        if not isinstance(bound, float):
            continue
        if len(followers) > 1:
            return Dependent(event_dim=spec.event_dim)
        if followers:
            name = followers.pop()
            value = float(torch.as_tensor(variants[0][name]).reshape(-1)[0])
            found[end] = Reference(name, round(bound - value, 6))
            continue
        extent = _extent(family, variants, tell, end)
        if extent is not None:
            found[end] = extent
    return _replace(spec, found)


def _replace(spec: SetSpec, ends: dict[str, Any]) -> SetSpec:
    return msgspec.structs.replace(spec, **ends) if ends else spec


def _extent(
    family: type[Distribution],
    variants: list[Arguments],
    tell: Callable[[Distribution], SetSpec],
    end: str,
) -> Extent | None:
    """The bound as a size of an argument, where it differs as the sizes do."""
    names: list[str] = []
    offsets: set[float] = set()
    bounds: set[float] = set()
    for arguments in variants:
        distribution = build(family, arguments)
        bound = None if distribution is None else _ends(tell(distribution)).get(end)
        if not isinstance(bound, float):
            return None
        sized = [
            (name, value.shape[-1])
            for name, value in arguments.items()
            if isinstance(value, torch.Tensor) and value.ndim
        ]
        if len(sized) != 1:
            return None
        bounds.add(bound)
        names.append(sized[0][0])
        offsets.add(bound - sized[0][1])
    if len(bounds) < 2 or len(offsets) > 1:
        return None
    return Extent(tuple(dict.fromkeys(names)), offsets.pop())


def _follows_base(family: type[Distribution], names: list[str]) -> SetSpec | None:
    """The support as that of the base distribution, where it is so for several bases."""
    base_name = next((name for name in BASE_ARGUMENTS if name in names), None)
    if base_name is None:
        return None
    deepened: set[int] = set()
    supports: set[SetSpec] = set()
    for index in range(len(BASES)):
        arguments = valid_arguments(family, base=index)
        distribution = build(family, arguments[0]) if arguments else None
        if distribution is None:
            return None
        support, base = _support(distribution), describe(arguments[0][base_name].support)
        deepened.add(support.event_dim - base.event_dim)
        supports.add(base)
        if msgspec.structs.replace(support, event_dim=base.event_dim) != base:
            return None
    if len(deepened) > 1 or len(supports) < len(BASES):
        return None
    depth = deepened.pop()
    counted = next((name for name in names if name.startswith("reinterpreted")), None)
    return Of(
        base_name,
        event_dim=0 if counted else depth,
        event_dim_argument=counted,
        transforms="transforms" if "transforms" in names else None,
    )


def _given_support(family: type[Distribution], arguments: Arguments) -> SetSpec | None:
    """The support as a constraint argument, where the family has whatever support it is given."""
    for name, value in arguments.items():
        if isinstance(value, constraints.Constraint):
            for other in (constraints.positive, constraints.unit_interval):
                distribution = build(family, {**arguments, name: other})
                if distribution is None or distribution.support is not other:
                    return None
            return Of(name)
    return None


def _exclusive(
    family: type[Distribution], sets: list[Arguments], names: list[str]
) -> tuple[tuple[str, ...], ...]:
    """Groups of which exactly one argument is to be given, from the minimal valid sets."""
    if len(sets) < 2:
        return ()
    groups: list[tuple[str, ...]] = []
    valid = {frozenset(each) for each in sets}
    varying = [name for name in names if 0 < sum(name in each for each in sets) < len(sets)]
    while varying:
        name = varying[0]
        holder = next(each for each in sets if name in each)
        group = [name]
        for other in varying[1:]:
            source = next(each for each in sets if other in each)
            both = {**holder, other: source[other]}
            swapped = frozenset(both) - {name}
            if other not in holder and swapped in valid and build(family, both) is None:
                group.append(other)
        if len(group) > 1:
            groups.append(tuple(group))
        varying = [each for each in varying if each not in group]
    return tuple(groups)


def _is_circular(distribution: Distribution, support: SetSpec) -> bool:
    """Whether a turn of 2 pi leaves the density of a distribution on the reals as it was."""
    if not isinstance(support, Interval) or support.integer or support.lower is not None:
        return False
    try:
        value = distribution.sample()
        near = distribution.log_prob(value)
        far = distribution.log_prob(value + TWO_PI)
    except REFUSALS:
        return False
    flat = distribution.log_prob(value + 1.0)
    return torch.allclose(near, far, atol=1e-3) and not torch.allclose(near, flat, atol=1e-3)


def _unbuilt(family: type[Distribution], names: Names) -> Family:
    declared = class_constraints(family)
    rsample = getattr(family, "has_rsample", False)
    support = getattr(family, "support", None)
    return Family(
        arguments=tuple(
            Argument(
                name=item.name,
                required=item.required,
                default=item.default,
                keyword_only=item.keyword_only,
                constraint=describe(declared[item.name]) if item.name in declared else None,
            )
            for item in parameters(family)
            if item.name != "validate_args" and not item.star
        ),
        support=describe(support),
        event_dim=describe(support).event_dim,
        has_rsample=rsample is True,
        has_enumerate_support=getattr(family, "has_enumerate_support", False) is True,
        is_transformed=issubclass(family, TransformedDistribution),
        bases=names.bases(family),
    )


def _read_argument(
    family: type[Distribution],
    item: Parameter,
    distribution: Distribution,
    sets: list[Arguments],
    variants: list[Arguments],
) -> Argument:
    """One argument: what is declared of it, what is enforced, what it does."""
    name = item.name
    declared: SetSpec | None = None
    enforced: SetSpec | None = None
    renormalised = False
    role: str | None = None
    constraint = _declared(distribution).get(name)
    holder = next((each for each in sets if name in each), None)
    if constraint is not None:
        declared = describe(constraint)
    if constraint is not None and holder is not None:

        def tell(each: Distribution) -> SetSpec:
            return describe(_declared(each)[name])

        declared = _referring(family, [each for each in variants if name in each], tell)
    if holder is not None and isinstance(holder[name], torch.Tensor):
        renormalised = constraint is constraints.simplex and renormalises(family, holder, name)
        enforced = enforced_set(family, holder, name, declared)
        role = role_of(family, holder, name)
    return Argument(
        name=name,
        required=item.required,
        default=item.default,
        keyword_only=item.keyword_only,
        constraint=declared,
        enforced=enforced,
        renormalised=renormalised,
        role=role,
    )


def _is_discrete(distribution: Distribution) -> bool:
    try:
        support: Any = distribution.support
        return bool(support.is_discrete)
    except REFUSALS:
        return False


def read_family(family: type[Distribution], names: Names) -> Family:
    """Everything about one class of distributions."""
    sets = valid_arguments(family)
    distribution = build(family, sets[0]) if sets else None
    if distribution is None or inspect.isabstract(family) or not sets[0]:
        return _unbuilt(family, names)
    signature = [
        item for item in parameters(family) if item.name != "validate_args" and not item.star
    ]
    argument_names = [item.name for item in signature]
    variants = [*sets, *valid_arguments(family, size=4)]
    support = (
        _follows_base(family, argument_names)
        or _given_support(family, sets[0])
        or _referring(family, variants, _support)
    )
    if isinstance(support, Interval) and _is_circular(distribution, support):
        support = msgspec.structs.replace(support, circular=True)
    facts = Family(
        arguments=tuple(
            _read_argument(family, item, distribution, sets, variants) for item in signature
        ),
        support=support,
        event_dim=support.event_dim,
        has_rsample=bool(distribution.has_rsample),
        has_enumerate_support=bool(distribution.has_enumerate_support),
        is_discrete=_is_discrete(distribution),
        is_transformed=isinstance(distribution, TransformedDistribution),
        broadcasts=True,
        exclusive=_exclusive(family, sets, argument_names),
        bases=names.bases(family),
        refused=refusals(distribution),
        draws_integers=draws_integers(distribution),
    )
    return msgspec.structs.replace(facts, broadcasts=broadcasts(family, facts, variants))


def read_families(names: Names) -> dict[str, Family]:
    """All public classes of distributions, by canonical name."""
    return {
        name: read_family(family, names)
        for name, family in sorted(names.classes(Distribution).items())
    }
