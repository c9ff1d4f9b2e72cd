"""What a constructor really accepts, where that differs from what its family declares."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from pyro.distributions import constraints
from torch.distributions import Distribution

from pyrolint.semantics.library.knowledge import (
    Dependent,
    Extent,
    Interval,
    Reference,
    SetSpec,
    Structured,
)

from .samples import Arguments, build
from .sets import describe

# Reaches past every bound that the libraries use, in steps that tell them apart.
GRID = (*(step / 4 for step in range(-12, 17)), 10.0)

# Matrices that each break one of the structured sets, or none.
MATRICES = tuple(
    torch.tensor(rows)
    for rows in (
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[2.0, 0.0, 0.0], [0.5, 2.0, 0.0], [0.5, 0.5, 2.0]],
        [[2.0, 0.5, 0.5], [0.0, 2.0, 0.5], [0.0, 0.0, 2.0]],
        [[2.0, 0.5, 0.5], [0.5, 2.0, 0.5], [0.5, 0.5, 2.0]],
        [[-2.0, 0.0, 0.0], [0.5, 2.0, 0.0], [0.5, 0.5, 2.0]],
        [[-2.0, 0.5, 0.5], [0.5, 2.0, 0.5], [0.5, 0.5, 2.0]],
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        [[0.5, 2.0, 2.0], [1.0, 0.3, 2.0], [3.0, 1.0, 0.2]],
    )
)

MATRIX_SETS = (
    "lower_cholesky",
    "lower_triangular",
    "positive_definite",
    "positive_semidefinite",
    "symmetric",
    "square",
)


def accepts(family: type[Distribution], holder: Arguments, name: str, value: object) -> bool:
    """Whether the constructor takes ``value`` for ``name`` beside the other arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return build(family, {**holder, name: value}) is not None


def renormalises(family: type[Distribution], holder: Arguments, name: str) -> bool:
    """Whether weights that do not sum to one are taken, and divided by their sum."""
    weights = torch.tensor([1.0, 3.0, 4.0])
    distribution = build(family, {**holder, name: weights})
    if distribution is None:
        return False
    stored: torch.Tensor = getattr(distribution, name)
    return torch.allclose(stored, weights / weights.sum())


def _matrix_set(
    family: type[Distribution], holder: Arguments, name: str, declared: SetSpec | None
) -> SetSpec | None:
    taken = [accepts(family, holder, name, matrix) for matrix in MATRICES]
    for each in (declared.name if isinstance(declared, Structured) else "", *MATRIX_SETS):
        constraint = getattr(constraints, each, None)
        if constraint is None:
            continue
        if [bool(constraint.check(matrix).all()) for matrix in MATRICES] == taken:
            found = describe(constraint)
            return None if found == declared else found
    return Dependent(event_dim=2)


def _holds(spec: Interval, value: float) -> bool | None:
    """Whether a number lies in an interval of numbers; None where a bound is an argument."""
    for bound, closed, sign in (
        (spec.lower, spec.lower_closed, 1.0),
        (spec.upper, spec.upper_closed, -1.0),
    ):
        if bound is None:
            continue
        if not isinstance(bound, float):
            return None
        if not (sign * value > sign * bound or (closed and value == bound)):
            return False
    return not spec.integer or value % 1 == 0


def enforced_set(
    family: type[Distribution], holder: Arguments, name: str, declared: SetSpec | None
) -> SetSpec | None:
    """The set that the constructor takes, None where it is the declared one or cannot be told."""
    sample: torch.Tensor = holder[name]
    if isinstance(declared, Structured) and declared.event_dim == 2:
        return _matrix_set(family, holder, name, declared)
    if isinstance(declared, Structured) and declared.name == "simplex":
        values = {step: torch.tensor([0.5, 0.5, step]) for step in GRID}
        declared_as = None
    elif isinstance(declared, Interval):
        if isinstance(declared.lower, Reference | Extent):
            return None
        if isinstance(declared.upper, Reference | Extent):
            return None
        values = {step: torch.full_like(sample, step) for step in GRID}
        declared_as = declared
    else:
        return None
    taken = [step for step, value in values.items() if accepts(family, holder, name, value)]
    if declared_as is not None and taken == [step for step in GRID if _holds(declared_as, step)]:
        return None
    if not taken:
        return None
    integer = all(step % 1 == 0 for step in taken)
    inside = [step for step in GRID if not integer or step % 1 == 0]
    inside = [step for step in inside if taken[0] <= step <= taken[-1]]
    if inside != taken:
        return Dependent(event_dim=sample.ndim)

    def takes(step: float) -> bool:
        like = values[taken[0]]
        value = torch.full_like(like, step) if declared_as else torch.tensor([0.5, 0.5, step])
        return accepts(family, holder, name, value)

    lower, lower_closed = _end(takes, taken[0], GRID[0], -0.25, integer)
    upper, upper_closed = _end(takes, taken[-1], GRID[-1], 0.25, integer)
    found = Interval(
        lower=lower,
        upper=upper,
        lower_closed=lower_closed,
        upper_closed=upper_closed,
        integer=integer,
        event_dim=0 if declared is None else declared.event_dim,
    )
    return None if found == declared else found


def _end(
    takes: Callable[[float], bool], last: float, outermost: float, step: float, integer: bool
) -> tuple[float | None, bool]:
    """The bound beyond ``last``, the outermost number that was taken, and whether it is closed."""
    if last == outermost:
        return None, False
    if integer:
        return last, True
    inner, outer = last, last + step
    for _ in range(20):
        middle = (inner + outer) / 2
        inner, outer = (middle, outer) if takes(middle) else (inner, middle)
    # Single precision tells bounds apart no closer than this.
    if abs(inner - last) < 1e-4:
        return last, True
    return round(outer, 4), takes(round(outer, 4))
