"""``graph --output-format dot``: for Graphviz; plates and programs are clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from pyrolint.report.drawing.graph import Graph, Group, Node, NodeKind, grouped
from pyrolint.report.graph.pictures import Legend, Pictures, pictures
from pyrolint.report.graph.wording import NO_PROGRAMS
from pyrolint.report.markup import wrapped
from pyrolint.report.terminal import Style, escaped

INK = "#22262e"
SHADE = "#d9e0ee"
PLATE = "#8794ad"
TONES = {"error": "#b3261e", "warning": "#8a5a00", "advice": "#4a5a86"}
_LEGEND_WIDTH = 90
_NOTE_WIDTH = 44
_LOOKS = {
    NodeKind.LATENT: 'shape=ellipse, fillcolor="white"',
    NodeKind.OBSERVED: f'shape=ellipse, fillcolor="{SHADE}"',
    NodeKind.EITHER: f'shape=ellipse, style="wedged", fillcolor="white:{SHADE}"',
    NodeKind.DETERMINISTIC: 'shape=ellipse, style="filled,dashed", fillcolor="white"',
    NodeKind.FACTOR: f'shape=ellipse, style="filled,dashed", fillcolor="{SHADE}"',
    NodeKind.PARAMETER: 'shape=box, margin="0.08,0.04", height=0.3, fillcolor="white"',
    NodeKind.NETWORK: 'shape=box, style="filled,rounded", height=0.35, fillcolor="white"',
}


def emit(graph: Mapping[str, Any], style: Style) -> Iterator[str]:
    """The lines of the report."""
    drawn = pictures(graph, style)
    yield f"digraph {_text(drawn.title)} {{"
    yield '  fontname="sans-serif"; fontsize=11; labelloc=b; labeljust=l;'
    yield f"  label={_lines(_heading(drawn))};"
    yield f'  node [fontname="sans-serif", fontsize=11, style=filled, color="{INK}"];'
    yield f'  edge [color="{PLATE}", arrowsize=0.7];'
    writer = _Writer(drawn.legends)
    for picture in drawn.pictures:
        look = "pencolor=none; fontsize=12; labelloc=t; labeljust=l;"
        yield from writer.cluster(picture.title, look, "  ")
        for each in picture.graphs:
            yield from writer.graph(each)
        yield "  }"
    yield from writer.order()
    yield "}"


def _heading(drawn: Pictures) -> list[str]:
    """The file's name and the findings, below the drawing."""
    lines = [drawn.title if drawn.pictures else f"{drawn.title}: {NO_PROGRAMS}"]
    for legend in drawn.legends:
        lines.extend(wrapped(f"{legend.label}  {legend.code} {legend.text}", _LEGEND_WIDTH))
    return lines


class _Writer:
    """Writes clusters and nodes under names that no two of them share."""

    def __init__(self, legends: tuple[Legend, ...]) -> None:
        self._codes = {legend.label: legend.code for legend in legends}
        self._clusters = count()
        self._nodes = count()
        self._roots: list[list[str]] = []

    def cluster(self, label: str, attributes: str, indent: str) -> Iterator[str]:
        """The opening lines of a cluster; the caller closes it."""
        yield f"{indent}subgraph cluster_{next(self._clusters)} {{"
        yield f"{indent}  label={_text(label)}; {attributes}"

    def graph(self, graph: Graph) -> Iterator[str]:
        """One program with its plates, notes and edges."""
        heading = " ".join([graph.title, *(f"[{badge.label}]" for badge in graph.badges)])
        yield from self.cluster(heading, f'pencolor="{PLATE}"; style=dotted;', "    ")
        names: dict[str, str] = {}
        yield from self._group(grouped(graph.nodes), names, "      ")
        notes = [line for note in graph.notes for line in wrapped(note, _NOTE_WIDTH)]
        if notes or not graph.nodes:
            # A cluster without a node is not drawn at all.
            attributes = 'shape=note, fillcolor="white", fontsize=10'
            label = _lines(notes or ["nothing to draw"])
            names[""] = f"n{next(self._nodes)}"
            yield f"      {names['']} [label={label}, {attributes}];"
        for source, target in graph.edges:
            yield f"      {names[source]} -> {names[target]};"
        yield "    }"
        children = {target for source, target in graph.edges if source != target}
        roots = [name for key, name in names.items() if key not in children]
        self._roots.append(roots or list(names.values())[:1])

    def order(self) -> Iterator[str]:
        """Lines that put the graphs side by side in their order.

        What is not joined stands in any order, so that a row of points that nobody sees is held
        above all, each point with edges to the topmost nodes of one graph.
        """
        tops = [f"t{number}" for number in range(len(self._roots))]
        if len(tops) > 1:
            yield "  node [shape=point, style=invis]; edge [style=invis];"
            yield f"  {{ rank=same; {' -> '.join(tops)}; }}"
            for top, roots in zip(tops, self._roots, strict=True):
                yield f"  {top} -> {{ {' '.join(roots)} }};"

    def _group(self, group: Group, names: dict[str, str], indent: str) -> Iterator[str]:
        for member in group.members:
            if isinstance(member, Node):
                names[member.key] = f"n{next(self._nodes)}"
                yield f"{indent}{names[member.key]} [{self._node(member)}];"
            else:
                look = f'pencolor="{PLATE}"; style=rounded; labelloc=b; labeljust=r;'
                yield from self.cluster(f"plate {member.name}", look, indent)
                yield from self._group(member, names, f"{indent}  ")
                yield f"{indent}}}"

    def _node(self, node: Node) -> str:
        lines = [node.label]
        if node.detail:
            lines.append(node.detail)
        marks = [f"{self._codes[badge.label]} [{badge.label}]" for badge in node.badges]
        attributes = [
            f"label={_text(*lines, *marks)}",
            _LOOKS[node.kind],
            f"tooltip={_text(node.title, *(badge.title for badge in node.badges))}",
        ]
        if node.count > 1 and node.kind is not NodeKind.PARAMETER:
            attributes.append("peripheries=2")
        if node.badges:
            attributes.append(f'color="{TONES[node.badges[0].tone]}", penwidth=2.5')
        return ", ".join(attributes)


def _text(*lines: str) -> str:
    """Lines as one quoted string, each centred. Graphviz reads HTML's entities in it."""
    return '"' + "\\n".join(map(_quoted, lines)) + '"'


def _lines(lines: list[str]) -> str:
    """Lines as one quoted string, each flush left."""
    return '"' + "".join(f"{_quoted(line)}\\l" for line in lines) + '"'


def _quoted(line: str) -> str:
    return escaped(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
