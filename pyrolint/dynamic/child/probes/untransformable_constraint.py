"""Whether a parameter's statement failed for a constraint that no transform leads onto."""

from __future__ import annotations

from collections.abc import Iterator

from torch.distributions import constraints

from pyrolint.dynamic.child.errors.declaring import Declaration, declaration_behind
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR113")
def untransformable_constraint(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the error of a parameter's statement."""
    found = declaration_behind(laboratory.step.error)
    if found is None or found.has_transform:
        return
    yield Evidence(
        "PYR113",
        Verdict.CONFIRMED,
        f"the statement of {_named(found)} raised {type(found.error).__name__}: {_why(found)}; "
        "take a constraint of continuous values, such as `constraints.positive`",
        position=found.position,
        site=found.name,
        parameter=found.name,
        figures={"error": type(found.error).__name__},
    )


def _named(found: Declaration) -> str:
    return f"parameter {found.name!r}" if found.name else "a parameter"


def _why(found: Declaration) -> str:
    constraint = found.constraint
    if isinstance(constraint, type) and issubclass(constraint, constraints.Constraint):
        return f"`{constraint.__name__}` is a class of constraints, and not a constraint"
    if not isinstance(constraint, constraints.Constraint):
        return f"its constraint is {type(constraint).__name__}, and not a constraint object"
    kind = type(constraint).__name__.lstrip("_")
    return f"torch has no transform from the real line onto {kind}"
