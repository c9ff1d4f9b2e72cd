"""Which of a file's findings belong to which of the things that its graph shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from pyrolint.diagnostic import Diagnostic, Span
from pyrolint.semantics.analysis import Analysis
from pyrolint.semantics.inferences import Inference
from pyrolint.semantics.program import ParamSite, PlateUse, Program, SampleSite
from pyrolint.syntax.ir import Place

Shown: TypeAlias = SampleSite | ParamSite | PlateUse | Inference | Program


class Marks:
    """Findings by what they are about.

    A finding belongs to the smallest statement that holds it; of the sites that one statement
    makes, to those it names. What lies in no such statement belongs to the sites it names, else
    to the program around it, else to nothing.
    """

    def __init__(
        self,
        diagnostics: Sequence[Diagnostic],
        analysis: Analysis,
        locate: Callable[[Place], Span],
    ) -> None:
        self._by_identity: dict[int, list[int]] = defaultdict(list)
        if not diagnostics:
            return
        statements = _located(_statements(analysis), locate)
        programs = _located(analysis.programs, locate)
        for number, diagnostic in enumerate(diagnostics):
            shown = (
                _named(_innermost(statements, diagnostic.span), diagnostic.site)
                or _sites(analysis.programs, diagnostic)
                or _innermost(programs, diagnostic.span)
            )
            for each in {id(each): each for each in shown}.values():
                self._by_identity[id(each)].append(number)

    def of(self, shown: Shown) -> list[int]:
        """The numbers, from 0, of the findings about it."""
        return list(self._by_identity.get(id(shown), ()))


def _statements(analysis: Analysis) -> Iterator[Shown]:
    """All that stands in one statement: sites, parameters, plates and inferences."""
    for program in analysis.programs:
        yield from program.sites
        yield from program.parameters
        yield from program.plates
    yield from analysis.inferences


def _located(
    shown: Iterable[Shown], locate: Callable[[Place], Span]
) -> dict[Place, tuple[Span, list[Shown]]]:
    """What stands at each place, and the place's range."""
    found: dict[Place, tuple[Span, list[Shown]]] = {}
    for each in shown:
        if each.place.path:
            if each.place not in found:
                found[each.place] = (locate(each.place), [])
            found[each.place][1].append(each)
    return found


def _innermost(located: dict[Place, tuple[Span, list[Shown]]], span: Span) -> list[Shown]:
    """What stands at the smallest of the places that hold a range."""
    around = [(where, shown) for where, shown in located.values() if _holds(where, span)]
    if not around:
        return []
    return min(around, key=lambda each: _size(each[0]))[1]


def _holds(outer: Span, inner: Span) -> bool:
    same_text = (outer.filename, outer.cell) == (inner.filename, inner.cell)
    starts = (outer.row, outer.column) <= (inner.row, inner.column)
    ends = (inner.end_row, inner.end_column) <= (outer.end_row, outer.end_column)
    return same_text and starts and ends


def _size(span: Span) -> tuple[int, int]:
    """Of two ranges, one around the other, the inner one's is smaller."""
    return span.end_row - span.row, span.end_column - span.column


def _named(shown: list[Shown], name: str | None) -> list[Shown]:
    """Those of that name, where any has it."""
    return [each for each in shown if name is not None and each.name == name] or shown


def _sites(programs: Sequence[Program], diagnostic: Diagnostic) -> list[Shown]:
    """The sites that a finding names, in the programs that it names where they have them."""
    if diagnostic.site is None:
        return []
    own = [program for program in programs if program.name == diagnostic.program]
    for among in (own, programs):
        named = [site for each in among for site in each.sites if site.name == diagnostic.site]
        if named:
            return list[Shown](named)
    return []
