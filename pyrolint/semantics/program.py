"""What rules look at: programs with their sites and parameters, inferences, pairs and calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.families import has_rsample, is_discrete
from pyrolint.semantics.module_facts import ModulePrior
from pyrolint.semantics.names import SiteName, Turn
from pyrolint.semantics.sets import Interval, Set, describe
from pyrolint.semantics.shapes import Dimension
from pyrolint.semantics.starts import refused_start, starting_magnitude, unusable_start
from pyrolint.semantics.values import (
    ConstraintValue,
    Distribution,
    Guard,
    LibraryObject,
    Numeric,
    Origin,
    Value,
)
from pyrolint.syntax.ir import Place

if TYPE_CHECKING:
    pass


class Thresholds(msgspec.Struct, frozen=True):
    """Limits that users may set: see the settings of the same names."""

    max_learning_rate: float = 0.1
    max_init: float = 1e3
    max_init_scale: float = 10.0


class BreachKind(Enum):
    """What it is that breaks an argument's constraint."""

    UNCONSTRAINED_PARAMETER = "unconstrained parameter"
    WRONG_CONSTRAINT = "wrong constraint"
    LATENT = "latent"
    NETWORK = "network output"
    CONSTANT = "constant"


class Breach(msgspec.Struct, frozen=True):
    """A distribution argument that certainly attains values outside its constraint.

    ``gets`` is what the argument reaches; ``origin`` is the source nearest the density whose own
    set breaks the constraint (None for constants); ``place`` is where the argument stands.
    ``declared`` is the constraint that the family declares, where its constructor takes more
    (weights that it normalises). ``is_sole_use`` tells that the origin, a parameter, feeds this
    argument and nothing else.
    """

    kind: BreachKind
    family: str
    argument: str
    needs: Set
    gets: Set
    place: Place
    origin: Origin | None
    value: Numeric
    declared: Set | None = None
    is_sole_use: bool = False

    @property
    def use(self) -> str:
        """The argument and what it needs: ``scale of Normal, which needs a number above 0``."""
        return f"`{self.argument}` of {self.family}, which needs {describe(self.needs)}"


class PlateUse(msgspec.Struct, frozen=True):
    """A plate that a program enters: its name (or pattern), size and how much of it is drawn.

    ``name_known``: the name is that very text; ``guard`` are the decisions that lead there.
    ``allocated`` is the dimension that it takes, counted from -1 leftwards, None where that is not
    known or it takes none; ``extent`` how many of its elements a run sees. ``inside`` are the
    plates around it, ``dim_place`` is where the argument stands, and ``identity`` tells the object.
    """

    name: str | None
    place: Place
    size: Value | None = None
    subsample_size: Value | None = None
    subsample: Value | None = None
    dim: Value | None = None
    is_sequential: bool = False
    name_known: bool = True
    guard: Guard = ()
    allocated: int | None = None
    extent: Dimension = None
    inside: tuple[PlateUse, ...] = ()
    dim_place: Place | None = None
    identity: int = 0

    def is_again(self, other: PlateUse) -> bool:
        """Whether the other use differs from this one in nothing that matters."""
        return (
            (self.place, self.name, self.allocated) == (other.place, other.name, other.allocated)
            and self.guard == other.guard
            and [each.place for each in self.inside] == [each.place for each in other.inside]
        )


class Enumeration(Enum):
    """Whether a site is marked to have all its values gone through, and how.

    NONE: nobody says anything; DECLINED: a mark says that it is not to be.
    """

    NONE = "none"
    DECLINED = "declined"
    PARALLEL = "parallel"
    SEQUENTIAL = "sequential"
    UNKNOWN = "unknown"

    @property
    def is_marked(self) -> bool:
        """Whether it is certainly marked."""
        return self in (Enumeration.PARALLEL, Enumeration.SEQUENTIAL)

    @property
    def is_unmarked(self) -> bool:
        """Whether it is certainly not marked."""
        return self in (Enumeration.NONE, Enumeration.DECLINED)


class SampleSite(msgspec.Struct, frozen=True, eq=False):
    """A ``pyro.sample`` statement (or the like) in one program under one inference.

    ``name`` is the literal name, or its pattern, with ``name_known`` telling which; None where
    nothing is known. ``observed`` is None where that is not known. ``guard`` are the decisions
    under which the site is reached. ``breaches`` are found at once, by the core.
    ``single_use`` are arguments whose value is read nowhere else. ``role`` is that of its program.
    ``plates_known``: there are certainly no plates around it but those that are listed, unless its
    program's callers enter some.
    ``enumeration`` and ``has_baseline`` are what ``infer=`` and the handlers around it ask for.
    ``is_masked``: a handler makes its density count for nothing, None where that is not known.
    ``prior`` is where the site is a module's attribute; ``under_autoguide``: an autoguide has
    run its program to find out about its latents. ``observation_place`` is where the argument
    stands that is observed, ``distribution_place`` where the distribution is; ``is_checked``:
    nothing has switched validation off by then; ``is_scaled``: a handler weighs its density.
    ``mask`` is its ``obs_mask``.
    """

    name: str | None
    name_known: bool
    place: Place
    distribution: Value
    observed: bool | None
    observation: Value | None
    guard: Guard
    program: str
    plates: tuple[PlateUse, ...] = ()
    infer: Value | None = None
    breaches: tuple[Breach, ...] = ()
    single_use: frozenset[str] = frozenset()
    plates_known: bool = True
    inference_kind: str | None = None
    scale: float = 1.0
    is_reparameterised: bool = False
    caller: Place | None = None
    thresholds: Thresholds = Thresholds()
    role: str = "program"
    enumeration: Enumeration = Enumeration.NONE
    has_baseline: bool | None = False
    is_masked: bool | None = False
    prior: ModulePrior | None = None
    under_autoguide: bool = False
    observation_place: Place | None = None
    distribution_place: Place | None = None
    is_checked: bool = True
    is_scaled: bool = False
    mask: Value | None = None

    @property
    def distribution_is_plain(self) -> bool:
        """Whether all the alternatives of the distribution are known."""
        return all(
            isinstance(option, Distribution) for _, option in alternatives(self.distribution)
        )

    @property
    def is_drawn_discretely(self) -> bool:
        """Whether it is certainly a discrete latent, drawn without a gradient, that has no mark."""
        return (
            self.observed is False
            and self.enumeration is Enumeration.NONE
            and is_discrete(self.distribution) is True
            and has_rsample(self.distribution) is False
        )

    def distributions(self) -> Iterator[tuple[Guard, Distribution]]:
        """The distribution's known alternatives, with their guards."""
        for guard, option in alternatives(self.distribution):
            if isinstance(option, Distribution):
                yield guard, option


class StatementKind(Enum):
    """The kinds of statements that take a name; one of a plate takes it for its subsample."""

    SAMPLE = "sample"
    DETERMINISTIC = "deterministic"
    FACTOR = "factor"
    PLATE = "plate"
    PARAM = "param"


class NamedStatement(msgspec.Struct, frozen=True, eq=False):
    """A statement that a program comes by, with the name that it takes in the program's trace.

    ``name`` is as the scopes around it leave it; ``name_place`` is where it is passed. ``guard``
    are the decisions that lead there, ``turns`` the turns of the loops around it. ``observed`` is
    None where that is not known. ``is_auxiliary`` is what ``infer=`` marks it as, None where that
    is not known. ``is_declared``: of a factor, whether it comes of reparameterised draws is said.
    ``site`` is the sample site, ``plates`` are those around it. ``is_attribute``: it is an
    attribute's of a module, which has one site however often it is read. ``is_counted``: a handler
    numbers what has the same name. ``caller`` is the function that it stands in.
    ``is_traced_apart``: the program itself runs it under a trace.
    """

    kind: StatementKind
    name: SiteName
    place: Place
    guard: Guard
    turns: tuple[Turn, ...] = ()
    name_place: Place | None = None
    observed: bool | None = False
    is_auxiliary: bool | None = False
    is_declared: bool = True
    plates: tuple[PlateUse, ...] = ()
    site: SampleSite | None = None
    is_attribute: bool = False
    is_counted: bool = False
    caller: Place | None = None
    is_traced_apart: bool = False


class ParamSite(msgspec.Struct, frozen=True, eq=False):
    """A parameter: ``pyro.param``, ``PyroParam`` or an ``nn.Parameter`` that a program reads.

    ``init`` is None where the statement only reads an existing parameter. ``priors`` are the
    distributions that models give the latents whose guide distribution it feeds; ``feeds_sites``:
    some distribution in sight is made of it; ``is_idle``: it certainly goes into no density, nor
    anywhere else. ``plates`` are those that its statement stands in, ``event_dims`` how many
    dimensions it declares as those of one event, None where it does not say.
    """

    name: str | None
    name_known: bool
    place: Place
    kind: str
    init: Value | None
    init_place: Place | None
    constraint: ConstraintValue | None
    constraint_place: Place | None
    program: str
    guard: Guard
    constraint_unknown: bool = False
    thresholds: Thresholds = Thresholds()
    priors: tuple[Value, ...] = ()
    feeds_sites: bool = False
    is_idle: bool = False
    plates: tuple[PlateUse, ...] = ()
    event_dims: int | None = None

    @property
    def starting_magnitude(self) -> float:
        """The largest magnitude that an element starts with, 0 where that is not known."""
        return starting_magnitude(self.init) if self.init is not None else 0.0

    @property
    def moves_freely(self) -> bool:
        """Whether training moves the value itself, not that of a transform onto a constraint."""
        if self.constraint is None:
            return not self.constraint_unknown
        members = self.constraint.members
        return isinstance(members, Interval) and members.is_real_line

    @property
    def unusable_start(self) -> str | None:
        """How the initial value lies outside the constraint or where it cannot move, if so."""
        if self.refused_start is not None:
            return None
        return unusable_start(self.init, self.constraint)

    @property
    def refused_start(self) -> str | None:
        """What the initial value is that no parameter can be made of, if it is such."""
        if self.init is None or self.constraint_unknown:
            return None
        return refused_start(self.init, self.constraint)


class CallSite(msgspec.Struct, frozen=True, eq=False):
    """A call of a library function: its canonical name, arguments by parameter name, and places.

    ``is_context`` tells that it is entered as a context manager or stands as a decorator. Where
    its effect ends with a block or a decorated function, ``covers_inference`` tells whether an
    inference runs in there; it is None where the effect lasts. ``file_trains``: the call's file
    holds an inference.
    """

    name: str
    arguments: Mapping[str, Value]
    places: Mapping[str, Place]
    place: Place
    guard: Guard
    program: str | None
    is_context: bool = False
    covers_inference: bool | None = None
    file_trains: bool = False


class RawFeature(msgspec.Struct, frozen=True):
    """Raw data read at ``source`` that a program multiplies, as it is, at ``use``.

    ``partner`` is what it meets there: a latent, a parameter or a network.
    """

    source: Place
    use: Place
    partner: str
    program: str


class Program(msgspec.Struct, frozen=True, eq=False):
    """A function, method or module that reaches Pyro primitives, under one inference.

    ``complete`` tells whether every site it can reach is listed; ``unknown`` says where not.
    Where a guide is an autoguide, ``prototypes`` are its parts with what they see of their model.
    ``statements`` are all that take a name, in the order of execution; ``guard`` are the decisions
    under which the program is run.
    ``tests`` are those of its ``if`` and ``while`` that are on what is learnt or drawn, ``draws``
    the places where it draws without Pyro. ``hides_observations``: a handler hides what it may
    observe; ``unread`` are the parameters of its function that nothing in it mentions.
    """

    name: str
    place: Place
    role: str
    sites: tuple[SampleSite, ...]
    parameters: tuple[ParamSite, ...]
    plates: tuple[PlateUse, ...]
    unknown: tuple[tuple[str, Place], ...]
    inference_kind: str | None = None
    autoguide: LibraryObject | None = None
    prototypes: tuple[Prototype, ...] = ()
    statements: tuple[NamedStatement, ...] = ()
    guard: Guard = ()
    tests: tuple[tuple[Place, tuple[Origin, ...]], ...] = ()
    draws: frozenset[Place] = frozenset()
    hides_observations: bool = False
    unread: tuple[str, ...] = ()

    def dispatches(self, site: SampleSite) -> bool:
        """Whether the statement of a site serves sites of several names, one branch for each kind.

        A helper that draws a site by what a table says of its name is not followed that far.
        """
        names = {each.name for each in self.sites if each.place == site.place}
        return len(names) > 1 and any(
            each.name == site.name and each.place != site.place for each in self.sites
        )

    @property
    def complete(self) -> bool:
        """Whether the list of sites is the whole list."""
        return not self.unknown


class Prototype(msgspec.Struct, frozen=True, eq=False):
    """An autoguide and its model, as it runs it to find out what it needs a guide for.

    ``autoguide`` is None where a part is not known, ``model`` where its sites are not.
    ``is_continuous``: it gives every latent that it sees a point or a density.
    """

    autoguide: LibraryObject | None
    is_continuous: bool
    model: Program | None
