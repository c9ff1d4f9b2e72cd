"""Abstract values: what an expression may be, from constants to programs.

Values are immutable. What Python mutates (lists, dicts, instances, namespaces) is a value with an
``identity`` whose contents live in the ``Store`` under that identity, so that branches can fork
and join them.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from pyrolint.semantics.sets import Interval, Set
from pyrolint.semantics.shapes import Shape
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

if TYPE_CHECKING:
    from pyrolint.semantics.frames import Frame
    from pyrolint.semantics.library.knowledge import Family

Decision: TypeAlias = tuple[object, int]
"""A branch and the way it went: the branch's key and the number of the alternative taken."""


Guard: TypeAlias = tuple[Decision, ...]
"""The decisions under which something holds; the empty guard holds always."""


class OriginKind(Enum):
    """Where a number comes from."""

    PARAMETER = "parameter"
    LATENT = "latent"
    NETWORK = "network"
    DATA = "data"
    RANDOM = "random"
    OPAQUE = "opaque"
    OBJECTIVE = "objective"


class Cut(msgspec.Struct, frozen=True):
    """Where a value was taken over without its gradient: by what (``.item()``), and where.

    ``takes`` is all that it was given: ``tensor``, ``tensors`` (a list of them), or None for
    anything else.
    """

    function: str
    place: Place
    takes: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """A source of values: ``members`` is the set of the source itself, before any transform.

    ``name`` is the parameter's or site's name (or its pattern), where there is one;
    ``constrained`` tells whether a parameter was declared with a constraint of its own,
    ``statement`` by what (``pyro.param``, ``PyroParam`` or ``nn.Parameter``), and
    ``constraint_place`` where that constraint stands. ``inputs`` are what a network was applied
    to, itself no network. ``cuts``: the gradient that would flow back to it is cut off there, the
    first on the way first; the source of which a value is made in two ways is two origins.
    """

    kind: OriginKind
    place: Place
    name: str | None = None
    members: Set | None = None
    constrained: bool = False
    statement: str | None = None
    constraint_place: Place | None = None
    inputs: tuple[Origin, ...] = ()
    cuts: tuple[Cut, ...] = ()

    @property
    def source(self) -> tuple[OriginKind, Place, str | None]:
        """What tells sources apart, whichever way their values went."""
        return self.kind, self.place, self.name


class Applied(msgspec.Struct, frozen=True):
    """The last function that made a value: its name, where, on what, along which dimension.

    ``caller`` is the project's function that called it, None at a module's top level.
    """

    function: str
    place: Place
    argument: Value
    argument_place: Place | None = None
    dimension: int | None = None
    caller: Place | None = None


class RowsKind(Enum):
    """Which rows of something longer a value holds."""

    WINDOW = "a fixed window"
    MOVING = "a window that moves"
    DRAWN = "rows drawn anew"
    BATCH = "a batch of a loader"
    PLATE = "the rows that a plate drew"
    INDICES = "drawn indices, of which no rows were taken yet"


class Rows(msgspec.Struct, frozen=True):
    """Rows of some data, taken at a place; ``length`` is how many, ``whole`` of how many.

    Both are None where that is not known. ``in_program``: the program itself takes them;
    ``anew``: of indices, each turn of a loop draws others.
    """

    kind: RowsKind
    place: Place
    length: int | None = None
    in_program: bool = False
    whole: int | None = None
    anew: bool = False

    @property
    def is_batch(self) -> bool:
        """Whether each turn of a loop has other rows."""
        return self.kind in (RowsKind.MOVING, RowsKind.DRAWN, RowsKind.BATCH)


class Altered(msgspec.Struct, frozen=True):
    """What was done to data that leaves few whole numbers of it, and where.

    ``function`` is a logarithm or root; or ``mean`` where the data's own mean was taken off it,
    ``sign`` or ``where``: then it ``is_centred``, with values on both sides of 0.
    """

    function: str
    place: Place
    is_centred: bool = False


class Literal(msgspec.Struct, frozen=True):
    """Elements written out: row-major values and the shape; ``eye`` for identity matrices.

    ``place`` is where the tensor was made of them, None for scalars and results of arithmetic.
    """

    values: tuple[float, ...]
    shape: tuple[int, ...]
    is_eye: bool = False
    place: Place | None = None


class Unknown(msgspec.Struct, frozen=True, eq=False):
    """What the analysis does not know, and why.

    ``origins`` are those that may have gone into it. ``independent``: it certainly holds nothing
    that is optimised or drawn in a program (data, a program's own arguments).
    ``raw`` are the places where it was read as raw data. ``is_given``: it is certainly not None.
    ``shape`` is that of a tensor; ``measured`` the tensor whose sizes this value lists; ``source``
    the library's function that made it, ``rows`` which of something longer it holds.
    ``is_written_over``: a tensor or table
    that was written in place, somewhere or perhaps, so that what it was before is no guide.
    """

    reason: str
    place: Place | None = None
    origins: tuple[Origin, ...] = ()
    independent: bool = False
    raw: tuple[Place, ...] = ()
    is_written_over: bool = False
    is_given: bool = False
    shape: Shape | None = None
    measured: Value | None = None
    source: str | None = None
    rows: Rows | None = None


class Constant(msgspec.Struct, frozen=True):
    """A Python constant: None, bool, int, float or str."""

    value: None | bool | int | float | str


class Hole(msgspec.Struct, frozen=True, eq=False):
    """What goes into a string at a place: a value, the same only as itself."""

    value: Value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hole) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


class Pattern(msgspec.Struct, frozen=True):
    """A string with parts that are not known, as ``x_{}``, and what goes into each ``{}``."""

    text: str
    holes: tuple[Hole, ...] = ()

    def may_be(self, name: str) -> bool:
        """Whether it can come out as that string."""
        return re.fullmatch(".*".join(map(re.escape, self.text.split("{}"))), name) is not None


class Numeric(msgspec.Struct, frozen=True):
    """A tensor, array or number.

    ``within`` certainly holds all its elements; ``reaches`` is exactly what they can attain, or
    None where that is not known. ``start`` bounds the value at the first step of training.
    ``raw``: places of raw data that arrive here with their scale unchanged. ``form`` is
    ``tensor``, ``array`` or ``number``; ``dtype`` is ``float``, ``int`` or ``bool``. ``size`` is
    the symbol that a number goes by as the size of a dimension. ``chosen_by`` are latents that
    decide which elements of something else these are. ``altered`` is what was done to data, where
    it is not known itself, ``rows`` which of something longer it holds (of a size: whose it is).
    """

    within: Set | None = None
    reaches: Set | None = None
    start: Interval | None = None
    origins: tuple[Origin, ...] = ()
    dtype: str | None = None
    form: str | None = None
    literal: Literal | None = None
    raw: tuple[Place, ...] = ()
    applied: Applied | None = None
    shape: Shape | None = None
    independent: bool = False
    size: str | None = None
    chosen_by: tuple[Origin, ...] = ()
    altered: Altered | None = None
    rows: Rows | None = None


class Tuple(msgspec.Struct, frozen=True):
    """A tuple (or another immutable sequence) of known length."""

    items: tuple[Value, ...]


class List(msgspec.Struct, frozen=True):
    """A list or set; its ``Items`` live in the store."""

    identity: int


class Items(msgspec.Struct, frozen=True):
    """Contents of a list: exact ``items``, or None and any number of ``element``."""

    items: tuple[Value, ...] | None
    element: Value | None = None


class Dictionary(msgspec.Struct, frozen=True):
    """A dict; its ``Entries`` live in the store."""

    identity: int


class Entries(msgspec.Struct, frozen=True):
    """Contents of a dict by constant key; ``rest`` stands for every key not known.

    ``places`` are where the values of keys that are words were written.
    """

    known: Mapping[object, Value]
    rest: Value | None = None
    places: Mapping[str, Place] = {}


class Sequence(msgspec.Struct, frozen=True):
    """An iterable whose elements are all like ``element``.

    ``length`` is how many they are: a number, or one for each decision; None where not known.
    ``counted``: each element, or the first part of each, is another number, and this is what
    settles which ones, by which another sequence is known to be the same.
    """

    element: Value
    length: Value | None = None
    counted: tuple[Hashable, ...] = ()


class Function(msgspec.Struct, frozen=True, eq=False):
    """A function or lambda with the frame it closes over; ``owner`` is the class it stands in."""

    definition: ir.Function | ir.Lambda
    frame: Frame
    defaults: Mapping[str, Value]
    name: str
    owner: Class | None = None
    kind: str = "function"


class Bound(msgspec.Struct, frozen=True):
    """A function or library method bound to its receiver."""

    function: Value
    receiver: Value


class Partial(msgspec.Struct, frozen=True):
    """``functools.partial``: a callee with arguments filled in."""

    callee: Value
    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]


class Class(msgspec.Struct, frozen=True, eq=False):
    """A class of the project; its namespace lives in the store under ``identity``.

    ``order`` are its bases in the order in which attributes are looked up, itself left out.
    """

    identity: int
    name: str
    bases: tuple[Value, ...]
    place: Place
    definition: ir.Class
    order: tuple[Value, ...] = ()


class Instance(msgspec.Struct, frozen=True, eq=False):
    """An object of a project class; its attributes live in the store under ``identity``."""

    identity: int
    cls: Class
    place: Place


class Super(msgspec.Struct, frozen=True):
    """``super()`` inside a method of ``after``."""

    instance: Value
    after: Class


class External(msgspec.Struct, frozen=True):
    """A name in a library, canonical where the knowledge file has an alias for it."""

    name: str


class ModuleNamespace(msgspec.Struct, frozen=True):
    """An imported module of the project itself."""

    path: str


class LibraryMethod(msgspec.Struct, frozen=True):
    """A method of a value that the library tables know: ``value.name``."""

    receiver: Value
    name: str
    place: Place


class LibraryObject(msgspec.Struct, frozen=True, eq=False):
    """An object that a library makes (optimizer, ELBO, SVI, autoguide, layer, plate, …).

    ``name`` is the canonical name of its class, ``arguments`` what it was made of by parameter
    name, ``places`` where each argument stands. ``identity`` keys what is set on it later.
    ``is_base``: it stands for an instance of a project's own class, which initialises it as its
    base. ``is_complete`` tells that every argument is listed.
    """

    name: str
    kind: str
    arguments: Mapping[str, Value]
    place: Place
    places: Mapping[str, Place] = {}
    identity: int = 0
    is_base: bool = False
    is_complete: bool = True


class Handled(msgspec.Struct, frozen=True, eq=False):
    """A program under an effect handler: ``poutine.block(program, hide=…)``."""

    handler: str
    program: Value
    arguments: Mapping[str, Value]
    place: Place


class ConstraintValue(msgspec.Struct, frozen=True):
    """A constraint: its set (None where unknown) and what the knowledge file says of it.

    ``degenerate`` says how nothing, or next to nothing, satisfies it. ``site`` is the parameter
    or sample site that it was met at.
    """

    name: str
    members: Set | None
    place: Place
    transformable: bool | None = None
    degenerate: str | None = None
    is_class: bool = False
    site: str | None = None


class Distribution(msgspec.Struct, frozen=True, eq=False):
    """A distribution object: its family, its arguments by name and where they stand.

    ``support`` is what its draws attain, ``enclosure`` a set that certainly holds them; each is
    None where not known. ``batch_shape`` and ``event_shape`` are those of the object as it stands.
    ``event_dims`` counts what ``to_event`` declared, ``checked`` is the value of ``validate_args``,
    ``is_complete`` tells that every argument is listed. ``is_base``: it stands for an instance of a
    project's own class, which initialises it as its base.
    """

    family: Family | None
    name: str
    arguments: Mapping[str, Value]
    places: Mapping[str, Place]
    place: Place
    support: Set | None
    enclosure: Set | None
    event_dims: int = 0
    masked: bool = False
    checked: Value | None = None
    is_complete: bool = True
    is_base: bool = False
    batch_shape: Shape | None = None
    event_shape: Shape | None = None


class Choice(msgspec.Struct, frozen=True):
    """Guarded alternatives, at most ``MAX_ALTERNATIVES``; exclusive ones never meet."""

    alternatives: tuple[tuple[Guard, Value], ...]


Value: TypeAlias = (
    Unknown
    | Constant
    | Pattern
    | Numeric
    | Tuple
    | List
    | Dictionary
    | Sequence
    | Function
    | Bound
    | Partial
    | Class
    | Instance
    | Super
    | External
    | ModuleNamespace
    | LibraryMethod
    | LibraryObject
    | Handled
    | ConstraintValue
    | Distribution
    | Choice
    | Items
    | Entries
)


NONE = Constant(None)
ONE = Constant(1)
TRUE = Constant(True)
FALSE = Constant(False)
