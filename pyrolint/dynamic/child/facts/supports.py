"""Constraint objects of torch and Pyro as sets: what lies inside, by how much, in which words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyro.distributions as dist
import torch
from torch import Tensor
from torch.distributions import TransformedDistribution, constraints
from torch.distributions.transforms import ComposeTransform

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


def base_of(distribution: Any) -> Any:
    """A distribution without what only rearranges or masks its elements."""
    while isinstance(
        distribution, (dist.Independent, dist.MaskedDistribution, dist.ExpandedDistribution)
    ):
        distribution = distribution.base_dist
    return distribution


def is_librarys(family: type) -> bool:
    """Whether torch or Pyro define a class of distributions."""
    return family.__module__.partition(".")[0] in ("torch", "pyro")


def support_members(distribution: Any) -> Members | None:
    """The set of a distribution's draws; None where it is not known.

    The support of ``Delta`` says every number, and so does that of ``Empirical``; a von Mises
    draw is an angle of one turn. Of what is transformed, torch knows only where the last
    transform leads, so that the bounds are sent through all of them.
    """
    base = base_of(distribution)
    if isinstance(base, (dist.Delta, dist.Empirical)):
        return None
    if isinstance(base, dist.VonMises):
        return Members(-math.pi, math.pi)
    # Pyro's bare interface of distributions has no support at all.
    if getattr(type(base), "support", None) is TransformedDistribution.support:
        return _transformed(support_members(base.base_dist), base.transforms)
    try:
        return members(base.support)
    except (AttributeError, NotImplementedError):
        return None


def _transformed(known: Members | None, transforms: Sequence[Any]) -> Members | None:
    """Where transforms lead a set; None where that is not certain."""
    for transform in transforms:
        if isinstance(transform, ComposeTransform):
            known = _transformed(known, transform.parts)
        elif known is not None and known.is_real_line and transform.bijective:
            known = _image_of_the_line(transform)
        elif known is not None and known.structure is None and transform.domain.event_dim == 0:
            known = _image(known, transform)
        else:
            known = None
        if known is None:
            return None
    return known


def _image_of_the_line(transform: Any) -> Members | None:
    domain = members(transform.domain)
    return members(transform.codomain) if domain is not None and domain.is_real_line else None


def _image(known: Members, transform: Any) -> Members | None:
    """A monotone transform takes ends to ends."""
    domain, codomain = members(transform.domain), members(transform.codomain)
    if known.is_discrete or not transform.bijective or domain is None or codomain is None:
        return None
    rises = torch.as_tensor(transform.sign) > 0
    low = _end(known.lower, domain.lower, torch.where(rises, *_tensors(codomain)), transform)
    high = _end(known.upper, domain.upper, torch.where(~rises, *_tensors(codomain)), transform)
    if bool(torch.isnan(low).any()) or bool(torch.isnan(high).any()):
        return None
    return Members(_number(torch.where(rises, low, high)), _number(torch.where(rises, high, low)))


def _tensors(known: Members) -> tuple[Tensor, Tensor]:
    return torch.as_tensor(known.lower), torch.as_tensor(known.upper)


def _end(end: Any, edge: Any, beyond: Tensor, transform: Any) -> Tensor:
    """Where an end goes; from the domain's own edge to the codomain's, which is not computed.

    At an edge torch's inverses clip their arguments.
    """
    end = torch.as_tensor(end)
    try:
        image: Tensor = transform(end).detach()
    # A transform of the user's own may refuse the edge in any way.
    except Exception:  # noqa: BLE001
        image = torch.full_like(end, math.nan)
    return torch.where(end == torch.as_tensor(edge), beyond.to(image.dtype), image)


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


def at_an_end(distribution: Any, value: Tensor) -> Tensor | None:
    """Which elements of a batch hold a number at an end of a continuous support; None if unknown.

    The shape is that of the distribution's log-densities.
    """
    known = support_members(distribution)
    if known is None or known.is_discrete or not value.is_floating_point():
        return None
    if known.structure not in (None, "simplex"):
        return None
    try:
        ends = (value == known.lower) | (value == known.upper)
    except RuntimeError:
        return None
    # Torch's own distributions, which may be observed, count no event dimensions.
    for _ in range(len(distribution.event_shape)):
        ends = ends.any(-1)
    return ends


def value_beyond(inner: Members, outer: Members) -> float | None:
    """A number that ``inner`` holds and ``outer`` does not; None where bounds tell of none.

    It lies one beyond the bound, or half-way where ``inner`` ends sooner.
    """
    if inner.structure is not None or outer.structure is not None:
        return None
    for sign in (1.0, -1.0):
        # The upper ends, then the lower ones mirrored.
        far, near = (
            torch.as_tensor(sign * (each.upper if sign > 0 else each.lower))
            for each in (inner, outer)
        )
        wider = far > near
        if bool(wider.any()):
            end = float(near.expand(wider.shape)[wider][0])
            limit = float(far.expand(wider.shape)[wider][0])
            return sign * min(end + 1.0, (end + limit) / 2.0)
    if outer.is_discrete and not inner.is_discrete:
        return _between_integers(
            float(torch.as_tensor(inner.lower).max()), float(torch.as_tensor(inner.upper).min())
        )
    return None


def _between_integers(lower: float, upper: float) -> float | None:
    """A number within bounds that is no integer; None where there is no room."""
    if not lower < upper:
        return None
    if math.isinf(lower):
        return 0.5 if math.isinf(upper) else math.ceil(upper) - 1.5
    found = min(lower + 0.5, (lower + upper) / 2.0)
    return found if found != round(found) else (lower + found) / 2.0


def is_inverted(known: Members) -> bool:
    """Whether an element's bounds leave no room: the lower at the upper or above it."""
    try:
        wrong = torch.as_tensor(known.lower) >= torch.as_tensor(known.upper)
    except RuntimeError:
        return False
    return known.structure is None and not known.is_discrete and bool(wrong.any())


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
