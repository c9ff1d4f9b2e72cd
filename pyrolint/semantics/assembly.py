"""Tensors put together: of parts, of a diagonal, of one triangle."""

from __future__ import annotations

from pyrolint.semantics import sets
from pyrolint.semantics.numeric import is_whole_line
from pyrolint.semantics.sets import Interval, Set, Structured, projection
from pyrolint.semantics.values import Literal, Numeric


def joined(parts: list[Numeric]) -> Numeric:
    """``stack`` and ``cat``: every element is an element of one of the parts."""
    within: Set | None = parts[0].within if parts else None
    reaches: Set | None = parts[0].reaches if parts else None
    start = parts[0].start if parts else None
    for part in parts[1:]:
        within = sets.hull(within, part.within) if within and part.within else None
        reaches = sets.hull(reaches, part.reaches) if reaches and part.reaches else None
        start = projection(sets.hull(start, part.start)) if start and part.start else None
    origins = tuple(dict.fromkeys(origin for part in parts for origin in part.origins))
    if len(parts) > 1:
        within = _assembled(within)
        reaches = _assembled(reaches)
    dtypes = {part.dtype for part in parts}
    return Numeric(
        within,
        reaches,
        start,
        origins,
        dtypes.pop() if len(dtypes) == 1 else None,
        "tensor",
        _joined_literal(parts),
        tuple(dict.fromkeys(place for part in parts for place in part.raw)),
        independent=all(part.independent or not part.origins for part in parts),
    )


def _assembled(members: Set | None) -> Set | None:
    if isinstance(members, Interval):
        return Interval(
            members.lower,
            members.upper,
            members.lower_end,
            members.upper_end,
            members.integer,
            free=False,
        )
    return members


def _joined_literal(parts: list[Numeric]) -> Literal | None:
    values: list[float] = []
    for part in parts:
        if part.literal is None or part.literal.shape != ():
            return None
        values.append(part.literal.values[0])
    return Literal(tuple(values), (len(values),))


def diagonal(number: Numeric) -> Numeric:
    """``diag`` and ``diag_embed`` of a vector: a triangular matrix with that diagonal.

    A positive diagonal makes a matrix that is both a Cholesky factor and positive definite, for
    which the lattice has no one name: it is left unknown.
    """
    reach: Set | None = None
    members = number.reaches
    if isinstance(members, Interval) and sets.is_subset(members, sets.POSITIVE) is False:
        reach = Structured("lower_triangular", members)
    return Numeric(
        None, reach, number.start, number.origins, number.dtype, number.form,
        independent=number.independent,
    )  # fmt: skip


def triangular(number: Numeric) -> Numeric:
    """``tril``: any lower-triangular matrix where the elements were free on the line."""
    reach = sets.LOWER_TRIANGULAR if is_whole_line(number) else None
    return Numeric(
        None, reach, None, number.origins, number.dtype, number.form,
        independent=number.independent,
    )  # fmt: skip
