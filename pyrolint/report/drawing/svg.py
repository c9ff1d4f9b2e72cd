"""Graphs as SVG: one drawing of one graph or several side by side, with the style sheet it needs.

Classes in the drawing get their colours from ``graph.css``, which follows the reader's light or
dark scheme; ``standalone`` puts it into the drawing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from pyrolint.report.drawing.graph import Badge, Graph, Node, NodeKind
from pyrolint.report.drawing.layout import Box, Layout, Point, arrange
from pyrolint.report.markup import plain, wrapped
from pyrolint.report.terminal import escaped

CHARACTER = 7.7
SMALL_CHARACTER = 6.6
LONGEST_LABEL = 22
LONGEST_DETAIL = 26
ELLIPSE_HEIGHT = 48.0
NETWORK_HEIGHT = 30.0
SQUARE = 13.0
SQUARE_BELOW = 11.0
"""How far a parameter's square lies below the middle of the node: its label stands above."""
HEADING = 34.0
MARGIN = 14.0
GUTTER = 56.0
BADGE = 10.0
SMALLEST = 0.78
"""How far a drawing may shrink to fit its page before it scrolls: its letters stay readable."""
LOOP = 22.0
TITLE = 32.0
LINE = 15.0
NOTE_WIDTH = 260.0
LONGEST_TITLE = 48
SMALLEST_FILE = 420.0
"""How wide a file of its own is at least: what it says below the drawings has room."""
STACK = 5.0
_BADGES_SHOWN = 4


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
        title = plain(_short(row.title, int((width - 2 * MARGIN) / CHARACTER)))
        parts.append(f'<text class="pg-title" x="{MARGIN}" y="{top + 24:.1f}">{title}</text>')
        parts.append(f'<g transform="translate(0 {top + TITLE:.1f})">{each.elements}</g>')
        top += TITLE + each.height
    for badge, text in legends:
        lines = wrapped(text, int((width - 3 * MARGIN - 2 * BADGE) / SMALL_CHARACTER))
        parts.append(_badges([badge], MARGIN + BADGE, top + BADGE))
        parts.append(_lines(lines, "pg-legend", 2 * MARGIN + 2 * BADGE, top + BADGE + 4))
        top += max(2 * BADGE, LINE * len(lines)) + 6
    height = top + MARGIN
    ground = '<rect class="pg-ground" width="100%" height="100%"/>'
    content = f"<style>{style()}</style>{_ARROW}{ground}{''.join(parts)}"
    return f'{_opening(width, height)} role="img">{content}</svg>'


def draw(graphs: Sequence[Graph], label: str = "") -> str:
    """One SVG element with the graphs side by side, equal nodes at equal heights.

    ``label`` is what a screen reader says in place of the drawing.
    """
    row = _row(graphs)
    role = "group" if _linked(graphs) else "img"
    opening = f'{_opening(row.width, row.height)} role="{role}" aria-label="{plain(label)}"'
    least = f'style="min-width:{row.width * SMALLEST:.0f}px"'
    return f"{opening} {least}>{_ARROW}{row.elements}</svg>"


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
    layouts = aligned([arrange(graph, _room(graph)) for graph in graphs])
    parts: list[str] = []
    gutters: list[float] = []
    left = MARGIN
    bottom = 0.0
    for index, (graph, layout) in enumerate(zip(graphs, layouts, strict=True)):
        heading = plain(_short(graph.title, LONGEST_TITLE))
        named = CHARACTER * min(len(graph.title), LONGEST_TITLE) + 4
        marked = 2 * (BADGE + 1) * min(len(graph.badges), _BADGES_SHOWN)
        width = max(layout.width, named + marked, NOTE_WIDTH if graph.notes else 0.0)
        if index:
            x = left - GUTTER / 2
            gutters.append(x)
        parts.append(f'<text class="pg-heading" x="{left:.1f}" y="20">{heading}</text>')
        parts.append(_badges(graph.badges, left + named + BADGE, 16))
        shift = left + (width - layout.width) / 2
        parts.append(f'<g transform="translate({shift:.1f} {HEADING + BADGE:.1f})">')
        parts.extend(_graph(graph, layout))
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
    '<defs><marker id="pg-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto-start-reverse"><path class="pg-head" d="M0 0.8L7.6 4L0 7.2z"/>'
    '</marker><linearGradient id="pg-half"><stop class="pg-blank" offset="50%"/>'
    '<stop class="pg-shade" offset="50%"/></linearGradient></defs>'
)


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


def _sizes(graph: Graph) -> dict[str, tuple[float, float]]:
    """The room that each node takes up, its label included."""
    sizes = {}
    for node in graph.nodes:
        label = CHARACTER * _columns(_label(node))
        if node.kind is NodeKind.PARAMETER:
            sizes[node.key] = (max(label * 0.92, SQUARE), 2 * (SQUARE_BELOW + SQUARE / 2))
        elif node.kind is NodeKind.NETWORK:
            sizes[node.key] = (max(label + 24, 60.0), NETWORK_HEIGHT)
        else:
            detail = SMALL_CHARACTER * len(_short(node.detail, LONGEST_DETAIL))
            sizes[node.key] = (max(label + 36, detail + 40, 76.0), ELLIPSE_HEIGHT)
    return sizes


def _room(graph: Graph) -> dict[str, tuple[float, float]]:
    """The nodes' sizes with what is drawn beside them: loops, and the stack behind a series."""
    loops = {source for source, target in graph.edges if source == target}
    counts = {node.key: node.count for node in graph.nodes}
    return {
        key: (
            width + (2 * LOOP if key in loops else 0.0),
            height + (2 * STACK if counts[key] > 1 else 0.0),
        )
        for key, (width, height) in _sizes(graph).items()
    }


def _short(text: str, longest: int = LONGEST_LABEL) -> str:
    """Text cut in its middle, where names differ least."""
    if len(text) <= longest:
        return text
    head = (longest - 1) * 2 // 3
    return f"{text[:head]}…{text[head + 1 - longest :]}"


def _label(node: Node) -> str:
    return _short(escaped(node.label))


def _columns(text: str) -> int:
    """How many characters wide a text is; those of East Asia take twice the room."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _linked(graphs: Sequence[Graph]) -> bool:
    return any(badge.href for graph in graphs for node in graph.nodes for badge in node.badges)


def _graph(graph: Graph, layout: Layout) -> list[str]:
    """The elements of one graph: frames first, then edges, then nodes over them."""
    sizes = _sizes(graph)
    nodes = {node.key: node for node in graph.nodes}
    parts = [_plate(box) for box in sorted(layout.boxes, key=lambda box: box.depth)]
    for (source, target), route in layout.routes.items():
        path = _path(_edge_points(nodes[source], nodes[target], layout.centres, route, sizes))
        parts.append(f'<path class="pg-edge" d="{path}" marker-end="url(#pg-arrow)"/>')
    for source, target in dict.fromkeys(graph.edges):
        if source == target and source in nodes:
            parts.append(_loop(layout.centres[source], sizes[source]))
    parts.extend(_node(node, layout.centres[node.key], sizes[node.key]) for node in graph.nodes)
    return parts


def _plate(box: Box) -> str:
    """A plate's frame with its name in the lower left corner."""
    return (
        f'<g class="pg-plate"><title>plate {plain(box.name)}</title>'
        f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="10"/>'
        f'<text x="{box.left + 12:.1f}" y="{box.top + box.height - 9:.1f}">'
        f"{plain(_short(box.name, 40))}</text></g>"
    )


def _edge_points(
    source: Node,
    target: Node,
    centres: Mapping[str, Point],
    route: Sequence[Point],
    sizes: Mapping[str, tuple[float, float]],
) -> list[Point]:
    """Where the edge leaves its parent, what it passes, and where it meets its child."""
    ways = [*route, centres[target.key]]
    start = _border(source, centres[source.key], sizes[source.key], ways[0])
    ways = [centres[source.key], *route]
    end = _border(target, centres[target.key], sizes[target.key], ways[-1])
    return [start, *route, end]


def _border(node: Node, centre: Point, size: tuple[float, float], towards: Point) -> Point:
    """The point on a node's border where an edge to ``towards`` touches it, a little apart."""
    x, y = centre
    side = 1.0 if towards[1] >= y else -1.0
    if node.kind is NodeKind.PARAMETER:
        return x, y + side * (SQUARE_BELOW + SQUARE / 2 + 1)
    half, tall = size[0] / 2, size[1] / 2
    if side < 0 and node.count > 1:
        x, y = x + STACK, y - STACK
    shift = max(-0.5, min(0.5, (towards[0] - x) / 160))
    if node.kind is NodeKind.NETWORK:
        return x + shift * half, y + side * (tall + 1)
    return x + shift * half, y + side * (tall * (1 - shift * shift) ** 0.5 + 1)


def _path(points: Sequence[Point]) -> str:
    """A smooth curve through the points that leaves and enters each of them vertically."""
    (x, y), *rest = points
    path = [f"M{x:.1f} {y:.1f}"]
    for next_x, next_y in rest:
        if abs(next_x - x) < 0.5:
            path.append(f"L{next_x:.1f} {next_y:.1f}")
        else:
            middle = (y + next_y) / 2
            path.append(
                f"C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {next_y:.1f}"
            )
        x, y = next_x, next_y
    return "".join(path)


def _loop(centre: Point, size: tuple[float, float]) -> str:
    """An edge from a node to itself: each of a series depends on the one before."""
    x, y = centre[0] - size[0] / 2, centre[1]
    return (
        f'<path class="pg-edge" d="M{x + 2.5:.1f} {y - 8:.1f}C{x - 24:.1f} {y - 24:.1f} '
        f'{x - 24:.1f} {y + 24:.1f} {x + 2.5:.1f} {y + 8:.1f}" marker-end="url(#pg-arrow)"/>'
    )


def _node(node: Node, centre: Point, size: tuple[float, float]) -> str:
    """A node with its labels, its title and its badges."""
    x, y = centre
    width, height = size
    label = plain(_label(node))
    parts = [f'<g class="pg-node pg-{node.kind.value}">', f"<title>{plain(node.title)}</title>"]
    if node.kind is NodeKind.PARAMETER:
        left, top = x - SQUARE / 2, y + SQUARE_BELOW - SQUARE / 2
        square = f'width="{SQUARE}" height="{SQUARE}" rx="2.5"'
        if node.count > 1:
            parts.append(f'<rect x="{left + 4:.1f}" y="{top - 2.5:.1f}" {square}/>')
        parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" {square}/>')
        parts.append(f'<text class="pg-name" x="{x:.1f}" y="{y - 3:.1f}">{label}</text>')
        badges = (x + SQUARE / 2 + 6 + BADGE, y + SQUARE_BELOW)
    elif node.kind is NodeKind.NETWORK:
        left, top = x - width / 2, y - height / 2
        box = f'width="{width:.1f}" height="{height:.1f}" rx="9"'
        parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" {box}/>')
        parts.append(f'<text class="pg-name" x="{x:.1f}" y="{y + 4.5:.1f}">{label}</text>')
        badges = (x + width / 2, top)
    else:
        ellipse = f'rx="{width / 2:.1f}" ry="{height / 2:.1f}"'
        if node.count > 1:
            parts.append(f'<ellipse cx="{x + STACK:.1f}" cy="{y - STACK:.1f}" {ellipse}/>')
        parts.append(f'<ellipse cx="{x:.1f}" cy="{y:.1f}" {ellipse}/>')
        name_y = y - 1 if node.detail else y + 4.5
        parts.append(f'<text class="pg-name" x="{x:.1f}" y="{name_y:.1f}">{label}</text>')
        if node.detail:
            detail = plain(_short(node.detail, LONGEST_DETAIL))
            parts.append(f'<text class="pg-detail" x="{x:.1f}" y="{y + 14:.1f}">{detail}</text>')
        badges = (x + width / 2 * 0.78, y - height / 2 * 0.72)
    parts.append(_badges(node.badges, *badges))
    parts.append("</g>")
    return "".join(parts)


def _badges(badges: Sequence[Badge], x: float, y: float) -> str:
    """The marks of a node in a row; where there are many, the last counts the rest."""
    shown = list(badges)
    if len(shown) > _BADGES_SHOWN:
        rest = shown[_BADGES_SHOWN - 1 :]
        title = "; ".join(badge.title for badge in rest)
        more = Badge(f"+{len(rest)}", rest[0].tone, title, rest[0].href)
        shown = [*shown[: _BADGES_SHOWN - 1], more]
    parts = []
    for badge in shown:
        mark = (
            f'<g class="pg-badge pg-{plain(badge.tone)}"><title>{plain(badge.title)}</title>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{BADGE}"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}">{plain(badge.label)}</text></g>'
        )
        if badge.href is not None:
            named = f'href="{plain(badge.href)}" aria-label="{plain(badge.title)}"'
            mark = f"<a {named}>{mark}</a>"
        parts.append(mark)
        x += 2 * BADGE + 2
    return "".join(parts)
