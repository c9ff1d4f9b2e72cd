"""A planted fault, and what makes some."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .edits import Edit, Text
from .project import Project


@dataclass(frozen=True)
class Mutant:
    """One change: ``row`` is the changed statement's, ``expected`` the codes that find it.

    ``apart`` says why the package itself makes the fault invisible; such are counted by themselves.
    """

    operator: str
    row: int
    what: str
    edit: Edit
    expected: frozenset[str]
    apart: str = ""


Operator = Callable[[Text, Project], Iterator[Mutant]]
