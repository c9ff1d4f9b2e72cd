"""Whether a test on a continuous latent decides which sites a draw of the model has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from pyrolint.dynamic.child.observation.step import Execution, Site
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import (
    OperationRecorder,
    Reading,
    SourceKind,
    is_floating,
    sources,
)
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR706")
def latent_control_flow(laboratory: Laboratory) -> Iterator[Evidence]:
    """Draw a program again where it reads a latent as a number, and compare what sites it has."""
    if not laboratory.can_repeat:
        return
    run = laboratory.recorded
    if run.error is not None or run.operations is None:
        return
    for execution in run.executions:
        if any(not is_floating(site.value) for site in execution.latents):
            # A discrete latent may decide, and enumeration is there for that.
            continue
        found = _read(execution, run.operations)
        others = _other_sites(laboratory, execution) if found is not None else None
        if found is not None and others is not None:
            yield _evidence(*found, *others)


def _read(execution: Execution, recorder: OperationRecorder) -> tuple[Reading, Site] | None:
    """The first test on a latent, or else the first number taken of one, with the latent."""
    for reading in chain(recorder.tests, recorder.readings):
        if reading.position is None:
            continue
        for source, _ in sources(reading.operation):
            if source.kind is SourceKind.LATENT and source.object.role == execution.role:
                site: Site = source.object
                return reading, site
    return None


def _other_sites(
    laboratory: Laboratory, execution: Execution
) -> tuple[frozenset[str], frozenset[str]] | None:
    """What sites the recorded draw has that another lacks, and the other way round."""
    own = frozenset(site.name for site in execution.sites)
    for seed in range(1, laboratory.draws):
        if not laboratory.affords(1):
            return None
        run = laboratory.run(seed=seed)
        again = run.model if execution.role == "model" else run.guide
        if again is None or run.error is not None:
            continue
        sites = frozenset(site.name for site in again.sites)
        if sites != own:
            return own - sites, sites - own
    return None


def _evidence(
    reading: Reading, latent: Site, one: frozenset[str], other: frozenset[str]
) -> Evidence:
    return Evidence(
        "PYR706",
        Verdict.CONFIRMED,
        f"what is read of the latent {latent.name!r} here decides what sites there are: one draw "
        f"had {_listed(one)} beside those of another, which had {_listed(other)}; no gradient "
        "passes a test, so choose by `torch.where`, or let a discrete site decide",
        position=reading.position,
        site=latent.name,
        related=(latent.position,) if latent.position is not None else (),
        figures={"sites": [sorted(one), sorted(other)]},
    )


def _listed(names: frozenset[str]) -> str:
    quoted = ", ".join(map(repr, sorted(names)[:3]))
    return f"site {quoted}" if len(names) == 1 else f"sites {quoted}" if names else "no other"
