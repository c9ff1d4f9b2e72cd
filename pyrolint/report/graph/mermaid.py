"""``graph --output-format mermaid``: a flowchart, as Markdown renders it on many sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyrolint.report.drawing.graph import Graph, Group, Node, NodeKind, grouped
from pyrolint.report.graph.pictures import Legend, pictures
from pyrolint.report.graph.wording import NO_PROGRAMS
from pyrolint.report.markup import wrapped
from pyrolint.report.terminal import Style, escaped

MOST_EDGES = 500
"""What Mermaid draws unless its page allows more (``maxEdges``)."""

_SHAPES = {
    NodeKind.PARAMETER: ("[", "]"),
    NodeKind.NETWORK: ("{{", "}}"),
}
_ELLIPSE = ("([", "])")
_NOTE_WIDTH = 44
_LEGEND_WIDTH = 90
_ESCAPED = frozenset("\"#&<>%`*~\\;@$|^'")
_CLASSES = {
    "latent": "fill:#ffffff,stroke:#22262e,color:#22262e",
    "observed": "fill:#d9e0ee,stroke:#22262e,color:#22262e",
    "either": "fill:#edf1f8,stroke:#22262e,color:#22262e,stroke-dasharray:2 3",
    "deterministic": "fill:#ffffff,stroke:#22262e,color:#22262e,stroke-dasharray:5 4",
    "factor": "fill:#d9e0ee,stroke:#22262e,color:#22262e,stroke-dasharray:5 4",
    "parameter": "fill:#3b4a6b,stroke:#22262e,color:#ffffff",
    "network": "fill:#ffffff,stroke:#3b4a6b,color:#22262e",
    "note": "fill:#fffbe6,stroke:#8794ad,color:#22262e,text-align:left",
    "box": "fill:none,stroke:#8794ad",
    "error": "stroke:#b3261e,stroke-width:3px",
    "warning": "stroke:#c98a00,stroke-width:3px",
    "advice": "stroke:#4a6ac8,stroke-width:3px",
}


def emit(graph: Mapping[str, Any], style: Style) -> Iterator[str]:
    """The lines of the report."""
    drawn = pictures(graph, style)
    edges = sum(len(each.edges) for picture in drawn.pictures for each in picture.graphs)
    # Long lines are wrapped here, at the same width for any page.
    yield '%%{init: {"flowchart": {"wrappingWidth": 700}}}%%'
    yield "flowchart TB"
    if edges > MOST_EDGES:
        yield f"  %% {edges} edges: a page draws them where its maxEdges allows as many"
    writer = _Writer(drawn.legends)
    below: list[str] = []
    for picture in drawn.pictures:
        below.append(writer.next_box)
        yield from writer.box(picture.title, "  ", "LR")
        beside: list[str] = []
        for each in picture.graphs:
            beside.append(writer.next_box)
            yield from writer.graph(each)
        yield from _in_order(beside, "    ")
        yield "  end"
    legends = [
        line
        for legend in drawn.legends
        for line in wrapped(f"[{legend.label}] {legend.code} {legend.text}", _LEGEND_WIDTH)
    ]
    if legends or not drawn.pictures:
        below.append(writer.next_node)
        yield from writer.note([drawn.title, *(legends or [NO_PROGRAMS])], "  ")
    yield from _in_order(below, "  ")
    boxes = ",".join(f"box{number}" for number in range(writer.boxes))
    if boxes:
        yield f"  class {boxes} box"
    for name, look in _CLASSES.items():
        yield f"  classDef {name} {look}"


class _Writer:
    """Writes subgraphs and nodes under names that no two of them share."""

    def __init__(self, legends: tuple[Legend, ...]) -> None:
        self._codes = {legend.label: legend.code for legend in legends}
        self.boxes = 0
        self.nodes = 0

    @property
    def next_box(self) -> str:
        """The name that the next subgraph gets."""
        return f"box{self.boxes}"

    @property
    def next_node(self) -> str:
        """The name that the next node gets."""
        return f"node{self.nodes}"

    def box(self, label: str, indent: str, direction: str = "") -> Iterator[str]:
        """The opening lines of a subgraph; the caller ends it."""
        yield f"{indent}subgraph {self.next_box}[{_text(label)}]"
        self.boxes += 1
        if direction:
            yield f"{indent}  direction {direction}"

    def note(self, lines: list[str], indent: str) -> Iterator[str]:
        """Text in a box that nothing points to."""
        yield f"{indent}{self.next_node}[{_text(*lines)}]:::note"
        self.nodes += 1

    def graph(self, graph: Graph) -> Iterator[str]:
        """One program with its plates, notes and edges."""
        heading = " ".join([graph.title, *(f"[{badge.label}]" for badge in graph.badges)])
        yield from self.box(heading, "    ", "TB")
        names: dict[str, str] = {}
        yield from self._group(grouped(graph.nodes), names, "      ")
        notes = [line for note in graph.notes for line in wrapped(note, _NOTE_WIDTH)]
        if notes or not graph.nodes:
            yield from self.note(notes or ["nothing to draw"], "      ")
        for source, target in graph.edges:
            yield f"      {names[source]} --> {names[target]}"
        yield "    end"

    def _group(self, group: Group, names: dict[str, str], indent: str) -> Iterator[str]:
        for member in group.members:
            if isinstance(member, Node):
                names[member.key] = self.next_node
                self.nodes += 1
                yield f"{indent}{names[member.key]}{self._node(member)}"
                if member.badges:
                    yield f"{indent}class {names[member.key]} {member.badges[0].tone}"
            else:
                yield from self.box(f"plate {member.name}", indent)
                yield from self._group(member, names, f"{indent}  ")
                yield f"{indent}end"

    def _node(self, node: Node) -> str:
        lines = [node.label]
        if node.detail:
            lines.append(node.detail)
        marks = [f"{self._codes[badge.label]} [{badge.label}]" for badge in node.badges]
        left, right = _SHAPES.get(node.kind, _ELLIPSE)
        return f"{left}{_text(*lines, *marks)}{right}:::{node.kind.value}"


def _in_order(names: list[str], indent: str) -> Iterator[str]:
    """Links that nobody sees: what is not joined stands in any order."""
    if len(names) > 1:
        yield f"{indent}{' ~~~ '.join(names)}"


def _text(*lines: str) -> str:
    """Lines as one quoted string."""
    return '"' + "<br/>".join(map(_quoted, lines)) + '"'


def _quoted(line: str) -> str:
    """A line in which nothing means anything to Mermaid, Markdown or HTML.

    Mermaid reads ``#35;`` as the character of that number.
    """
    return "".join(
        f"#{ord(character)};" if character in _ESCAPED else character for character in escaped(line)
    )
