"""Whether a tensor can reach the bound of its range, or only comes near.

`relu` gives 0 for half of all numbers, where `exp` gives it by underflow alone. For an argument
that must stay above a bound this decides between a fault and none.
"""

from __future__ import annotations

from pyrolint.dynamic.child.facts.ranges import SELECTING
from pyrolint.dynamic.child.facts.supports import support_members
from pyrolint.dynamic.child.repetition.operations import Operation, SourceKind, operands

DEEPEST = 200
"""How many operations deep it is followed; beyond that a bound counts as reached."""

# Functions whose bounds are limits: only rounding reaches them.
_OPEN = frozenset(
    "exp exp2 softplus sigmoid expit softmax elu celu gelu tanh erf atan arctan cosh logsumexp "
    "logaddexp reciprocal ndtr cdf".split()
)

# Functions that reach a bound where something that goes in reaches its own.
_PASSING = SELECTING | frozenset(
    "cat stack hstack vstack concat concatenate dstack where mul rmul multiply imul sum cumsum "
    "prod cumprod sqrt log1p expm1 neg negative matmul rmatmul mm mv bmm dot einsum linear "
    "leaky_relu".split()
)

_DIVIDING = frozenset("div truediv true_divide divide".split())


def attains(operation: Operation, depth: int = 0) -> bool:
    """Whether some value of the sources may give the bound itself; where unsure, it may."""
    source = operation.source
    if source is not None and source.kind is not SourceKind.MODULE:
        if source.kind is SourceKind.PARAMETER:
            # Pyro's transforms onto half-lines and intervals leave out the ends.
            return False
        known = support_members(getattr(source.object, "distribution", None))
        return source.kind is SourceKind.OBSERVATION or known is None or known.is_discrete
    name = (operation.function or "").strip("_")
    if name in _OPEN:
        return False
    behind = list(operands(operation))
    if depth > DEEPEST or not behind:
        return True
    if name in ("add", "radd", "iadd"):
        return all(attains(each, depth + 1) for each in behind)
    if name in _DIVIDING:
        return attains(behind[0], depth + 1)
    if name in _PASSING or operation.function in _PASSING:
        return any(attains(each, depth + 1) for each in behind)
    return True
