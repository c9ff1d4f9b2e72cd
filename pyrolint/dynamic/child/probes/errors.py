"""What Pyro and torch said themselves: the error that ended the program, and warnings."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from pyrolint.dynamic.child.errors.raised import error_position, first_line, places
from pyrolint.dynamic.child.isolation.guards import refusal_behind
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

LONGEST = 200
"""How many characters of a warning are shown."""

_ELSEWHERE = (
    "pyro.contrib.examples",
    "torch.backends",
    "torch.cuda",
    "torch.hub",
    "torch.mps",
    "torch.multiprocessing",
    "torch.serialization",
    "torch.utils",
    "torch.xpu",
)
"""Parts of the libraries whose errors tell of files, devices and processes, not of programs."""

# What the machine lacks is told as the reason for which there was no step.
_OF_MACHINE = (OSError, ImportError)

_SILENT = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning)

# To call a model by itself, to look at its draws, is no mistake.
_NO_FAULT = frozenset({"pyro.primitives.sample"})


@probe("PYR903")
def runtime_error(laboratory: Laboratory) -> Iterator[Evidence]:
    """Report an error that Pyro or torch raised, at the line of the user's that met it."""
    step = laboratory.step
    error = step.error
    # Where a notebook's cell failed before, the next failure may only follow from it.
    if error is None or step.after_failed_cell or isinstance(error, _OF_MACHINE):
        return
    if refusal_behind(error) is not None:
        return
    whose = _raiser(error)
    # The step catches an error of its own before the user's line does.
    position = error_position(error) or step.position
    if whose is None or position is None:
        return
    before = "the first inference step" if step.inference != "none" else "the program"
    yield Evidence(
        "PYR903",
        Verdict.CONFIRMED,
        f"{before} failed here, and {whose} says: {first_line(error)}",
        position=position,
        figures={"error": type(error).__name__},
    )


@probe("PYR904")
def runtime_warning(laboratory: Laboratory) -> Iterator[Evidence]:
    """Report what Pyro warned of until the step ended, each place and line once."""
    seen = set()
    for warned in laboratory.step.warned:
        key = warned.place, warned.position
        if warned.position is None or warned.place in _NO_FAULT or key in seen:
            continue
        if issubclass(warned.category, _SILENT) or warned.place.startswith(_ELSEWHERE):
            continue
        seen.add(key)
        yield Evidence(
            "PYR904",
            Verdict.CONFIRMED,
            f"Pyro warned here: {shorten(warned.text, LONGEST) or warned.category.__name__}",
            position=warned.position,
            figures={"warning": warned.category.__name__, "place": warned.place},
        )


def _raiser(error: Exception) -> str | None:
    """Which library raised it; None where the user's own code did, or it is of the machine."""
    place = next(places(error), None)
    if place is None or place.name.startswith(_ELSEWHERE):
        return None
    if place.name.startswith("pyro."):
        return "Pyro"
    if place.name.startswith("torch."):
        return "torch"
    # Torch's operators are no Python functions: the user's line is the last that there is.
    if place.is_users and not place.raises and isinstance(error, RuntimeError):
        return None if isinstance(error, (NotImplementedError, RecursionError)) else "torch"
    return None
