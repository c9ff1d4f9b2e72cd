"""The layered drawing of a small directed graph: layers, order within each, and x coordinates.

Items are numbered; links may also start or end outside (a name instead of a number), which keeps
a way free from the top of the drawing or to its bottom.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Link = tuple[int | str, int | str]

ITEM_GAP = 26.0
BEND_WIDTH = 6.0
BEND_GAP = 12.0
WIDEST_LAYER = 6
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Layering:
    """``places`` are (x of the centre, layer) by item, ``bends`` those of each link's bends.

    Bends are listed from the link's start to its end.
    """

    width: float
    heights: tuple[float, ...]
    places: tuple[tuple[float, int], ...]
    bends: Mapping[Link, tuple[tuple[float, int], ...]]

    def upwards(self, link: Link) -> bool:
        """Whether the link runs against the layers."""
        source, target = link
        if isinstance(source, str) or isinstance(target, str):
            return False
        return self.places[source][1] > self.places[target][1]


@dataclass(slots=True)
class _Net:
    """Items and then bends as numbered vertices: layer, width, neighbours above and below."""

    items: int
    layer: list[int]
    width: list[float]
    above: list[list[int]]
    below: list[list[int]]

    def add(self, layer: int, width: float) -> int:
        self.layer.append(layer)
        self.width.append(width)
        self.above.append([])
        self.below.append([])
        return len(self.layer) - 1

    def join(self, upper: int, lower: int) -> None:
        self.below[upper].append(lower)
        self.above[lower].append(upper)


def layered(sizes: Sequence[tuple[float, float]], links: Iterable[Link]) -> Layering:
    """The drawing of items of these sizes (width, height) and the links between them."""
    ordered = sorted(
        {link for link in links if link[0] != link[1]},
        key=lambda link: (isinstance(link[0], str), isinstance(link[1], str), str(link)),
    )
    inner = [
        (source, target)
        for source, target in ordered
        if isinstance(source, int) and isinstance(target, int)
    ]
    layer = _layers(len(sizes), inner)
    depth = max(layer, default=-1) + 1
    neighbours: tuple[list[list[int]], list[list[int]]] = ([[] for _ in sizes], [[] for _ in sizes])
    net = _Net(len(sizes), layer, [width for width, _ in sizes], *neighbours)
    chains = _chains(net, ordered, depth)
    rows = _ordered(net, depth)
    x = _coordinates(net, rows)
    left = min((x[row[0]] - net.width[row[0]] / 2 for row in rows if row), default=0.0)
    right = max((x[row[-1]] + net.width[row[-1]] / 2 for row in rows if row), default=0.0)
    heights = [0.0] * depth
    for item, (_, height) in enumerate(sizes):
        heights[layer[item]] = max(heights[layer[item]], height)
    return Layering(
        right - left,
        tuple(heights),
        tuple((x[item] - left, layer[item]) for item in range(len(sizes))),
        {
            link: tuple((x[bend] - left, net.layer[bend]) for bend in chain)
            for link, chain in chains.items()
        },
    )


def _layers(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """A layer for each item, below those of its parents; layers hold WIDEST_LAYER at most.

    Where links run in a circle, the item that comes first in number is put first. Items without
    parents are moved down to stand right above the first of their children.
    """
    children: list[list[int]] = [[] for _ in range(count)]
    missing = [0] * count
    for source, target in links:
        children[source].append(target)
        missing[target] += 1
    layer = [-1] * count
    earliest = [0] * count
    waiting = list(range(count))
    filled: dict[int, int] = defaultdict(int)
    sources = {item for item in range(count) if not missing[item] and children[item]}
    while waiting:
        item = next((item for item in waiting if missing[item] <= 0), waiting[0])
        waiting.remove(item)
        layer[item] = earliest[item]
        while filled[layer[item]] >= WIDEST_LAYER:
            layer[item] += 1
        filled[layer[item]] += 1
        for child in children[item]:
            missing[child] -= 1
            earliest[child] = max(earliest[child], layer[item] + 1)
    for item in sources:
        nearest = min(layer[child] for child in children[item]) - 1
        if nearest > layer[item] and filled[nearest] < WIDEST_LAYER:
            filled[layer[item]] -= 1
            filled[nearest] += 1
            layer[item] = nearest
    used = {old: new for new, old in enumerate(sorted(set(layer)))}
    return [used[old] for old in layer]


def _chains(net: _Net, links: Sequence[Link], depth: int) -> dict[Link, list[int]]:
    """The bends of each link, one in every layer that it passes; vertices are joined up."""
    chains: dict[Link, list[int]] = {}
    for link in links:
        source, target = link
        start = net.layer[source] if isinstance(source, int) else -1
        end = net.layer[target] if isinstance(target, int) else depth
        step = 1 if start < end else -1
        chain = []
        previous = source if isinstance(source, int) else None
        for layer in range(start + step, end, step):
            vertex = net.add(layer, BEND_WIDTH)
            chain.append(vertex)
            if previous is not None:
                net.join(*((previous, vertex) if step > 0 else (vertex, previous)))
            previous = vertex
        if previous is not None and isinstance(target, int) and start != end:
            net.join(*((previous, target) if step > 0 else (target, previous)))
        chains[link] = chain
    return chains


def _ordered(net: _Net, depth: int) -> list[list[int]]:
    """The vertices of each layer from left to right, with few crossings."""
    rows: list[list[int]] = [[] for _ in range(depth)]
    for vertex, layer in enumerate(net.layer):
        rows[layer].append(vertex)
    best = [list(row) for row in rows]
    fewest = _crossings(net, best)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        for layer in range(1, depth) if downwards else range(depth - 2, -1, -1):
            fixed = rows[layer - 1] if downwards else rows[layer + 1]
            place = {vertex: index for index, vertex in enumerate(fixed)}
            neighbours = net.above if downwards else net.below
            middle = {}
            for index, vertex in enumerate(rows[layer]):
                places = [place[other] for other in neighbours[vertex]]
                middle[vertex] = sum(places) / len(places) if places else float(index)
            rows[layer].sort(key=middle.__getitem__)
        crossings = _crossings(net, rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _crossings(net: _Net, rows: Sequence[Sequence[int]]) -> int:
    """How many pairs of links cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {vertex: index for index, vertex in enumerate(lower)}
        seen: list[int] = []
        for vertex in upper:
            ends = sorted(place[child] for child in net.below[vertex])
            for end in ends:
                total += len(seen) - bisect_right(seen, end)
            for end in ends:
                insort(seen, end)
    return total


def _coordinates(net: _Net, rows: Sequence[Sequence[int]]) -> list[float]:
    """The x of each vertex's centre: near its neighbours, apart from those of its own layer."""
    x = [0.0] * len(net.layer)
    for row in rows:
        _spread(net, row, [0.0] * len(row), x)
    for sweep in range(2 * _SWEEPS):
        order = rows if sweep % 2 == 0 else rows[::-1]
        for row in order:
            wanted = []
            for vertex in row:
                around = [*net.above[vertex], *net.below[vertex]]
                wanted.append(sum(x[n] for n in around) / len(around) if around else x[vertex])
            _spread(net, row, wanted, x)
    return x


def _spread(net: _Net, row: Sequence[int], wanted: Sequence[float], x: list[float]) -> None:
    """Puts a row's vertices as near to what they want as their widths allow.

    Least squares under minimal distances: take the distances away, and what is left is an
    isotonic regression, solved by pooling neighbours that are out of order.
    """
    offsets = []
    offset = 0.0
    for index, vertex in enumerate(row):
        if index:
            before = row[index - 1]
            both_items = before < net.items and vertex < net.items
            offset += (net.width[before] + net.width[vertex]) / 2
            offset += ITEM_GAP if both_items else BEND_GAP
        offsets.append(offset)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, size = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean = (mean * size + other * count) / (size + count)
            size += count
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    for vertex, level, offset in zip(row, levels, offsets, strict=True):
        x[vertex] = level + offset
