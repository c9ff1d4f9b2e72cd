"""What one evaluation of a program leaves behind, while it is being collected."""

from __future__ import annotations

from pyrolint.semantics.module_facts import ModuleCall
from pyrolint.semantics.program import NamedStatement, ParamSite, PlateUse, Program, SampleSite
from pyrolint.semantics.values import Guard, LibraryObject, Origin
from pyrolint.syntax.ir import Place


class Recorder:
    """Collects the sites, parameters and plates of one program; ``finish`` makes the Program.

    ``nesting`` counts the activations around the program's own; ``newest`` is the identity of the
    last object made before it, ``guard`` are the decisions that lead to it. ``tests`` are the
    places of tests on what is learnt or drawn. ``is_obscured``: what runs now stands in a context
    that may hold further plates. ``module_calls`` are the modules that are being called, the
    innermost last.
    """

    def __init__(
        self,
        name: str,
        place: Place,
        role: str,
        kind: str,
        nesting: int = 0,
        newest: int = 0,
        guard: Guard = (),
    ) -> None:
        self.name = name
        self.place = place
        self.role = role
        self.kind = kind
        self.nesting = nesting
        self.newest = newest
        self.sites: list[SampleSite] = []
        self.parameters: list[ParamSite] = []
        self.plates: list[PlateUse] = []
        self.active_plates: tuple[PlateUse, ...] = ()
        self.module_calls: tuple[ModuleCall, ...] = ()
        self.is_obscured = False
        self.unknown: list[tuple[str, Place]] = []
        self.autoguide: LibraryObject | None = None
        self.tests: dict[Place, tuple[Origin, ...]] = {}
        self.draws: set[Place] = set()
        self.statements: list[NamedStatement] = []
        self.guard = guard
        self.hides_observations = False
        self.unread: tuple[str, ...] = ()

    def note_unknown(self, reason: str, place: Place) -> None:
        """Something here may hold sites that are not seen."""
        if (reason, place) not in self.unknown:
            self.unknown.append((reason, place))

    def finish(self) -> Program:
        """The program as collected."""
        return Program(
            self.name,
            self.place,
            self.role,
            tuple(self.sites),
            tuple(self.parameters),
            tuple(self.plates),
            tuple(self.unknown),
            self.kind,
            self.autoguide,
            tests=tuple(self.tests.items()),
            draws=frozenset(self.draws),
            statements=tuple(self.statements),
            guard=self.guard,
            hides_observations=self.hides_observations,
            unread=self.unread,
        )
