"""Whether a site's density is made of draws that no site made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.randomness import untraced_draws
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.probing import figure, probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, Run
from pyrolint.dynamic.child.repetition.operations import OperationRecorder
from pyrolint.dynamic.messages import Evidence, Position, Verdict


@probe("PYR708")
def untraced_randomness(laboratory: Laboratory) -> Iterator[Evidence]:
    """Replay the program twice at the same draws of every site, and compare the densities."""
    if not laboratory.can_repeat:
        return
    claims = list(laboratory.step.claimed("PYR708"))
    run = laboratory.recorded
    if run.error is not None or run.operations is None:
        return
    found = list(_drawn_behind(run, run.operations))
    if not (found or claims) or not laboratory.affords(2):
        return
    one, other = (_densities(laboratory, run, seed) for seed in (1, 2))
    done: set[Position] = set()
    for site, argument, position, used_at in found:
        key = site.role, site.name
        if position in done or one.get(key) == other.get(key):
            continue
        done.add(position)
        yield _evidence(position, site.name, argument, used_at, (one[key], other[key]))
    for claim in claims:
        position = Position(claim.filename, claim.rows[0], claim.cell)
        differing = [key for key in one if key[1] == claim.site and one[key] != other.get(key)]
        if differing and claim.site is not None and position not in done:
            key = differing[0]
            numbers = one[key], other.get(key, float("nan"))
            yield _evidence(position, claim.site, claim.argument, None, numbers)


def _drawn_behind(
    run: Run, recorder: OperationRecorder
) -> Iterator[tuple[Site, str, Position, Position | None]]:
    """Sites with the argument that a draw goes into, where it is drawn and where it is used."""
    for execution in run.executions:
        for site in execution.sites:
            if site.is_deterministic or site.is_factor:
                continue
            for argument, value, used_at in _values(site):
                for draw in untraced_draws(recorder.of(value)):
                    if draw.position is not None:
                        yield site, argument, draw.position, used_at


def _values(site: Site) -> Iterator[tuple[str, Tensor, Position | None]]:
    for construction in site.constructions:
        if construction.arguments.get("log_density") is not None:
            # A point that says itself how dense it is may be drawn in any way.
            return
        for name, value in construction.arguments.items():
            if isinstance(value, Tensor):
                yield name, value, construction.position
    if site.is_observed and isinstance(site.value, Tensor):
        yield "obs", site.value, site.position


def _densities(laboratory: Laboratory, run: Run, seed: int) -> Mapping[tuple[str, str], float]:
    """The log-density of each site at the draws of ``run``."""
    found: dict[tuple[str, str], float] = {}
    with laboratory.running(seed=seed, draws=run) as again, torch.no_grad():
        for execution in again.executions:
            for site in execution.sites:
                try:
                    density = site.distribution.log_prob(site.value)
                except (AttributeError, NotImplementedError, RuntimeError, ValueError):
                    continue
                found[site.role, site.name] = float(torch.as_tensor(density).sum())
    return found


def _evidence(
    position: Position,
    site: str,
    argument: str | None,
    used_at: Position | None,
    densities: tuple[float, float],
) -> Evidence:
    first, second = map(figure, densities)
    return Evidence(
        "PYR708",
        Verdict.CONFIRMED,
        f"replayed at the same draws of every site, site {site!r} had the log-density {first}, and "
        f"then {second}: it is made of a number that is drawn here and is no site; draw it by "
        "`pyro.sample`",
        position=position,
        site=site,
        argument=argument,
        related=(used_at,) if used_at is not None and used_at != position else (),
        figures={"log_densities": [first, second]},
    )
