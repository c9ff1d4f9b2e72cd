"""Constraint objects of torch and Pyro, told as set specs."""

from __future__ import annotations

import re
import warnings

import msgspec
import torch
from torch.distributions import constraints

from pyrolint.semantics.library.knowledge import (
    Dependent,
    Interval,
    SetSpec,
    Structured,
)


def snake_case(name: str) -> str:
    """``_LowerCholesky`` to ``lower_cholesky``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.lstrip("_")).lower()


def _first(value: object) -> float | None:
    """A bound as a number: the first element of a tensor; None where infinite."""
    number = float(torch.as_tensor(value).reshape(-1)[0])
    return number if abs(number) < float("inf") else None


def _holds(constraint: constraints.Constraint, value: float) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(constraint.check(torch.tensor(value)).all())


def is_elementwise(constraint: constraints.Constraint) -> bool:
    """Whether the constraint is one of bounds, of reals or of whole numbers, element by element."""
    return (
        (
            any(hasattr(constraint, end) for end in ("lower_bound", "upper_bound"))
            and constraint.event_dim == 0
        )
        or type(constraint) is type(constraints.real)
        or type(constraint) is type(constraints.boolean)
        or snake_case(type(constraint).__name__) == "integer"
    )


def _elementwise(constraint: constraints.Constraint) -> Interval:
    lower: float | None
    upper: float | None
    if type(constraint) is type(constraints.boolean):
        lower, upper = 0.0, 1.0
    else:
        lower = _first(getattr(constraint, "lower_bound", -float("inf")))
        upper = _first(getattr(constraint, "upper_bound", float("inf")))
    return Interval(
        lower=lower,
        upper=upper,
        lower_closed=lower is not None and _holds(constraint, lower),
        upper_closed=upper is not None and _holds(constraint, upper),
        integer=bool(constraint.is_discrete),
        accepts_nan=_holds(constraint, float("nan")),
    )


def deepen(spec: SetSpec, dimensions: int) -> SetSpec:
    """The spec with that many more event dimensions."""
    return msgspec.structs.replace(spec, event_dim=spec.event_dim + dimensions)


def describe(constraint: object) -> SetSpec:
    """The spec of a constraint object with numeric bounds; Dependent where it has no extension."""
    if isinstance(constraint, constraints.independent):
        return deepen(describe(constraint.base_constraint), constraint.reinterpreted_batch_ndims)
    if isinstance(constraint, constraints.MixtureSameFamilyConstraint):
        return describe(constraint.base_constraint)
    if not isinstance(constraint, constraints.Constraint):
        return Dependent()
    if constraints.is_dependent(constraint):
        try:
            return Dependent(event_dim=constraint.event_dim)
        except NotImplementedError:
            return Dependent()
    if is_elementwise(constraint):
        return _elementwise(constraint)
    if isinstance(constraint, constraints.multinomial):
        return Structured("multinomial", constraint.event_dim, _first(constraint.upper_bound))
    return Structured(snake_case(type(constraint).__name__), constraint.event_dim)
