"""Where a graph's nodes, plates and edges stand: layers from parents down to children.

Each plate is laid out first and then stands as one node among its neighbours, so a plate's box
holds its own sites and nothing else. All lengths are CSS pixels, y grows downwards, and nodes
are given by their centres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pyrolint.report.drawing.graph import Graph, Group, Node, grouped
from pyrolint.report.drawing.layers import Layering, layered

Point = tuple[float, float]

LAYER_GAP = 46.0
PLATE_PADDING = 16.0
PLATE_HEADROOM = 18.0
PLATE_LABEL = 26.0


@dataclass(frozen=True, slots=True)
class Box:
    """A plate's frame. ``depth`` counts the frames around it."""

    name: str
    left: float
    top: float
    width: float
    height: float
    depth: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A drawing's geometry. ``routes`` are the points an edge passes between its two nodes."""

    width: float
    height: float
    centres: Mapping[str, Point]
    boxes: tuple[Box, ...]
    routes: Mapping[tuple[str, str], tuple[Point, ...]]

    def stretched(self, heights: Sequence[tuple[float, float]]) -> Layout:
        """This layout with each height of the pairs moved down to the second of the pair.

        What lies between is moved evenly, what lies above the first by as much as the first, and
        what lies below the last by as much as the last.
        """

        def moved(y: float) -> float:
            if not heights or y <= heights[0][0]:
                return y + (heights[0][1] - heights[0][0] if heights else 0.0)
            for (above, onto), (below, under) in pairwise(heights):
                if y <= below:
                    return onto + (y - above) * (under - onto) / (below - above)
            last, new = heights[-1]
            return new + y - last

        boxes = []
        for box in self.boxes:
            top = moved(box.top)
            bottom = moved(box.top + box.height)
            boxes.append(Box(box.name, box.left, top, box.width, bottom - top, box.depth))
        return Layout(
            self.width,
            moved(self.height),
            {key: (x, moved(y)) for key, (x, y) in self.centres.items()},
            tuple(boxes),
            {edge: tuple((x, moved(y)) for x, y in way) for edge, way in self.routes.items()},
        )


@dataclass(slots=True)
class _Block:
    """A group laid out, its top left corner at the origin."""

    width: float
    height: float
    centres: dict[str, Point] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)
    routes: dict[tuple[str, str], list[Point]] = field(default_factory=dict)


def arrange(graph: Graph, sizes: Mapping[str, tuple[float, float]]) -> Layout:
    """The layout of a graph whose nodes have these sizes (width, height).

    Edges from a node to itself, and to or from what is no node, have no route.
    """
    edges = [
        (source, target)
        for source, target in dict.fromkeys(graph.edges)
        if source != target and source in sizes and target in sizes
    ]
    block = _block(grouped(graph.nodes), edges, sizes, 0)
    routes = {edge: tuple(points) for edge, points in block.routes.items()}
    return Layout(block.width, block.height, block.centres, tuple(block.boxes), routes)


def _block(
    group: Group,
    edges: Sequence[tuple[str, str]],
    sizes: Mapping[str, tuple[float, float]],
    depth: int,
) -> _Block:
    """One group laid out, the groups inside it first."""
    holder: dict[str, int] = {}
    blocks: list[_Block] = []
    for index, member in enumerate(group.members):
        if isinstance(member, Node):
            width, height = sizes[member.key]
            blocks.append(_Block(width, height, {member.key: (width / 2, height / 2)}))
            holder[member.key] = index
        else:
            inside = set(member.keys())
            holder.update(dict.fromkeys(inside, index))
            touching = [edge for edge in edges if edge[0] in inside or edge[1] in inside]
            blocks.append(_block(member, touching, sizes, depth + 1))
    # A name from outside stands for a point above or below the block: it keeps the way free.
    links = {
        (source, target): (holder.get(source, source), holder.get(target, target))
        for source, target in edges
    }
    layering = layered([(block.width, block.height) for block in blocks], set(links.values()))
    return _framed(group, blocks, links, layering, depth)


def _framed(
    group: Group,
    blocks: Sequence[_Block],
    links: Mapping[tuple[str, str], tuple[int | str, int | str]],
    layering: Layering,
    depth: int,
) -> _Block:
    """The blocks put at their places, the edges between them joined up, and the plate's frame."""
    left, top = (0.0, 0.0) if group.name is None else (PLATE_PADDING, PLATE_HEADROOM)
    label = 0.0 if group.name is None else 7.0 * len(group.name) + 24.0
    inner = max(layering.width, label - 2 * left)
    left += (inner - layering.width) / 2
    tops: list[float] = []
    y = top
    for height in layering.heights:
        tops.append(y)
        y += height + LAYER_GAP
    bottom = y - LAYER_GAP if layering.heights else y
    whole = _Block(inner, bottom)
    corners: list[Point] = []
    for block, (x, layer) in zip(blocks, layering.places, strict=True):
        corner_y = tops[layer] + (layering.heights[layer] - block.height) / 2
        corners.append((left + x - block.width / 2, corner_y))
    if group.name is not None:
        whole.width += 2 * PLATE_PADDING
        whole.height += PLATE_LABEL
        whole.boxes.append(Box(group.name, 0.0, 0.0, whole.width, whole.height, depth - 1))
    for block, (dx, dy) in zip(blocks, corners, strict=True):
        whole.centres.update({key: (x + dx, y + dy) for key, (x, y) in block.centres.items()})
        whole.boxes.extend(
            Box(box.name, box.left + dx, box.top + dy, box.width, box.height, box.depth)
            for box in block.boxes
        )
    for edge, link in links.items():
        points: list[Point] = []
        back = layering.upwards(link)
        # The ways kept free inside plates lead in from above and out below: of no use to an edge
        # that runs upwards between two of them.
        if not back:
            points.extend(_inside(edge, link[0], blocks, corners))
        if link[0] != link[1]:
            for x, layer in layering.bends.get(link, ()):
                down = [(left + x, tops[layer]), (left + x, tops[layer] + layering.heights[layer])]
                points.extend(down[::-1] if back else down)
            if not back:
                points.extend(_inside(edge, link[1], blocks, corners))
        whole.routes[edge] = points
    return whole


def _inside(
    edge: tuple[str, str],
    item: int | str,
    blocks: Sequence[_Block],
    corners: Sequence[Point],
) -> list[Point]:
    """The points that the edge passes inside one of the blocks; none where it leads outside."""
    if isinstance(item, str):
        return []
    dx, dy = corners[item]
    return [(x + dx, y + dy) for x, y in blocks[item].routes.get(edge, ())]
