"""Whether a module was registered of which Pyro left parameters out."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_REGISTERS = "pyro.primitives.module"


@probe("PYR713")
def frozen_module(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read Pyro's warnings of parameters that require no gradient."""
    left_out: dict[Position, list[str]] = {}
    for warned in laboratory.step.warned:
        if warned.place == _REGISTERS and warned.position is not None:
            # The text begins with the parameter's name.
            left_out.setdefault(warned.position, []).append(warned.text.partition(" ")[0])
    for position, names in left_out.items():
        yield Evidence(
            "PYR713",
            Verdict.CONFIRMED,
            f"Pyro warned that it left {', '.join(map(repr, names))} of the module registered here"
            " out of the parameter store, because no gradient is required",
            position=position,
            figures={"parameters": len(names)},
        )
