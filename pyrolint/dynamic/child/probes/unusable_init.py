"""Whether a parameter's statement failed for an initial value that cannot be trained."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from pyrolint.dynamic.child.errors.declaring import declaration_behind
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR205")
def unusable_init(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the error of a parameter's statement."""
    found = declaration_behind(laboratory.step.error)
    if found is None or not found.has_transform or found.has_gradients:
        return
    name = f"parameter {found.name!r}" if found.name else "a parameter"
    if isinstance(found.init, Tensor):
        kind = str(found.init.dtype).removeprefix("torch.")
        given = f"a tensor of {kind}, which has no gradient"
    else:
        kind = type(found.init).__name__
        given = f"a value of type {kind}, which is no tensor"
    yield Evidence(
        "PYR205",
        Verdict.CONFIRMED,
        f"the statement of {name} raised {type(found.error).__name__}: it starts from {given}; "
        "start from a tensor of floats",
        position=found.position,
        site=found.name,
        parameter=found.name,
        figures={"error": type(found.error).__name__, "init": kind},
    )
