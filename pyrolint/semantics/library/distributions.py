"""Distributions: constructed from the knowledge file's families, wrapped, and judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from pyrolint.semantics import sets, shapes
from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library import knowledge as facts
from pyrolint.semantics.library.constraints import to_set
from pyrolint.semantics.library.extents import NOWHERE, extent_of, moved_to_event
from pyrolint.semantics.library.knowledge import Argument, Family, knowledge
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import Breach, BreachKind
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.sets import Interval, Set, Structured, is_subset
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.sizes import shape_of, size_of, sizes_in
from pyrolint.semantics.values import (
    NONE,
    Constant,
    ConstraintValue,
    Distribution,
    Instance,
    Items,
    List,
    Numeric,
    Origin,
    OriginKind,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def make_distribution(
    machine: Machine, name: str, arguments: Arguments, place: Place
) -> Distribution:
    """A distribution of a known family."""
    family = knowledge().families[name]
    names = [each.name for each in family.arguments if not each.keyword_only]
    values, places = arguments.bind(names)
    checked = values.pop("validate_args", None)
    values = {key: listed(machine, value) for key, value in values.items()}
    support, enclosure = supports(name, family, values)
    if (
        isinstance(family.support, facts.Interval)
        and isinstance(family.support.lower, facts.Reference)
        and isinstance(support, Interval)
        and not support.integer
        and support.lower >= support.upper
    ):
        degenerate = _degenerate(support)
        machine.facts.constraints.append(ConstraintValue(name, None, place, degenerate=degenerate))
        support = enclosure = None
    batch_shape, event_shape = (None, None) if arguments.is_open else _extent(name, family, values)
    return Distribution(
        family,
        name,
        values,
        places,
        place,
        support,
        enclosure,
        checked=checked,
        is_complete=not arguments.is_open,
        batch_shape=batch_shape,
        event_shape=event_shape,
    )


def _extent(
    name: str, family: Family, values: Mapping[str, Value]
) -> tuple[Shape | None, Shape | None]:
    """Batch and event shape, through the distributions that some are made of."""
    match name.rsplit(".", 1)[-1]:
        case "Independent":
            base = _part(values, "base_distribution")
            count = size_of(values.get("reinterpreted_batch_ndims"))
            return moved_to_event(base.batch_shape, base.event_shape, count) if base else NOWHERE
        case "MixtureSameFamily":
            mixture = _part(values, "mixture_distribution")
            component = _part(values, "component_distribution")
            if mixture is None or component is None:
                return NOWHERE
            return mixture.batch_shape, component.event_shape
        case "Delta":
            shape = shape_of(values["v"]) if "v" in values else None
            count = size_of(values.get("event_dim", Constant(0)))
            return moved_to_event(shape, (), count)
        case _:
            return extent_of(family, {key: shape_of(value) for key, value in values.items()})


def _part(values: Mapping[str, Value], name: str) -> Distribution | None:
    value = values.get(name)
    return value if isinstance(value, Distribution) else None


def _degenerate(support: Interval) -> str:
    if support.lower == support.upper:
        return f"has {support.lower:g} for both bounds, so that nothing else lies inside"
    bounds = f"its lower bound {support.lower:g} above its upper bound {support.upper:g}"
    return f"has {bounds}, so that nothing lies inside"


def listed(machine: Machine, value: Value) -> Value:
    """A list as it is now: of transforms, components or names."""
    if isinstance(value, List):
        contents = machine.store.read(value.identity, "items")
        if isinstance(contents, Items) and contents.items is not None:
            return Tuple(contents.items)
    return value


def supports(
    name: str, family: Family, values: Mapping[str, Value]
) -> tuple[Set | None, Set | None]:
    """What draws attain (None where not known), and a set that certainly holds them."""
    if name.endswith(".Delta"):
        number = as_numeric(values["v"]) if "v" in values else None
        if number is None:
            return None, None
        return number.reaches, number.within
    return to_set(family.support, values), to_set(family.support, values, enclosing=True)


def renewed(distribution: Distribution, **changes: object) -> Distribution:
    """A copy with some fields replaced."""
    return msgspec.structs.replace(distribution, **changes)


def call_distribution_method(
    machine: Machine, receiver: Distribution, name: str, arguments: Arguments, place: Place
) -> Value:
    """Wrappers keep the distribution; draws give values of its support."""
    match name:
        case "to_event" | "independent" | "reshape":
            count = arguments.get(0, "reinterpreted_batch_ndims")
            dims = count.value if isinstance(count, Constant) else 0
            extra = dims if isinstance(dims, int) else 0
            whole = len(receiver.batch_shape) if receiver.batch_shape is not None else None
            batch, event = moved_to_event(
                receiver.batch_shape,
                receiver.event_shape,
                whole if count in (None, NONE) else size_of(count),
            )
            return renewed(
                receiver,
                event_dims=receiver.event_dims + extra,
                batch_shape=batch,
                event_shape=event,
            )
        case "expand":
            return renewed(receiver, batch_shape=_expanded(machine, receiver, arguments, place))
        case "expand_by":
            leading = _sizes(machine, arguments, place)
            batch = receiver.batch_shape
            if leading is None or batch is None:
                return renewed(receiver, batch_shape=None)
            return renewed(receiver, batch_shape=(*leading, *batch))
        case "has_rsample_":
            return receiver
        case "mask":
            masked = shapes.broadcast(receiver.batch_shape, _mask_shape(arguments))
            return renewed(receiver, masked=True, batch_shape=masked)
        case "__call__" | "sample" | "rsample" | "sample_n":
            origin = Origin(OriginKind.RANDOM, place)
            origins = (origin, *(o for v in receiver.arguments.values() for o in origins_of(v)))
            leading = _sizes(machine, arguments, place) if arguments.values() else ()
            return Numeric(
                receiver.enclosure, receiver.support, None, origins, "float", "tensor",
                shape=_drawn_shape(leading, receiver),
            )  # fmt: skip
        case "log_prob" | "entropy":
            origins = tuple(o for v in receiver.arguments.values() for o in origins_of(v))
            return Unknown(f"`{name}`", place, origins)
        case _:
            origins = tuple(o for v in receiver.arguments.values() for o in origins_of(v))
            independent = all(map(is_independent, receiver.arguments.values()))
            result = opaque(f"`{name}` of a distribution", arguments, place)
            return Unknown(
                result.reason, place, (*result.origins, *origins),
                result.independent and independent,
            )  # fmt: skip


def _sizes(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    given = arguments.values()
    return sizes_in(machine, tuple(given), place) if len(given) == 1 else None


def _expanded(
    machine: Machine, receiver: Distribution, arguments: Arguments, place: Place
) -> Shape | None:
    sizes = _sizes(machine, arguments, place)
    return shapes.expanded(receiver.batch_shape, sizes) if sizes is not None else None


def _mask_shape(arguments: Arguments) -> Shape | None:
    mask = arguments.get(0, "mask")
    return shape_of(mask) if mask is not None else None


def _drawn_shape(leading: Shape | None, receiver: Distribution) -> Shape | None:
    batch, event = receiver.batch_shape, receiver.event_shape
    if leading is None or batch is None or event is None:
        return None
    return (*leading, *batch, *event)


def breaches_of(distribution: Distribution) -> Iterator[Breach]:
    """The arguments that certainly attain values outside their constraints, nested ones too."""
    family = distribution.family
    if family is None:
        return
    for argument in family.arguments:
        value = distribution.arguments.get(argument.name)
        if value is None:
            continue
        place = distribution.places.get(argument.name, distribution.place)
        for _, option in alternatives(value):
            if isinstance(option, Distribution):
                yield from breaches_of(option)
                continue
            breach = _breach(distribution, argument, option, place)
            if breach is not None:
                yield breach
                break


def needed_set(argument: Argument) -> Set | None:
    """What an argument's values must lie in, as its constructor enforces it."""
    needs = to_set(argument.enforced or argument.constraint, {}, enclosing=True)
    if argument.renormalised and isinstance(needs, Structured):
        return sets.NONNEGATIVE
    return needs


def _breach(
    distribution: Distribution, argument: Argument, value: Value, place: Place
) -> Breach | None:
    if isinstance(value, Unknown):
        return None
    number = as_numeric(value)
    if number is None or number.reaches is None:
        return None
    needs = needed_set(argument)
    if needs is None or (isinstance(needs, Interval) and needs.is_real_line):
        return None
    if is_subset(number.reaches, needs) is not False:
        return None
    if not number.origins:
        if number.form is None and number.literal is None:
            return None
        if isinstance(distribution.checked, Constant) and distribution.checked.value is False:
            return None
        if not _is_certain(number.reaches, needs):
            return None
        kind, origin = BreachKind.CONSTANT, None
    else:
        found = _culprit(number, needs)
        if found is None:
            return None
        kind, origin = found
        if isinstance(needs, Structured) and number.shape and set(number.shape) == {1}:
            # A matrix of one element is as good as a number.
            return None
    family = distribution.name.rsplit(".", 1)[-1]
    declared = to_set(argument.constraint, {}, enclosing=True)
    return Breach(
        kind, family, argument.name, needs, number.reaches, place, origin, number, declared
    )


def _is_certain(reaches: Set, needs: Set) -> bool:
    """Whether a constant meets what breaks the constraint for sure, not only by a random draw."""
    members = sets.projection(reaches)
    both_met = members.lower_end is sets.End.ATOM and members.upper_end is sets.End.ATOM
    return both_met and is_subset(members, needs) is False


_KINDS = {
    OriginKind.PARAMETER: BreachKind.UNCONSTRAINED_PARAMETER,
    OriginKind.LATENT: BreachKind.LATENT,
    OriginKind.NETWORK: BreachKind.NETWORK,
}


def _culprit(number: Numeric, needs: Set) -> tuple[BreachKind, Origin] | None:
    """The origin that picks the code: the first whose own set breaks the constraint, or any."""
    known = [origin for origin in number.origins if origin.kind in _KINDS]
    if not known:
        return None
    breaking = [
        origin
        for origin in known
        if origin.members is not None and is_subset(origin.members, needs) is False
    ]
    origin = (breaking or known)[0]
    kind = _KINDS[origin.kind]
    if kind is BreachKind.UNCONSTRAINED_PARAMETER and origin.constrained and breaking:
        kind = BreachKind.WRONG_CONSTRAINT
    return kind, origin


def as_distribution(machine: Machine, value: Value) -> Value:
    """A distribution through the disguises it wears: an instance of a project's subclass."""
    if isinstance(value, Instance):
        base = machine.store.read(value.identity, "#base")
        if isinstance(base, Distribution):
            return base
    return value
