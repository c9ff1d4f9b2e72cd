"""A probabilistic program's graph as plain data, whoever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class NodeKind(Enum):
    """How a node is drawn: sites as ellipses, observed ones shaded, computed ones dashed.

    Parameters are small squares.
    """

    LATENT = "latent"
    OBSERVED = "observed"
    DETERMINISTIC = "deterministic"
    FACTOR = "factor"
    PARAMETER = "parameter"


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
    """Nodes in the order of execution, and edges from parent to child by their keys."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...] = ()
