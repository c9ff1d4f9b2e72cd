"""A probabilistic program's graph as plain data, whoever it comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum


class NodeKind(Enum):
    """How a node is drawn: sites as ellipses, observed ones shaded, computed ones dashed.

    A site that is observed in some runs only is shaded by half. Parameters are small squares,
    networks rounded boxes.
    """

    LATENT = "latent"
    OBSERVED = "observed"
    EITHER = "either"
    DETERMINISTIC = "deterministic"
    FACTOR = "factor"
    PARAMETER = "parameter"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Badge:
    """A mark on a node: a short label, a tone that the style sheet knows, and where it leads."""

    label: str
    tone: str
    title: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A site, a parameter, or ``count`` of them that differ by a number in their names alone.

    ``plates`` are the names of the plates that it lies in, outermost first. ``detail`` is the
    small second line, ``title`` what a pointer or a screen reader gets.
    """

    key: str
    label: str
    kind: NodeKind
    detail: str = ""
    title: str = ""
    plates: tuple[str, ...] = ()
    count: int = 1
    badges: tuple[Badge, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order of execution, and edges from parent to child by their keys.

    ``notes`` are sentences on the whole graph, ``badges`` the marks that no node bears.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    badges: tuple[Badge, ...] = ()


@dataclass(slots=True)
class Group:
    """A plate, or the whole graph (whose name is None): its own nodes and the plates inside."""

    name: str | None
    members: list[Node | Group] = field(default_factory=list)

    def keys(self) -> Iterable[str]:
        """The keys of all its nodes, those of the plates inside included."""
        for member in self.members:
            if isinstance(member, Node):
                yield member.key
            else:
                yield from member.keys()


def grouped(nodes: Sequence[Node]) -> Group:
    """Nodes by plate. Plates that cross are split, so that each node is in all of its own.

    The plate with more nodes is the outer one wherever two meet; plates that nest then keep one
    box each.
    """
    extent: dict[str, int] = defaultdict(int)
    for node in nodes:
        for plate in node.plates:
            extent[plate] += 1
    root = Group(None)
    groups: dict[tuple[str, ...], Group] = {(): root}
    for node in nodes:
        path: tuple[str, ...] = ()
        for plate in sorted(dict.fromkeys(node.plates), key=lambda name: -extent[name]):
            inner = (*path, plate)
            if inner not in groups:
                groups[inner] = Group(plate)
                groups[path].members.append(groups[inner])
            path = inner
        groups[path].members.append(node)
    return root
