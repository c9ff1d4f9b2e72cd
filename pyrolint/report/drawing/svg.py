"""Graphs as SVG: one drawing of one graph or several side by side, with the style sheet it needs.

Classes in the drawing get their colours from ``graph.css``, which follows the reader's light or
dark scheme; ``standalone`` puts it into the drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from pyrolint.report.drawing.elements import (
    BADGE,
    BADGES_SHOWN,
    CHARACTER,
    SMALL_CHARACTER,
    badges_at,
    elements,
    room,
    shortened,
)
from pyrolint.report.drawing.graph import Badge, Graph, NodeKind
from pyrolint.report.drawing.layout import Layout, arrange
from pyrolint.report.markup import plain, wrapped

HEADING = 34.0
MARGIN = 14.0
GUTTER = 56.0
TITLE = 32.0
LINE = 15.0
NOTE_WIDTH = 260.0
LONGEST_TITLE = 48
SMALLEST = 0.78
"""How far a drawing may shrink to fit its page before it scrolls: its letters stay readable."""
SMALLEST_FILE = 420.0
"""How wide a file of its own is at least: what it says below the drawings has room."""


@dataclass(frozen=True, slots=True)
class Row:
    """Graphs that belong together, under a common title."""

    title: str
    graphs: tuple[Graph, ...]


def style() -> str:
    """The style sheet that drawings need."""
    return files(__package__).joinpath("graph.css").read_text("utf-8")


def standalone(rows: Sequence[Row], legends: Sequence[tuple[Badge, str]] = ()) -> str:
    """A drawing that is a file of its own: rows of graphs, and what their badges stand for."""
    drawn = [_row(row.graphs) for row in rows]
    width = max([SMALLEST_FILE, *(each.width for each in drawn)])
    parts = []
    top = 0.0
    for row, each in zip(rows, drawn, strict=True):
        if top:
            parts.append(
                f'<line class="pg-gutter" x1="{MARGIN}" x2="{width - MARGIN:.1f}" '
                f'y1="{top:.1f}" y2="{top:.1f}"/>'
            )
        title = plain(shortened(row.title, int((width - 2 * MARGIN) / CHARACTER)))
        parts.append(f'<text class="pg-title" x="{MARGIN}" y="{top + 24:.1f}">{title}</text>')
        parts.append(f'<g transform="translate(0 {top + TITLE:.1f})">{each.elements}</g>')
        top += TITLE + each.height
    for badge, text in legends:
        lines = wrapped(text, int((width - 3 * MARGIN - 2 * BADGE) / SMALL_CHARACTER))
        parts.append(badges_at([badge], MARGIN + BADGE, top + BADGE))
        parts.append(_lines(lines, "pg-legend", 2 * MARGIN + 2 * BADGE, top + BADGE + 4))
        top += max(2 * BADGE, LINE * len(lines)) + 6
    height = top + MARGIN
    ground = '<rect class="pg-ground" width="100%" height="100%"/>'
    definitions = _definitions(graph for row in rows for graph in row.graphs)
    content = f"<style>{style()}</style>{definitions}{ground}{''.join(parts)}"
    return f'{_opening(width, height)} role="img">{content}</svg>'


def draw(graphs: Sequence[Graph], label: str = "") -> str:
    """One SVG element with the graphs side by side, equal nodes at equal heights.

    ``label`` is what a screen reader says in place of the drawing.
    """
    row = _row(graphs)
    role = "group" if _linked(graphs) else "img"
    opening = f'{_opening(row.width, row.height)} role="{role}" aria-label="{plain(label)}"'
    least = f'style="min-width:{row.width * SMALLEST:.0f}px"'
    return f"{opening} {least}>{_definitions(graphs)}{row.elements}</svg>"


def _opening(width: float, height: float) -> str:
    """The beginning of an element's tag."""
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="pg" {size}'


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Elements in a coordinate system of their own, and the room that they take."""

    elements: str
    width: float
    height: float


def _row(graphs: Sequence[Graph]) -> _Drawn:
    """Graphs side by side, equal nodes at equal heights."""
    layouts = aligned([arrange(graph, room(graph)) for graph in graphs])
    parts: list[str] = []
    gutters: list[float] = []
    left = MARGIN
    bottom = 0.0
    for index, (graph, layout) in enumerate(zip(graphs, layouts, strict=True)):
        heading = plain(shortened(graph.title, LONGEST_TITLE))
        named = CHARACTER * min(len(graph.title), LONGEST_TITLE) + 4
        marked = 2 * (BADGE + 1) * min(len(graph.badges), BADGES_SHOWN)
        width = max(layout.width, named + marked, NOTE_WIDTH if graph.notes else 0.0)
        if index:
            x = left - GUTTER / 2
            gutters.append(x)
        parts.append(f'<text class="pg-heading" x="{left:.1f}" y="20">{heading}</text>')
        parts.append(badges_at(graph.badges, left + named + BADGE, 16))
        shift = left + (width - layout.width) / 2
        parts.append(f'<g transform="translate({shift:.1f} {HEADING + BADGE:.1f})">')
        parts.extend(elements(graph, layout))
        parts.append("</g>")
        below = HEADING + BADGE + layout.height
        if graph.notes:
            fitting = int(width / SMALL_CHARACTER)
            lines = [line for note in graph.notes for line in wrapped(note, fitting)]
            parts.append(_lines(lines, "pg-note", left, below + 2 * LINE))
            below += LINE * (len(lines) + 1)
        left += width + GUTTER
        bottom = max(bottom, below)
    parts.extend(
        f'<line class="pg-gutter" x1="{x:.1f}" x2="{x:.1f}" y1="8" y2="{bottom + MARGIN:.1f}"/>'
        for x in gutters
    )
    # The badges of the rightmost node reach past it.
    return _Drawn("".join(parts), left - GUTTER + MARGIN + BADGE, bottom + MARGIN)


def _lines(lines: Sequence[str], kind: str, x: float, y: float) -> str:
    """Lines of text below one another."""
    return "".join(
        f'<text class="{kind}" x="{x:.1f}" y="{y + LINE * number:.1f}">{plain(line)}</text>'
        for number, line in enumerate(lines)
    )


_ARROW = (
    '<marker id="pg-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto-start-reverse"><path class="pg-head" d="M0 0.8L7.6 4L0 7.2z"/>'
    "</marker>"
)
_HALF = (
    '<linearGradient id="pg-half"><stop class="pg-blank" offset="50%"/>'
    '<stop class="pg-shade" offset="50%"/></linearGradient>'
)


def _definitions(graphs: Iterable[Graph]) -> str:
    """What the elements refer to."""
    kinds = {node.kind for graph in graphs for node in graph.nodes}
    return f"<defs>{_ARROW}{_HALF if NodeKind.EITHER in kinds else ''}</defs>"


def aligned(layouts: Sequence[Layout]) -> list[Layout]:
    """The first two layouts stretched so that nodes of one key stand at one height.

    Where the two disagree on the order of heights, as many as possible agree in the end.
    """
    if len(layouts) != 2:
        return list(layouts)
    one, other = layouts
    pairs = sorted(
        {(one.centres[key][1], other.centres[key][1]) for key in one.centres.keys() & other.centres}
    )
    chain = _rising(pairs)
    here: list[tuple[float, float]] = []
    there: list[tuple[float, float]] = []
    before, target = (0.0, 0.0), 0.0
    for pair in chain:
        target += max(pair[0] - before[0], pair[1] - before[1])
        here.append((pair[0], target))
        there.append((pair[1], target))
        before = pair
    return [one.stretched(here), other.stretched(there)]


def _rising(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The longest run of the sorted pairs in which both heights rise strictly."""
    best: list[list[tuple[float, float]]] = []
    for index, pair in enumerate(pairs):
        runs = [
            best[earlier]
            for earlier in range(index)
            if pairs[earlier][0] < pair[0] and pairs[earlier][1] < pair[1]
        ]
        best.append([*max(runs, key=len, default=[]), pair])
    return max(best, key=len, default=[])


def _linked(graphs: Sequence[Graph]) -> bool:
    return any(badge.href for graph in graphs for node in graph.nodes for badge in node.badges)
