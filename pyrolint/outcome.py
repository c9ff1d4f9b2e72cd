"""What one run of ``check`` gives: diagnostics, what it covered, and what went wrong on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrolint.diagnostic import Diagnostic, Span
    from pyrolint.source import Source


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that kept part of the run from being done: the file, if one, and what failed.

    ``detail`` is a traceback, where there is one.
    """

    path: str | None
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of the Pyro code the analysis saw.

    ``unresolved`` are the first of the inferences whose model or guide is not known, and
    ``unresolved_count`` is how many there are; ``budget_hits`` counts the evaluations that were
    cut short, which happened in the files ``cut_short_in``.
    """

    programs: int = 0
    pairs: int = 0
    unresolved: tuple[Span, ...] = ()
    unresolved_count: int = 0
    budget_hits: int = 0
    cut_short_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run over ``files`` (absolute paths, in the order they were found).

    ``sources`` holds the text behind every span of the diagnostics. ``warnings`` are sentences on
    settings that had no effect.
    """

    files: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    failures: tuple[Failure, ...] = ()
    covered: Covered = field(default_factory=Covered)
    sources: Mapping[str, Source] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
