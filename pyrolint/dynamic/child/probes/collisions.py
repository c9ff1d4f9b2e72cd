"""Whether two statements of one execution claim the same name or the same dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from pyro.poutine.util import site_is_subsample

from pyrolint.dynamic.child.errors.raised import places, raised_by
from pyrolint.dynamic.child.facts.modules import modules_of
from pyrolint.dynamic.child.observation.positions import raising_position
from pyrolint.dynamic.child.observation.recorders import POSITION
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_TRACE = "pyro.poutine.trace_struct.add_node"
_ATTRIBUTE = "pyro.nn.module.__getattr__"
_DIMENSIONS = "pyro.poutine.runtime.allocate"


@probe("PYR701", "PYR715", "PYR603", "PYR604")
def collisions(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read what Pyro refused: a second site of one name, or a plate's dimension."""
    error = laboratory.step.error
    if error is None:
        return
    position = raising_position(error)
    held = raised_by(error, _TRACE)
    if held is not None and isinstance(error, RuntimeError):
        unnamed = _unnamed(laboratory.step, error, held["site_name"], position)
        yield from _names(held, position) if unnamed is None else (unnamed,)
    held = raised_by(error, _DIMENSIONS)
    if held is not None and isinstance(error, ValueError):
        yield from _dimensions(held, position)


def _unnamed(
    step: Step, error: RuntimeError, name: str, position: Position | None
) -> Evidence | None:
    """Priors of two modules that have one name, because what holds them gives them none."""
    read = next((each for each in places(error) if each.name == _ATTRIBUTE), None)
    if read is None or name not in _priors(read.values["self"]):
        return None
    module = read.values["self"]
    others = [each for each in modules_of(step) if each is not module and name in _priors(each)]
    if not others and not any(True for _ in step.claimed("PYR715")):
        return None
    return Evidence(
        "PYR715",
        Verdict.CONFIRMED,
        f"one run came by two sites {name!r}, and Pyro refused the one of this"
        f" {type(module).__name__}: another PyroModule has a prior of that name, and nothing that"
        " holds them names either; hold them by a PyroModule",
        position=position,
        site=name,
        figures={"module": type(module).__name__},
    )


def _priors(module: torch.nn.Module) -> list[str]:
    """The names of a module's own sites."""
    prefix = vars(module).get("_pyro_name", "")
    own = vars(module).get("_pyro_samples", {})
    return [f"{prefix}.{each}" if prefix else each for each in own]


def _names(held: Mapping[str, Any], position: Position | None) -> Iterator[Evidence]:
    name: str = held["site_name"]
    first: Any = held["self"].nodes[name]
    second: Any = held["kwargs"]
    are_plates = site_is_subsample(first) and site_is_subsample(second)
    before = first.get(POSITION)
    where = f", first in line {before.row}" if before is not None and before != position else ""
    kinds = sorted({first["type"], second["type"]})
    what = "two plates" if are_plates else f"two {kinds[0]} statements"
    if not are_plates and (site_is_subsample(first) or site_is_subsample(second)):
        what = "a plate and a statement"
    elif len(kinds) == 2:
        what = f"a {kinds[0]} and a {kinds[1]} statement"
    yield Evidence(
        "PYR603" if are_plates else "PYR701",
        Verdict.CONFIRMED,
        f"one run came by {what} of the name {name!r}{where}, which Pyro refused; "
        "let each have a name of its own",
        position=position,
        site=name,
        related=(before,) if before is not None else (),
    )


def _dimensions(held: Mapping[str, Any], position: Position | None) -> Iterator[Evidence]:
    # What was taken has been given back since, so the other plate's name is not known.
    name, dim = held.get("name"), held.get("dim")
    code = "PYR603"
    if dim is None:
        message = f"plate {name!r} was entered inside a plate of the same name; rename one"
    elif dim >= 0:
        code = "PYR604"
        message = f"plate {name!r} asks for dim={dim}, but they count from the right: use -1, -2, …"
    else:
        message = f"plate {name!r} was entered inside a plate of its name or dim={dim}; change one"
    yield Evidence(code, Verdict.CONFIRMED, message, position=position, site=name)
