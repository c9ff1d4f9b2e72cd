"""Whether the program gives each particle the same densities together as it does alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyro
from pyro import poutine
from pyro.poutine.messenger import Messenger
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.observation.step import Callee, Execution, execution, unwrapped
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

PARTICLES = 3
"""How many particles are drawn together; more than two, as two may fit a dimension by chance."""

TOLERANCE = 1e-3
"""The relative difference that the order of sums may make in single precision."""

_PLATE = "_pyrolint_particles"


@probe("PYR309", needs_data=True, under_samplers=False)
def particles(laboratory: Laboratory) -> Iterator[Evidence]:
    """Draw particles at once, then run each alone with the values that it drew."""
    step = laboratory.step
    objective = step.objective
    count = getattr(objective, "num_particles", 1)
    if count < 2 or step.model is None or step.guide is None or step.error is not None:
        return
    depth = _depth(laboratory)
    if depth is None or isinstance(unwrapped(step.guide.function), Messenger):
        return
    differs: tuple[str, float, float] | None
    try:
        with laboratory.exempted(), laboratory.quiet(1):
            if not laboratory.affords(PARTICLES + 2):
                return
            differs = _differing(step.model, step.guide, -depth - 1)
    # A program that is not made for it may fail anywhere.
    except Exception:  # noqa: BLE001
        return
    position = making_position(objective) or step.position
    kind = type(objective).__name__
    if differs is None and not objective.vectorize_particles:
        yield Evidence(
            "PYR309",
            Verdict.CONFIRMED,
            f"`{kind}` runs the program for each of {count} particles, and every site has the same "
            "log-density where all are run at once: `vectorize_particles=True` is safe and faster",
            position=position,
            figures={"particles": int(count)},
        )
    elif differs is not None and objective.vectorize_particles:
        name, together, alone = differs
        found = [run.site(name) for run in step.runs]
        places = [each.position for each in found if each is not None and each.position]
        yield Evidence(
            "PYR309",
            Verdict.CONFIRMED,
            f"site {name!r} has the log-density {worded(together)} with its particles vectorised "
            f"and {worded(alone)} alone: the program mixes particles, so leave "
            "`vectorize_particles` out, or let it keep dimensions to the left apart",
            position=position,
            site=name,
            related=tuple(places),
            figures={"vectorised": figure(together), "alone": figure(alone)},
            level="warning",
        )


def _depth(laboratory: Laboratory) -> int | None:
    """How many dimensions plates take; None where particles cannot be vectorised at all."""
    depth = 0
    for run in laboratory.step.runs:
        for site in run.sites:
            if "enumerate" in site.infer:
                return None
            for frame in site.plates:
                if frame.dim is None:
                    # A plate that is iterated over.
                    return None
                if not frame.name.startswith("num_particles_vectorized"):
                    depth = max(depth, -frame.dim)
    given = getattr(laboratory.step.objective, "max_plate_nesting", float("inf"))
    if given == float("inf"):
        return depth
    # A vectorising objective has counted the particles' own dimension in.
    own = int(given) - (1 if laboratory.step.objective.vectorize_particles else 0)
    return max(depth, own)


def _differing(model: Callee, guide: Callee, dim: int) -> tuple[str, float, float] | None:
    """The first site whose log-density differs, with both; None where none does."""
    with pyro.plate(_PLATE, PARTICLES, dim=dim):
        drawn = _traced(guide, guide.function)
        together = drawn, _traced(model, poutine.replay(model.function, drawn))
    for index in range(PARTICLES):
        own = _sliced(drawn, dim, index)
        alone = _traced(guide, poutine.replay(guide.function, own))
        pair = alone, _traced(model, poutine.replay(model.function, alone))
        for whole, single in zip(together, pair, strict=True):
            found = _compared(execution("", whole), execution("", single), dim, index)
            if found is not None:
                return found
    return None


def _traced(callee: Callee, function: Callable[..., Any]) -> Any:
    return poutine.trace(function).get_trace(*callee.arguments, **callee.keywords)


def _sliced(trace: Any, dim: int, index: int) -> Any:
    """A trace with the values of one particle."""
    own = trace.copy()
    for name, node in list(own.nodes.items()):
        if node["type"] == "sample" and isinstance(node["value"], Tensor) and name != _PLATE:
            events = len(getattr(node["fn"], "event_shape", ()))
            own.nodes[name] = {**node, "value": _slice(node["value"], dim - events, index)}
    return own


def _slice(value: Tensor, dim: int, index: int) -> Tensor:
    if value.dim() < -dim:
        return value
    return value.select(dim, min(index, value.shape[dim] - 1))


def _compared(
    whole: Execution, single: Execution, dim: int, index: int
) -> tuple[str, float, float] | None:
    for site in single.sites:
        other = whole.site(site.name)
        if other is None or site.is_deterministic:
            continue
        alone = site.distribution.log_prob(site.value).detach().double()
        density = other.distribution.log_prob(other.value).detach().double()
        density = _slice(density, dim, index)
        a, b = float(alone.sum()), float(density.sum())
        size = float(alone.abs().sum()) + 1.0
        if not abs(a - b) <= TOLERANCE * size:
            return site.name, b, a
    return None
