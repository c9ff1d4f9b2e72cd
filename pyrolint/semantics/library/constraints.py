"""Constraints: from their names and factories, and from the knowledge file's specifications."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pyrolint.semantics import sets
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.elementwise import ELEMENTWISE
from pyrolint.semantics.library import knowledge as facts
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.sets import End, Interval, Set, Structured, is_subset
from pyrolint.semantics.values import (
    Constant,
    ConstraintValue,
    Distribution,
    External,
    LibraryObject,
    Tuple,
    Value,
)
from pyrolint.syntax.ir import Place

_SIGNED_UNIT = Interval(-1.0, 1.0, End.CLOSED, End.CLOSED, free=False)
_ELEMENTS = {
    "simplex": sets.SIMPLEX.elements,
    "one_hot": Interval(0.0, 1.0, End.ATOM, End.ATOM, integer=True, free=False),
    "multinomial": Interval(0.0, math.inf, End.CLOSED, integer=True, free=False),
    "sphere": _SIGNED_UNIT,
    "corr_cholesky": _SIGNED_UNIT,
    "corr_matrix": _SIGNED_UNIT,
    "positive_ordered_vector": Interval(0.0, math.inf, free=False),
}


def bound_value(value: Value | None) -> float | None:
    """The number that an argument certainly is, None otherwise."""
    if value is None:
        return None
    number = as_numeric(value)
    if number is not None and isinstance(number.within, Interval) and number.within.is_point:
        return number.within.lower
    return None


def _bound(
    bound: facts.Bound, arguments: Mapping[str, Value], *, lower: bool, enclosing: bool
) -> float | None:
    """A bound as a number; what is not known widens an enclosing set, else gives None."""
    infinite = -math.inf if lower else math.inf
    match bound:
        case None:
            return infinite
        case facts.Reference(name, offset):
            number = bound_value(arguments.get(name))
            if number is not None:
                return number + offset
            if enclosing:
                value = as_numeric(arguments[name]) if name in arguments else None
                if value is not None and isinstance(value.within, Interval):
                    return (value.within.lower if lower else value.within.upper) + offset
            return infinite if enclosing else None
        case facts.Extent():
            return infinite if enclosing else None
        case _:
            return float(bound)


def to_set(
    spec: facts.SetSpec | None, arguments: Mapping[str, Value], *, enclosing: bool = False
) -> Set | None:
    """The set that a specification describes for these arguments.

    With ``enclosing`` unknown bounds are widened, so that the answer holds every member; without
    it they make the answer None.
    """
    match spec:
        case facts.Interval():
            if spec.circular:
                return sets.REAL
            lower = _bound(spec.lower, arguments, lower=True, enclosing=enclosing)
            upper = _bound(spec.upper, arguments, lower=False, enclosing=enclosing)
            if lower is None or upper is None:
                return None
            return Interval(
                lower,
                upper,
                End.CLOSED if spec.lower_closed and lower != -math.inf else End.OPEN,
                End.CLOSED if spec.upper_closed and upper != math.inf else End.OPEN,
                spec.integer,
            )
        case facts.Structured():
            return Structured(spec.name, _ELEMENTS.get(spec.name, sets.TIED_REAL))
        case facts.Of():
            return _set_of(spec, arguments, enclosing=enclosing)
        case _:
            return None


def _set_of(spec: facts.Of, arguments: Mapping[str, Value], *, enclosing: bool) -> Set | None:
    value = arguments.get(spec.name)
    members: Set | None = None
    match value:
        case Distribution():
            members = value.enclosure if enclosing else value.support
        case ConstraintValue():
            members = value.members
        case External():
            constraint = as_constraint(value, Place("", 0))
            members = constraint.members if constraint is not None else None
        case _:
            pass
    if spec.transforms is not None and spec.transforms in arguments:
        return _image(arguments[spec.transforms], members)
    return members


_ELEMENTWISE_TRANSFORMS = {
    "ExpTransform": "exp",
    "SigmoidTransform": "sigmoid",
    "SoftplusTransform": "softplus",
    "TanhTransform": "tanh",
    "AbsTransform": "abs",
    "LeakyReLUTransform": "leaky_relu",
    "ELUTransform": "elu",
}


def _image(transform: Value, members: Set | None) -> Set | None:
    """The image of a set under a transform or a sequence of them; None where not known."""
    if isinstance(transform, Tuple):
        for each in transform.items:
            members = _image(each, members)
        return members
    if not isinstance(transform, LibraryObject) or transform.name not in knowledge().transforms:
        return None
    name = transform.name.rsplit(".", 1)[-1]
    if name == "ComposeTransform":
        return _image(transform.arguments.get("parts", transform), members)
    interval = members if isinstance(members, Interval) else None
    if name in _ELEMENTWISE_TRANSFORMS:
        return ELEMENTWISE[_ELEMENTWISE_TRANSFORMS[name]](interval) if interval else None
    if name == "AffineTransform":
        loc = bound_value(transform.arguments.get("loc"))
        scale = bound_value(transform.arguments.get("scale"))
        if interval is None or (scale is None and not interval.is_real_line):
            return None
        if interval.is_real_line:
            return sets.REAL
        if loc is None or scale is None:
            return None
        return sets.added(sets.multiplied(interval, sets.point(scale)), sets.point(loc))
    fact = knowledge().transforms[transform.name]
    if not fact.bijective or members is None:
        return None
    if is_subset(to_set(fact.domain, transform.arguments) or sets.REAL, members) is not True:
        return None
    return to_set(fact.codomain, transform.arguments)


def as_constraint(value: Value | None, place: Place) -> ConstraintValue | None:
    """The constraint that a value is; None where it is none that is known.

    A factory that was not called, and a string, are constraints of no use: ``is_class``.
    """
    match value:
        case ConstraintValue():
            return value
        case External(name):
            fact = knowledge().constraints.get(name)
            if fact is None:
                return None
            if fact.is_factory or fact.abstract:
                return ConstraintValue(name, None, place, fact.transformable, is_class=True)
            return ConstraintValue(name, to_set(fact.spec, {}), place, fact.transformable)
        case Constant(str() as text):
            return ConstraintValue(repr(text), None, place, False, is_class=True)
        case _:
            return None


def make_constraint(name: str, arguments: Arguments, place: Place) -> ConstraintValue:
    """A constraint made by calling its factory."""
    fact = knowledge().constraints[name]
    values, _ = arguments.bind([parameter.name for parameter in fact.parameters])
    members: Set | None
    if name.endswith(".independent"):
        base = as_constraint(values.get("base_constraint"), place)
        if base is not None:
            return ConstraintValue(base.name, base.members, place, base.transformable)
        return ConstraintValue(name, None, place)
    members = to_set(fact.spec, values)
    degenerate = None
    if isinstance(members, Interval) and not members.integer:
        if members.lower > members.upper:
            degenerate = f"has its lower bound {members.lower:g} above its upper bound"
            degenerate += f" {members.upper:g}, so that nothing lies inside"
            members = None
        elif members.lower == members.upper:
            degenerate = f"has {members.lower:g} for both bounds, so that nothing else lies inside"
            members = None
    return ConstraintValue(name, members, place, fact.transformable, degenerate)
