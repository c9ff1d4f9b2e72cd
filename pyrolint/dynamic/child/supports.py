"""Constraint objects of torch and Pyro as sets: what lies inside, by how much, in which words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pyro.distributions as dist
import torch
from torch import Tensor
from torch.distributions import constraints

_STRUCTURED = {
    "_Simplex": "simplex",
    "_LowerTriangular": "lower_triangular",
    "_LowerCholesky": "lower_cholesky",
    "_SoftplusLowerCholesky": "lower_cholesky",
    "_UnitLowerCholesky": "unit_lower_cholesky",
    "_CorrCholesky": "corr_cholesky",
    "_CorrMatrix": "corr_matrix",
    "_Square": "square",
    "_Symmetric": "symmetric",
    "_PositiveSemidefinite": "positive_semidefinite",
    "_PositiveDefinite": "positive_definite",
    "_OrderedVector": "ordered_vector",
    "_PositiveOrderedVector": "positive_ordered_vector",
    "_Sphere": "sphere",
    "_OneHot": "one_hot",
    "_Multinomial": "multinomial",
}

# Sets of matrices and vectors by the larger ones that hold them.
_WITHIN = {
    "one_hot": {"simplex", "multinomial"},
    "lower_cholesky": {"lower_triangular", "square"},
    "unit_lower_cholesky": {"lower_cholesky", "lower_triangular", "square"},
    "corr_cholesky": {"lower_cholesky", "lower_triangular", "square"},
    "corr_matrix": {"positive_definite", "positive_semidefinite", "symmetric", "square"},
    "positive_definite": {"positive_semidefinite", "symmetric", "square"},
    "positive_semidefinite": {"symmetric", "square"},
    "symmetric": {"square"},
    "lower_triangular": {"square"},
    "positive_ordered_vector": {"ordered_vector"},
}

_WORDS = {
    "simplex": "a vector of probabilities that sum to 1",
    "lower_cholesky": "a lower triangular matrix with a positive diagonal",
    "unit_lower_cholesky": "a lower triangular matrix with ones on its diagonal",
    "corr_cholesky": "a Cholesky factor of a correlation matrix",
    "corr_matrix": "a correlation matrix",
    "positive_definite": "a positive definite matrix",
    "positive_semidefinite": "a positive semidefinite matrix",
    "ordered_vector": "an ordered vector",
    "positive_ordered_vector": "an ordered vector of positive numbers",
    "one_hot": "a one-hot vector",
    "sphere": "a vector of unit length",
    "symmetric": "a symmetric matrix",
    "square": "a square matrix",
    "lower_triangular": "a lower triangular matrix",
    "multinomial": "a vector of counts",
}


@dataclass(frozen=True, slots=True)
class Members:
    """A set of numbers, or of the elements of a structured value.

    ``lower`` and ``upper`` are floats, or tensors of one bound per element. Whether an end belongs
    to the set is left out: at an end two sets differ by a null set. ``structure`` names a set of
    vectors or matrices, whose bounds are those of its elements.
    """

    lower: float | Tensor = -math.inf
    upper: float | Tensor = math.inf
    is_discrete: bool = False
    structure: str | None = None

    @property
    def is_real_line(self) -> bool:
        """Whether every number belongs to it."""
        return (
            self.structure is None
            and not self.is_discrete
            and bool((torch.as_tensor(self.lower) == -math.inf).all())
            and bool((torch.as_tensor(self.upper) == math.inf).all())
        )


REAL = Members()


def stripped(constraint: Any) -> Any:
    """A constraint without the dimensions that ``independent`` reinterprets."""
    while hasattr(constraint, "base_constraint"):
        constraint = constraint.base_constraint
    return constraint


def members(constraint: Any) -> Members | None:
    """The set that a constraint object stands for; None where it is not known."""
    constraint = stripped(constraint)
    if constraint is None or constraints.is_dependent(constraint):
        return None
    kind = next(
        (_STRUCTURED[k.__name__] for k in type(constraint).__mro__ if k.__name__ in _STRUCTURED),
        None,
    )
    is_discrete = bool(constraint.is_discrete)
    if kind is not None:
        bounded = kind in ("simplex", "one_hot")
        return Members(
            0.0 if bounded else -math.inf, 1.0 if bounded else math.inf, is_discrete, kind
        )
    name = type(constraint).__name__
    if name == "_Boolean":
        return Members(0.0, 1.0, is_discrete=True)
    if name in ("_Real", "_Integer"):
        return Members(is_discrete=is_discrete)
    if hasattr(constraint, "lower_bound") or hasattr(constraint, "upper_bound"):
        lower = getattr(constraint, "lower_bound", -math.inf)
        upper = getattr(constraint, "upper_bound", math.inf)
        return Members(_number(lower), _number(upper), is_discrete)
    if name == "_SoftplusPositive":
        return Members(0.0)
    return None


def support_members(distribution: Any) -> Members | None:
    """The set of a distribution's draws; None where it is not known.

    The support of ``Delta`` says every number; a von Mises draw is an angle of one turn.
    """
    base = distribution
    while isinstance(base, (dist.Independent, dist.MaskedDistribution, dist.ExpandedDistribution)):
        base = base.base_dist
    if isinstance(base, dist.Delta):
        return None
    if isinstance(base, (dist.VonMises,)):
        return Members(-math.pi, math.pi)
    try:
        return members(base.support)
    except NotImplementedError:
        return None


def _number(bound: Any) -> float | Tensor:
    """A bound as a float, or as a tensor where elements have bounds of their own."""
    tensor = torch.as_tensor(bound).detach()
    return float(tensor) if tensor.numel() == 1 else tensor


def is_subset(inner: Members, outer: Members) -> bool | None:
    """Whether ``inner`` lies in ``outer`` but for end points; None where that is not known."""
    if outer.is_real_line:
        return True
    if outer.structure is not None:
        if inner.structure is None:
            # A vector of positive numbers may well be built to sum to one.
            return False if inner.is_real_line and outer.structure != "square" else None
        return inner.structure == outer.structure or outer.structure in _WITHIN.get(
            inner.structure, set()
        )
    if outer.is_discrete and not inner.is_discrete:
        return False
    try:
        above = _least(torch.as_tensor(inner.lower) - torch.as_tensor(outer.lower))
        below = _least(torch.as_tensor(outer.upper) - torch.as_tensor(inner.upper))
    except RuntimeError:
        # Bounds of shapes that do not broadcast belong to values of different shapes.
        return None
    return above >= -1e-6 and below >= -1e-6


def _least(difference: Tensor) -> float:
    """The least of the differences; two ends at the same infinity differ by nothing."""
    return float(torch.nan_to_num(difference, nan=0.0, posinf=math.inf, neginf=-math.inf).min())


def margins(constraint: Any, value: Tensor, *, normalised: bool = False) -> tuple[Tensor, ...]:
    """How far inside each of its bounds every element of ``value`` lies, below 0 outside.

    Differentiable; empty where it is not known. The shape is that of ``value``, less the
    dimensions that a structured set takes. ``normalised``: weights that the constructor divides
    by their sum, so that only negative ones lie outside.
    """
    known = members(constraint)
    if known is None or known.is_real_line or not value.is_floating_point():
        return ()
    if known.structure is None:
        bounds = ((known.lower, value - known.lower), (known.upper, known.upper - value))
        return tuple(inside for bound, inside in bounds if _is_finite(bound))
    if known.structure == "simplex":
        if normalised or value.dim() == 0:
            return (value,)
        # A sum off by less is rounding.
        return value.amin(-1), 1e-4 - (value.sum(-1) - 1.0).abs()
    if value.dim() < 2:
        return ()
    if known.structure in ("lower_cholesky", "corr_cholesky"):
        above_diagonal = value.triu(1).abs().amax((-2, -1))
        return value.diagonal(dim1=-2, dim2=-1).amin(-1), 1e-6 - above_diagonal
    if known.structure in ("positive_definite", "positive_semidefinite"):
        asymmetry = (value - value.mT).abs().amax((-2, -1))
        eigenvalues = torch.linalg.eigvalsh((value + value.mT) / 2)
        return eigenvalues.amin(-1), 1e-4 - asymmetry
    return ()


def _is_finite(bound: float | Tensor) -> bool:
    return bool(torch.isfinite(torch.as_tensor(bound)).any())


def describe(known: Members | None) -> str:
    """A set in words: ``a number above 0``."""
    if known is None:
        return "a set that is not known"
    if known.structure is not None:
        return _WORDS[known.structure]
    noun = "an integer" if known.is_discrete else "a number"
    lower, upper = _words(known.lower, min), _words(known.upper, max)
    if known.is_discrete and (lower, upper) == ("0", "1"):
        return "0 or 1"
    if lower is not None and upper is not None:
        return f"{noun} from {lower} to {upper}"
    if lower is not None:
        return f"{noun} {'from' if known.is_discrete else 'above'} {lower}" + (
            " on" if known.is_discrete else ""
        )
    if upper is not None:
        return f"{noun} below {upper}"
    return "any integer" if known.is_discrete else "any number"


def _words(bound: float | Tensor, extreme: Any) -> str | None:
    value = bound if isinstance(bound, float) else float(extreme(bound.flatten().tolist()))
    return None if math.isinf(value) else f"{value:g}"
