"""Training by hand: gradients of an ELBO that a loop of the project's own steps an optimizer on."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pyrolint.semantics.arithmetic import multiply
from pyrolint.semantics.numeric import lift2
from pyrolint.semantics.values import ONE, Guard, LibraryObject, Origin, OriginKind, Value
from pyrolint.syntax.ir import Place

CLEARING = frozenset({"zero_grad", "zero_grads", "zero_", "fill_"})
"""Methods that set gradients back, whatever they are called on."""


class Descent(msgspec.Struct, frozen=True, eq=False):
    """A step of an optimizer on gradients of an ELBO, in code that is written by hand.

    ``objective`` is the call of the ELBO, ``backward`` what took its gradients, ``step`` the step.
    ``loop`` is the innermost loop around both of them, None where there is none that is seen.
    ``accumulates``: the optimizer outlives the loop's turns, steps in each of them, and nothing in
    the loop, or around it, sets the gradients back. ``turns`` is as in ``Inference``.
    """

    objective: Place
    backward: Place
    step: Place
    optimizer: LibraryObject
    loop: Place | None
    accumulates: bool
    turns: Value
    guard: Guard = ()


class StaleParameter(msgspec.Struct, frozen=True):
    """A parameter that a pair is trained from what another pair, trained before it, has learnt.

    ``place`` declares it for this pair and ``declared`` for the other, which ``earlier`` trains.
    ``is_later``: this pair's inference is made after the other was trained.
    """

    name: str
    place: Place
    declared: Place
    earlier: Place
    is_later: bool


class _Loop:
    """A loop that runs: what it was entered with, and what its turns did."""

    __slots__ = ("clears", "descents", "entry", "length", "newest", "place", "takes")

    def __init__(self, place: Place, entry: Guard, newest: int, length: Value | None) -> None:
        self.place = place
        self.length = length
        self.entry = entry
        self.newest = newest
        self.takes = False
        self.clears = False
        self.descents: list[Descent] = []


class Training:
    """Follows gradients from ELBOs to optimizers, over the loops that run now.

    ``descents`` are those found so far; the ones of loops that still run come once these end.
    ``paced`` are the identities of optimizers whose rates other code sets: a scheduler of torch's,
    or whatever reads their groups of parameters.
    """

    def __init__(self) -> None:
        self.descents: list[Descent] = []
        self.paced: set[int] = set()
        self._loops: list[_Loop] = []
        self._taken: list[tuple[Place, Place]] = []
        self._was_stepped = False

    @property
    def outermost(self) -> int | None:
        """The last identity given out as the outermost loop began; None outside of loops."""
        return self._loops[0].newest if self._loops else None

    def repeats(self, made: LibraryObject) -> bool:
        """Whether a loop runs that is younger than this object."""
        return bool(self._loops) and made.identity <= self._loops[-1].newest

    def begin(self) -> None:
        """Forget what runs: a new root begins."""
        self._loops = []
        self._taken = []

    def enter(self, place: Place, entry: Guard, newest: int, length: Value | None) -> None:
        """A loop of some length begins, on a path; ``newest`` is the last identity given out."""
        self._loops.append(_Loop(place, entry, newest, length))

    def turns(self, identity: int, place: Place) -> Value:
        """How often the loops that began since an object was made run what runs now.

        Those of unknown length count as one turn.
        """
        count: Value = ONE
        for loop in self._loops:
            if loop.length is not None and identity <= loop.newest:
                count = lift2(multiply, count, loop.length, place)
        return count

    def leave(self) -> None:
        """The innermost loop ends."""
        loop = self._loops.pop()
        outer = self._loops[-1] if self._loops else None
        if outer is not None:
            outer.clears |= loop.clears
            outer.takes |= loop.takes
            outer.descents.extend(loop.descents)
            return
        self.descents.extend(
            msgspec.structs.replace(each, accumulates=False) if loop.clears else each
            for each in loop.descents
        )

    def take(self, origins: Iterable[Origin], place: Place) -> None:
        """Gradients are taken of what these origins went into."""
        objectives = [each.place for each in origins if each.kind is OriginKind.OBJECTIVE]
        if self._was_stepped:
            self._taken, self._was_stepped = [], False
        self._taken.extend((objective, place) for objective in objectives)
        if objectives and self._loops:
            self._loops[-1].takes = True

    def clear(self) -> None:
        """Gradients are set back, or may be."""
        for loop in self._loops:
            loop.clears = True

    def step(self, optimizer: LibraryObject, place: Place, path: Guard) -> None:
        """An optimizer makes a step, on a path."""
        self._was_stepped = True
        turns = self.turns(optimizer.identity, place)
        # The turn that takes gradients is that of the loop around both.
        depth = next((i for i in reversed(range(len(self._loops))) if self._loops[i].takes), None)
        loop = self._loops[depth] if depth is not None else None
        accumulates = (
            loop is not None
            and depth == len(self._loops) - 1
            and optimizer.identity <= loop.newest
            and len(path) <= len(loop.entry)
        )
        found = [
            Descent(
                objective, backward, place, optimizer, loop.place if loop is not None else None,
                accumulates, turns, path,
            )
            for objective, backward in self._taken
        ]  # fmt: skip
        (loop.descents if loop is not None else self.descents).extend(found)
