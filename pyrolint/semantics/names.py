"""Names of statements: texts with holes, and whether two of them are the same.

A name is a text in which ``{}`` stands for what is not known of it, with a part for each. What a
loop of unknown length hands out is known by the loop and the turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from enum import Enum
from typing import TypeAlias

import msgspec

from pyrolint.semantics.values import Guard, Hole
from pyrolint.syntax.ir import Place


class LoopRun(msgspec.Struct, eq=False):
    """A loop while it runs, and what is known of its turns when it has run.

    ``source`` is what it runs over, by which another loop is known to run over the same.
    ``is_exact``: the turns are run one by one, as they will be. Else ``turns`` of them were run, as
    they may be, and ``goes_on`` tells whether such a turn leads to another. ``entry`` are the
    decisions that led to the loop. ``counter`` is the variable that holds another number in each
    turn. ``caller`` is the function that the loop stands in.
    """

    place: Place
    source: Hashable
    entry: Guard
    is_exact: bool = True
    counter: str | None = None
    caller: Place | None = None
    turns: int = 0
    goes_on: bool = False


class Turn(msgspec.Struct, frozen=True, eq=False):
    """A turn of a loop."""

    loop: LoopRun
    number: int


class Item(msgspec.Struct, frozen=True):
    """What a loop hands out in a turn, or one part of it.

    ``source`` settles which one, by which another loop is known to hand out the same, turn by turn.
    ``is_distinct``: no two turns get the same.
    """

    loop: LoopRun
    number: int
    source: Hashable
    is_distinct: bool = False


Part: TypeAlias = Hole | Item
"""What stands in a hole of a name."""


class Likeness(Enum):
    """Whether two names are the same."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class SiteName(msgspec.Struct, frozen=True, eq=False):
    """The name that a statement gives: ``text``, with a part for each ``{}`` in it."""

    text: str
    parts: tuple[Part, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the text is the whole name."""
        return not self.parts

    def compared(self, other: SiteName) -> Likeness:
        """Whether it is the same as another name of one execution."""
        return self._compared(other, _in_execution)

    def matched(self, other: SiteName) -> Likeness:
        """Whether it is the same as a name of another program that is given the same arguments.

        What two loops over the same hand out is the same, turn by turn.
        """
        return self._compared(other, _in_pair)

    def _compared(self, other: SiteName, same: Callable[[Part, Part], bool | None]) -> Likeness:
        if not self.parts and not other.parts:
            return Likeness.EQUAL if self.text == other.text else Likeness.DIFFERENT
        if not _may_meet(self, other):
            return Likeness.DIFFERENT
        if self.text != other.text or len(self.parts) != len(other.parts):
            return Likeness.UNKNOWN
        verdicts = [same(one, two) for one, two in zip(self.parts, other.parts, strict=True)]
        if all(verdicts):
            return Likeness.EQUAL
        others = [verdict for verdict in verdicts if not verdict]
        return Likeness.DIFFERENT if others == [False] else Likeness.UNKNOWN


def _may_meet(one: SiteName, other: SiteName) -> bool:
    """Whether what is known of both texts fits together."""
    if one.is_known:
        return _may_be(other, one.text)
    if other.is_known:
        return _may_be(one, other.text)
    return _fit(_start(one), _start(other), str.startswith) and _fit(
        _end(one), _end(other), str.endswith
    )


def _may_be(name: SiteName, text: str) -> bool:
    """Whether a name can come out as that text: what a loop counts is a whole number."""
    pieces = map(re.escape, name.text.split("{}"))
    pattern = next(pieces)
    for part, piece in zip(name.parts, pieces, strict=True):
        counts = isinstance(part, Item) and part.is_distinct
        pattern += (r"-?\d+" if counts else ".*") + piece
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def _start(name: SiteName) -> str:
    return name.text.partition("{}")[0] if name.parts else name.text


def _end(name: SiteName) -> str:
    return name.text.rpartition("{}")[2] if name.parts else name.text


def _fit(one: str, other: str, begins: Callable[[str, str], bool]) -> bool:
    return begins(one, other) or begins(other, one)


def _in_execution(one: Part, other: Part) -> bool | None:
    if not _are_alike(one, other) or isinstance(one, Hole) or isinstance(other, Hole):
        return None
    if one.number == other.number:
        return True
    return False if one.is_distinct and other.is_distinct else None


def _in_pair(one: Part, other: Part) -> bool | None:
    return True if _are_alike(one, other) else None


def _are_alike(one: Part, other: Part) -> bool:
    """Whether both stand for what loops hand out alike.

    Of other values nothing is said: one of the analysis may stand for several of the program.
    """
    return isinstance(one, Item) and isinstance(other, Item) and one.source == other.source
