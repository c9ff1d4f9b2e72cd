"""Whether a module that is none of Pyro's was given a prior or a constrained parameter."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from pyro.nn import PyroModule, PyroParam, PyroSample

from pyrolint.dynamic.child.errors.raised import error_position, raised_by
from pyrolint.dynamic.child.facts.modules import modules_of
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_SETS = "torch.nn.modules.module.__setattr__"


@probe("PYR710")
def prior_on_plain_module(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read torch's refusal, or look for the object among what the programs' modules hold."""
    step = laboratory.step
    held = raised_by(step.error, _SETS)
    if held is not None and step.error is not None and isinstance(held.get("value"), _MARKERS):
        kind = type(held["value"]).__name__
        yield Evidence(
            "PYR710",
            Verdict.CONFIRMED,
            f"torch refused the {kind} for `{held['name']}` of {_name(held['self'])}, which is no"
            " PyroModule",
            position=error_position(step.error),
            argument=str(held["name"]),
            figures={"error": type(step.error).__name__, "module": type(held["self"]).__name__},
        )
    yield from _idle(step)


_MARKERS = (PyroSample, PyroParam)


def _idle(step: Step) -> Iterator[Evidence]:
    """Objects that modules of the programs keep and make nothing of."""
    idle = {
        name: module
        for module in modules_of(step)
        if not isinstance(module, PyroModule)
        for name, value in vars(module).items()
        if isinstance(value, _MARKERS)
    }
    for claim in step.claimed("PYR710"):
        module = idle.get(claim.argument or "")
        if module is not None:
            yield Evidence(
                "PYR710",
                Verdict.CONFIRMED,
                f"{_name(module)} holds `{claim.argument}` as a mere object: neither a site nor a"
                " parameter came of it",
                position=Position(claim.filename, claim.rows[0], claim.cell),
                argument=claim.argument,
                figures={"module": type(module).__name__},
            )


def _name(module: torch.nn.Module) -> str:
    return f"the {type(module).__name__}"
