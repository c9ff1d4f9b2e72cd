"""What the drawn formats share: each pair side by side, each other program alone, marked.

Inferences that draw alike share one picture: several run one model with one guide, or a loss by
hand beside an SVI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pyrolint.report.drawing.graph import Badge, Graph, Node, NodeKind
from pyrolint.report.graph.wording import named, where
from pyrolint.report.terminal import Style

NOTES = 4
"""How many of the places at which a program is not known are named."""

Wording: TypeAlias = Callable[[Mapping[str, Any]], str]
Marking: TypeAlias = Callable[..., tuple[Badge, ...]]

_WEIGHTS = (NodeKind.PARAMETER, NodeKind.NETWORK)
_KINDS = {True: NodeKind.OBSERVED, False: NodeKind.LATENT, None: NodeKind.EITHER}
_WORDS = {
    NodeKind.OBSERVED: "observed",
    NodeKind.LATENT: "latent",
    NodeKind.EITHER: "latent or observed",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A model and its guide, or one program, and which inferences run them."""

    title: str
    graphs: tuple[Graph, ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """What a badge's label stands for: a finding."""

    label: str
    code: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """All of one file."""

    title: str
    pictures: tuple[Picture, ...]
    legends: tuple[Legend, ...]


def pictures(graph: Mapping[str, Any], style: Style) -> Pictures:
    """The pictures of a file's graph."""
    return _Drawer(graph, style).pictures()


class _Drawer:
    """Turns the data of one file's graph into pictures."""

    def __init__(self, graph: Mapping[str, Any], style: Style) -> None:
        self._graph = graph
        self._style = style
        self._legends = tuple(
            Legend(str(number), each["code"], each["severity"], self._finding(each))
            for number, each in enumerate(graph["findings"], 1)
        )

    def pictures(self) -> Pictures:
        """Pairs first, in source order, then the programs that no pair shows."""
        titles: dict[tuple[Graph, ...], dict[str, None]] = {}
        for pair in self._graph["pairs"]:
            roles = ("model", "guide")
            graphs = tuple(self._of_pair(pair[role], role.capitalize()) for role in roles)
            titles.setdefault(graphs, {})[self._title(pair["inference"])] = None
        for graph, title in self._alone({graph for graphs in titles for graph in graphs}):
            titles.setdefault((graph,), {})[title] = None
        made = (Picture(", ".join(each), graphs) for graphs, each in titles.items())
        return Pictures(self._style.path(self._graph["filename"]), tuple(made), self._legends)

    def _alone(self, paired: set[Graph]) -> Iterator[tuple[Graph, str]]:
        """The programs that are not drawn yet. What only predicts is drawn where nothing else is.

        A model that predicts is one that was fitted, with what was observed drawn as well.
        """
        shown = {_content(graph) for graph in paired}
        titles = {graph.title for graph in shown}
        for program in sorted(self._graph["programs"], key=_predicts):
            graph = self._program(program, program["role"].capitalize())
            content = _content(graph)
            if content in shown or (_predicts(program) and content.title in titles):
                continue
            kind = program["inference"]
            yield graph, "run by itself" if kind in ("root", None) else f"under {kind}"
            titles.add(content.title)

    def _at(self, place: Mapping[str, Any]) -> str:
        return where(place, self._graph["filename"], self._style)

    def _title(self, inference: Mapping[str, Any]) -> str:
        return f"{_short(inference['name'])} ({self._at(inference)})"

    def _finding(self, finding: Mapping[str, Any]) -> str:
        return f"{finding['severity']}, {self._at(finding)}: {finding['message']}"

    def _badges(self, *things: Mapping[str, Any]) -> tuple[Badge, ...]:
        numbers = dict.fromkeys(number for each in things for number in each["findings"])
        legends = (self._legends[number] for number in numbers)
        return tuple(Badge(each.label, each.tone, f"{each.code}: {each.text}") for each in legends)

    def _of_pair(self, half: Mapping[str, Any], role: str) -> Graph:
        if half["program"] is None:
            note = _guiding(half) or "no site or parameter of it is known"
            return Graph(f"{role} · {half['name']}, {self._at(half)}", (), (), (note,))
        return self._program(self._graph["programs"][half["program"]], role)

    def _program(self, program: Mapping[str, Any], role: str) -> Graph:
        nodes = _Nodes(program, self._at, self._badges)
        title = f"{role} · {program['name']}, {self._at(program)}"
        return Graph(
            title,
            nodes.nodes(),
            nodes.edges(),
            tuple(self._notes(program)),
            self._badges(program),
        )

    def _notes(self, program: Mapping[str, Any]) -> Iterator[str]:
        """What a reader must know of what is not drawn."""
        guiding = _guiding(program)
        if guiding is not None:
            yield guiding
        unknown = list(
            dict.fromkeys(f"{each['reason']} ({self._at(each)})" for each in program["unknown"])
        )
        if unknown:
            yield "not all of its sites are known:"
            yield from unknown[:NOTES]
        if len(unknown) > NOTES:
            yield f"… and {len(unknown) - NOTES} more"


class _Nodes:
    """The nodes and edges of one program: statements of one name in the same plates are one."""

    def __init__(self, program: Mapping[str, Any], at: Wording, badges: Marking) -> None:
        self._at = at
        self._badges = badges
        self._plates: dict[str, str] = {}
        for plate in program["plates"]:
            self._plates.setdefault(plate["name"], self._plate(plate))
        self._nodes: dict[str, Node] = {}
        self._edges: dict[tuple[str, str], None] = {}
        # Which nodes a parent may stand for: its kind, name and place.
        self._keys: dict[tuple[object, ...], list[str]] = {}
        self._add_parameters(program["parameters"])
        self._add_sites(program["sites"])
        self._enclose_networks()

    def nodes(self) -> tuple[Node, ...]:
        """The nodes, in the order of execution."""
        return tuple(self._nodes.values())

    def edges(self) -> tuple[tuple[str, str], ...]:
        """The edges from parent to child."""
        return tuple(self._edges)

    def _plate(self, plate: Mapping[str, Any]) -> str:
        """A plate's name with its size, and the findings about it."""
        size, part = _whole(plate["size"]), _whole(plate["subsample_size"])
        told = ""
        if size is not None:
            told = f", size {size}" if part is None else f", {part} of {size}"
        marks = "".join(f" [{badge.label}]" for badge in self._badges(plate))
        return f"{named(plate['name'])}{told}{marks}"

    def _add_parameters(self, parameters: Iterable[Mapping[str, Any]]) -> None:
        groups: dict[str, list[Mapping[str, Any]]] = {}
        for each in parameters:
            # Statements of the store's parameters meet by name, attributes may only share theirs.
            shared = each["name"] is not None and each["statement"] == "pyro.param"
            key = f"parameter {each['name']}" if shared else f"parameter {_identity(each)}"
            identity: tuple[object, ...] = ("parameter", *_identity(each))
            self._keys[identity] = [key]
            groups.setdefault(key, []).append(each)
        for key, same in groups.items():
            constraints = (each["constraint"] for each in same)
            names = [_constraint(each) for each in constraints if each is not None]
            detail = " or ".join(dict.fromkeys(names))
            about = "a parameter" if not detail else f"a parameter, constrained to {detail}"
            self._add(key, NodeKind.PARAMETER, detail, about, same)

    def _add_sites(self, sites: Iterable[Mapping[str, Any]]) -> None:
        groups: dict[str, list[Mapping[str, Any]]] = {}
        plates_of: dict[str, list[str]] = {}
        for each in sites:
            known = each["name"] is not None
            key = f"site {each['name']}" if known else f"site {_identity(each)}"
            if plates_of.setdefault(key, each["plates"]) != each["plates"]:
                key = f"{key} in {each['plates']}"
            keys = self._keys.setdefault(("latent", *_identity(each)), [])
            if key not in keys:
                keys.append(key)
            groups.setdefault(key, []).append(each)
        for key, same in groups.items():
            families = dict.fromkeys(f for each in same for f in _families(each["distribution"]))
            observed = {each["observed"] for each in same}
            kind = _KINDS[observed.pop()] if len(observed) == 1 else NodeKind.EITHER
            self._add(key, kind, " or ".join(families), _WORDS[kind], same)
        for key, same in groups.items():
            for each in same:
                for parent in each["parents"]:
                    self._join(parent, key, set(self._nodes[key].plates))

    def _add(
        self,
        key: str,
        kind: NodeKind,
        detail: str,
        about: str,
        same: Sequence[Mapping[str, Any]],
    ) -> None:
        """One node for statements that belong together."""
        first = same[0]
        name = named(first["name"])
        lines = ", ".join(dict.fromkeys(map(self._at, same)))
        # A name with a part that is not known stands for many.
        series = "{}" in name
        plates = tuple(dict.fromkeys(map(self._plate_label, first.get("plates", ()))))
        title = f"{name}: {about}{', ' + detail if detail and detail not in about else ''}, {lines}"
        self._nodes[key] = Node(
            key, name, kind, detail, title, plates, 2 if series else 1, self._badges(*same)
        )

    def _plate_label(self, name: str | None) -> str:
        return self._plates.get(name or "", named(name))

    def _join(self, parent: Mapping[str, Any], child: str, plates: set[str]) -> None:
        """An edge from a parent; networks, and parameters that none declares, become nodes.

        Of a site that stands in several plates, the one in the child's own ``plates`` is meant.
        """
        identity = (parent["kind"], *_identity(parent))
        keys = self._keys.get(identity)
        if keys is None:
            if parent["kind"] == "latent":
                return
            key = " ".join(map(str, identity))
            keys = self._keys[identity] = [key]
            kind = NodeKind.NETWORK if parent["kind"] == "network" else NodeKind.PARAMETER
            name = named(parent["name"])
            title = f"{name}: a {parent['kind']}, {self._at(parent)}"
            self._nodes[key] = Node(key, name, kind, "", title)
        # The one with the most of these plates, and with no other.
        apart = {each: len(plates.symmetric_difference(self._nodes[each].plates)) for each in keys}
        key = min(keys, key=lambda each: apart[each])
        self._edges[key, child] = None
        for each in parent["inputs"]:
            self._join(each, key, plates)

    def _enclose_networks(self) -> None:
        """Networks between two sites of a plate lie in the plate."""
        networks = [each for each in self._nodes.values() if each.kind is NodeKind.NETWORK]
        for node in networks:
            key = node.key
            above = [self._nodes[source] for source, target in self._edges if target == key]
            if all(each.kind in _WEIGHTS for each in above):
                continue
            below = [self._nodes[target] for source, target in self._edges if source == key]
            sites = [each for each in (*above, *below) if each.kind not in _WEIGHTS]
            common = set.intersection(*(set(each.plates) for each in sites))
            plates = tuple(plate for plate in sites[0].plates if plate in common)
            self._nodes[key] = replace(node, plates=plates)


def _identity(thing: Mapping[str, Any]) -> tuple[object, ...]:
    """What tells a statement's thing from any other: its name and where it stands."""
    location = thing["location"] or {"row": 0, "column": 0}
    place = (thing["filename"], thing["cell"], location["row"], location["column"])
    return (thing["name"], *place)


def _predicts(program: Mapping[str, Any]) -> bool:
    return bool(program["inference"] == "predictive")


def _content(graph: Graph) -> Graph:
    """What is drawn of a graph, whatever part it plays."""
    return replace(graph, title=graph.title.partition(" · ")[2])


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _guiding(program: Mapping[str, Any]) -> str | None:
    """What an autoguide does, whose sites are the model's."""
    name = program["autoguide"]
    return None if name is None else f"{_short(name)} draws the latents of the model"


def _whole(value: Mapping[str, Any] | None) -> object:
    """A plate's size, where it is known."""
    if value is None or value["kind"] not in ("constant", "number"):
        return None
    if value["kind"] == "constant":
        return value["value"]
    values = value["values"]
    return f"{values[0]:g}" if values is not None and len(values) == 1 else None


def _families(distribution: Mapping[str, Any]) -> Iterator[str]:
    """The distribution's family, or those that it may be of."""
    if distribution["kind"] == "choice":
        for each in distribution["alternatives"]:
            yield from _families(each)
    elif distribution["kind"] == "distribution":
        yield _short(distribution["family"])


def _constraint(constraint: Mapping[str, Any]) -> str:
    return _short(constraint["name"]) if constraint["kind"] == "constraint" else "what is not known"
