"""The state of the abstract machine: variables and contents of objects, with cheap forks.

Every cell is keyed by an identity (a frame's, an instance's, a list's) and a key. A journal of
overwritten cells lets a branch be run, taken back and joined at a cost that follows from what
the branch wrote, not from what exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyrolint.semantics.values import Class, Guard, Value

CellKey = tuple[int, str]


class Store:
    """All cells. ``identities`` counts what has been allocated.

    ``shared`` remembers the values that were given a further name.
    """

    __slots__ = ("cells", "identities", "journal", "shared")

    def __init__(self) -> None:
        self.cells: dict[CellKey, Value] = {}
        self.journal: list[tuple[CellKey, Value | None]] = []
        self.identities = 0
        self.shared: set[int] = set()

    def share(self, value: Value) -> None:
        """Note that a value which has a name is about to get another."""
        self.shared.add(id(value))

    def aliases_of(self, value: Value) -> list[CellKey]:
        """The cells that hold this very value, where it may have several names."""
        if id(value) not in self.shared:
            return []
        return [cell for cell, held in self.cells.items() if held is value]

    def allocate(self) -> int:
        """A fresh identity."""
        self.identities += 1
        return self.identities

    def read(self, identity: int, key: str) -> Value | None:
        """The content of a cell, None where nothing was written."""
        return self.cells.get((identity, key))

    def write(self, identity: int, key: str, value: Value) -> None:
        """Overwrite a cell."""
        cell = (identity, key)
        self.journal.append((cell, self.cells.get(cell)))
        self.cells[cell] = value

    def cells_of(self, identity: int) -> Iterator[tuple[str, Value]]:
        """The cells of one identity, by key."""
        for (owner, key), value in self.cells.items():
            if owner == identity:
                yield key, value

    def mark(self) -> int:
        """A point that ``rewind`` can return to."""
        return len(self.journal)

    def changes(self, mark: int) -> dict[CellKey, Value]:
        """What has been written since ``mark``, with the contents as they are now."""
        cells = self.cells
        return {cell: cells[cell] for cell, _ in self.journal[mark:] if cell in cells}

    def changed(self, mark: int, apart: int) -> bool:
        """Whether a cell that stood at ``mark`` was overwritten since, of ``apart`` left out."""
        made = {cell for cell, old in self.journal[mark:] if old is None}
        return any(cell not in made and cell[0] != apart for cell, _ in self.journal[mark:])

    def rewind(self, mark: int) -> dict[CellKey, Value]:
        """Take back everything since ``mark``; the answer is what that was."""
        undone = self.changes(mark)
        cells = self.cells
        while len(self.journal) > mark:
            cell, old = self.journal.pop()
            if old is None:
                cells.pop(cell, None)
            else:
                cells[cell] = old
        return undone

    def keep(self, mark: int) -> None:
        """Let everything since ``mark`` stand, whatever is taken back later."""
        del self.journal[mark:]

    def apply(self, changes: Mapping[CellKey, Value]) -> None:
        """Write all the cells of ``changes``."""
        for (identity, key), value in changes.items():
            self.write(identity, key, value)


Changes = dict[CellKey, Value]
State = tuple[Guard, Changes]
"""What a path left behind: the decisions that led to its end, and the cells that it changed."""


class Loop:
    """A loop that runs: what the paths left behind that ``break`` and ``continue`` ended.

    ``mark`` and ``entry`` are the store's mark and the path as the loop began, ``turn_mark`` and
    ``turn_entry`` as the turn did; breaks are told from the former, continues from the latter.
    """

    __slots__ = ("breaks", "continues", "entry", "mark", "turn_entry", "turn_mark")

    def __init__(self, mark: int, entry: Guard) -> None:
        self.mark = self.turn_mark = mark
        self.entry = self.turn_entry = entry
        self.breaks: list[State] = []
        self.continues: list[State] = []


class Frame:
    """One activation of a function, a class body or a module.

    ``returns`` collects what the activation may return, with the decisions that lead there, as
    seen from the activation's start; ``yields`` what it yields.
    ``loops`` are the loops that run, innermost
    last, and ``turns`` the number of the turn that each of them is in. ``is_comprehension``: the
    frame holds a comprehension's own variables and nothing else.
    """

    __slots__ = (
        "closure",
        "declared",
        "identity",
        "is_comprehension",
        "loops",
        "name",
        "owner",
        "path",
        "path_at_entry",
        "receiver",
        "returns",
        "turns",
        "yields",
    )

    def __init__(
        self,
        identity: int,
        path: str,
        name: str,
        closure: Frame | None,
        *,
        owner: Class | None = None,
        receiver: Value | None = None,
        path_at_entry: int = 0,
    ) -> None:
        self.identity = identity
        self.path = path
        self.name = name
        self.closure = closure
        self.owner = owner
        self.receiver = receiver
        self.path_at_entry = path_at_entry
        self.returns: list[tuple[Guard, Value]] = []
        self.yields: list[Value] = []
        self.declared: dict[str, str] = {}
        self.loops: list[Loop] = []
        self.turns: tuple[int, ...] = ()
        self.is_comprehension = False

    def chain(self) -> Iterator[Frame]:
        """This frame and those it closes over, innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.closure

    @property
    def module(self) -> Frame:
        """The module's frame, outermost of the chain."""
        frame = self
        while frame.closure is not None:
            frame = frame.closure
        return frame
