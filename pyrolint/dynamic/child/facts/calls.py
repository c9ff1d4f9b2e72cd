"""The distribution calls of a step, those that raised too, and what feeds their arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from pyrolint.dynamic.child.errors.raised import chain
from pyrolint.dynamic.child.observation.recorders import Construction
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import SourceKind, sources


@dataclass(frozen=True, slots=True)
class Call:
    """A distribution call of a repeat with validation off, and the error of the user's own.

    ``site`` and ``index`` (among the calls behind it) are those of the repeat; the site is None
    for a call that raised and that no repeat came by.
    """

    site: Site | None
    index: int
    construction: Construction
    error: BaseException | None


def calls(laboratory: Laboratory) -> Iterator[Call]:
    """Every distribution call behind a site, then what ended the step before any site."""
    ending = list(chain(laboratory.step.error))
    failed = {each.position: each for each in laboratory.step.failed if each.error in ending}
    reached = set()
    if laboratory.can_repeat:
        for execution in laboratory.recorded.executions:
            for site in execution.sites:
                for index, construction in enumerate(site.constructions):
                    reached.add(construction.position)
                    before = failed.get(construction.position)
                    error = before.error if before is not None else None
                    yield Call(site, index, construction, error)
    for position, construction in failed.items():
        if position not in reached:
            yield Call(None, 0, construction, construction.error)


def feeds(laboratory: Laboratory, call: Call, value: Any) -> set[SourceKind] | None:
    """The kinds of sources behind an argument; empty for a constant, None where not known."""
    if not isinstance(value, Tensor):
        return set()
    if call.site is None:
        return None
    operations = laboratory.recorded.operations
    if operations is None:
        return None
    return {source.kind for source, _ in sources(operations.of(value))}
