"""The elements of one graph's drawing: plates, edges, nodes and their badges."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from pyrolint.report.drawing.graph import Badge, Graph, Node, NodeKind
from pyrolint.report.drawing.layout import Box, Layout, Point
from pyrolint.report.markup import plain
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
BADGE = 10.0
BADGES_SHOWN = 4
LOOP = 22.0
STACK = 5.0


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
            detail = SMALL_CHARACTER * len(shortened(node.detail, LONGEST_DETAIL))
            sizes[node.key] = (max(label + 36, detail + 40, 76.0), ELLIPSE_HEIGHT)
    return sizes


def room(graph: Graph) -> dict[str, tuple[float, float]]:
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


def shortened(text: str, longest: int = LONGEST_LABEL) -> str:
    """Text cut in its middle, where names differ least."""
    if len(text) <= longest:
        return text
    head = (longest - 1) * 2 // 3
    return f"{text[:head]}…{text[head + 1 - longest :]}"


def _label(node: Node) -> str:
    return shortened(escaped(node.label))


def _columns(text: str) -> int:
    """How many characters wide a text is; those of East Asia take twice the room."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def elements(graph: Graph, layout: Layout) -> list[str]:
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
        f"{plain(shortened(box.name, 40))}</text></g>"
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
        if node.kind is NodeKind.EITHER:
            ellipse += ' style="fill:url(#pg-half)"'
        if node.count > 1:
            parts.append(f'<ellipse cx="{x + STACK:.1f}" cy="{y - STACK:.1f}" {ellipse}/>')
        parts.append(f'<ellipse cx="{x:.1f}" cy="{y:.1f}" {ellipse}/>')
        name_y = y - 1 if node.detail else y + 4.5
        parts.append(f'<text class="pg-name" x="{x:.1f}" y="{name_y:.1f}">{label}</text>')
        if node.detail:
            detail = plain(shortened(node.detail, LONGEST_DETAIL))
            parts.append(f'<text class="pg-detail" x="{x:.1f}" y="{y + 14:.1f}">{detail}</text>')
        badges = (x + width / 2 * 0.78, y - height / 2 * 0.72)
    parts.append(badges_at(node.badges, *badges))
    parts.append("</g>")
    return "".join(parts)


def badges_at(badges: Sequence[Badge], x: float, y: float) -> str:
    """The marks of a node in a row; where there are many, the last counts the rest."""
    shown = list(badges)
    if len(shown) > BADGES_SHOWN:
        rest = shown[BADGES_SHOWN - 1 :]
        title = "; ".join(badge.title for badge in rest)
        more = Badge(f"+{len(rest)}", rest[0].tone, title, rest[0].href)
        shown = [*shown[: BADGES_SHOWN - 1], more]
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
