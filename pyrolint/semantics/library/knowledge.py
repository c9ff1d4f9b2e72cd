"""What Pyro and torch say about themselves: families, constraints, signatures, aliases.

``knowledge.json`` beside this module is written by ``scripts/read_knowledge.py``, which imports
torch and Pyro and asks them; nothing here imports either. Every key is a *canonical* qualified
name. A name as users write it is normalised by one lookup::

    facts = knowledge()
    family = facts.families[facts.canonical("torch.distributions.normal.Normal")]

An object is canonical under the shortest public name in the library that defines it:
``pyro.distributions.Normal``, ``torch.distributions.constraints.positive`` (also where it was
reached as ``pyro.distributions.constraints.positive``), ``torch.nn.Linear``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeAlias

import msgspec

SCHEMA = 1
"""Version of the shape of the data file; the loader and the reader share it."""

PATH = Path(__file__).with_name("knowledge.json")
"""The committed data file."""


# --- sets --------------------------------------------------------------------------------------


class Reference(msgspec.Struct, frozen=True, gc=False, tag="argument", tag_field="kind"):
    """A bound that is the value of the constructor's own argument ``name``, plus ``offset``."""

    name: str
    offset: float = 0.0


class Extent(msgspec.Struct, frozen=True, gc=False, tag="extent", tag_field="kind"):
    """A bound that is the size of the last dimension of the first given argument of ``names``.

    ``offset`` is added: the support of a Categorical ends at the size of its ``probs`` minus one.
    """

    names: tuple[str, ...]
    offset: float = 0.0


Bound: TypeAlias = Reference | Extent | float | None
"""An end of an interval; None is infinite."""


class Interval(
    msgspec.Struct, frozen=True, gc=False, tag="interval", tag_field="kind", omit_defaults=True
):
    """Elementwise: every element lies between two bounds. Without bounds: the reals.

    ``event_dim`` rightmost dimensions belong to one value. ``integer`` sets hold whole numbers
    only (booleans are integers in [0, 1]). The ends of a ``circular`` interval are one point.
    ``accepts_nan`` is true where the library's own check lets NaN pass.
    """

    lower: Bound = None
    upper: Bound = None
    lower_closed: bool = False
    upper_closed: bool = False
    integer: bool = False
    event_dim: int = 0
    circular: bool = False
    accepts_nan: bool = False


class Structured(
    msgspec.Struct, frozen=True, gc=False, tag="structured", tag_field="kind", omit_defaults=True
):
    """A set whose elements depend on each other, by the library's own name for it.

    One of ``simplex``, ``one_hot``, ``multinomial``, ``sphere``, ``ordered_vector``,
    ``positive_ordered_vector``, ``lower_triangular``, ``lower_cholesky``,
    ``softplus_lower_cholesky``, ``unit_lower_cholesky``, ``corr_cholesky``, ``corr_matrix``,
    ``square``, ``symmetric``, ``positive_semidefinite``, ``positive_definite``, or the name of a
    constraint class of one family. ``upper`` is the total of a ``multinomial``.
    """

    name: str
    event_dim: int
    upper: Bound = None


class Of(msgspec.Struct, frozen=True, gc=False, tag="of", tag_field="kind", omit_defaults=True):
    """The set that the argument ``name`` has or is.

    Of a distribution argument, its support; of a constraint argument, the constraint itself (of
    a sequence of them, each for its part). ``event_dim`` further dimensions, or as many as the
    argument ``event_dim_argument`` says, become event dimensions. Where ``transforms`` names an
    argument, the set is the codomain of the last transform in it, or the argument's own where it
    is empty.
    """

    name: str
    event_dim: int = 0
    event_dim_argument: str | None = None
    transforms: str | None = None


class Dependent(
    msgspec.Struct, frozen=True, gc=False, tag="dependent", tag_field="kind", omit_defaults=True
):
    """A set that depends on arguments in a way this file cannot say."""

    event_dim: int = 0


SetSpec: TypeAlias = Interval | Structured | Of | Dependent


# --- callables ---------------------------------------------------------------------------------


class Parameter(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A parameter of a callable, without ``self``; ``star`` is 1 for ``*args``, 2 for ``**kw``.

    ``default`` is the default where it is a literal, and None for any other object; a parameter
    without a default is ``required``.
    """

    name: str
    required: bool = False
    default: None | bool | int | float | str = None
    keyword_only: bool = False
    star: int = 0


class Callee(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A class or function: its parameters in order and, of a class, every base (nearest first)."""

    parameters: tuple[Parameter, ...]
    bases: tuple[str, ...] = ()


# --- distributions -----------------------------------------------------------------------------


class Argument(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An argument of a family's constructor, in the order of the signature.

    ``constraint`` is what the family declares for it, None where it declares nothing;
    ``enforced`` what its constructor really accepts, given only where a run showed that the two
    differ. A ``renormalised`` argument is divided by its sum, so that any non-negative weights
    serve. ``role`` says what the argument does to the distribution, as measured:

    * ``location``: the mean (or median) moves with it one to one;
    * ``scale``: the standard deviation (or interquartile range) is proportional to it;
    * ``rate``: the standard deviation is inversely proportional to it;
    * ``variance`` and ``precision``: proportional to its square root, or inversely so;
    * ``log_location`` and ``log_scale``: location and scale of the logarithm.
    """

    name: str
    required: bool = False
    default: None | bool | int | float | str = None
    keyword_only: bool = False
    constraint: SetSpec | None = None
    enforced: SetSpec | None = None
    renormalised: bool = False
    role: str | None = None

    @property
    def event_dim(self) -> int:
        """How many rightmost dimensions of the argument make up one event's parameter."""
        return getattr(self.constraint, "event_dim", 0)


class Family(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A class of distributions.

    ``support`` may refer to arguments; ``event_dim`` is that of the support. ``exclusive`` are
    groups of arguments of which exactly one is to be given (``probs``, ``logits``). ``bases`` are
    the canonical names of all base classes, nearest first. Where ``support`` is an Of, so are
    ``has_rsample``, ``has_enumerate_support`` and ``is_discrete``: those of that argument.

    ``refused`` are the kinds of observations that fail where a tensor of the same floats does not,
    as measured: ``bool`` and ``int`` (tensors of those), ``array``, ``list``, ``number``; with a
    question mark behind it, one that fails only while arguments are validated. Where
    ``draws_integers``, draws are tensors of integers.
    ``broadcasts``: its batch and event shapes follow from those of its arguments (see
    ``pyrolint.semantics.library.extents``), as measured.
    """

    arguments: tuple[Argument, ...]
    support: SetSpec
    event_dim: int = 0
    has_rsample: bool = False
    has_enumerate_support: bool = False
    is_discrete: bool = False
    is_transformed: bool = False
    broadcasts: bool = False
    exclusive: tuple[tuple[str, ...], ...] = ()
    bases: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    draws_integers: bool = False

    def argument(self, name: str) -> Argument | None:
        """The argument of that name, or None."""
        return next((each for each in self.arguments if each.name == name), None)

    def playing(self, role: str) -> Argument | None:
        """The argument that plays ``role`` (see Argument), or None."""
        return next((each for each in self.arguments if each.role == role), None)


# --- constraints and transforms ----------------------------------------------------------------


class Constraint(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A public name of the constraints modules: an object, or a factory with ``parameters``.

    The bounds of a factory's ``spec`` refer to its parameters. ``transformable``: ``pyro.param``
    can train under it. ``unusable`` names the initial values from which training cannot start,
    because their unconstrained twin is not finite or its gradient vanishes: ``lower`` and
    ``upper`` (an element at that bound), ``zeros``, ``ones``, ``eye``, ``one_hot``, ``unordered``
    (the whole value, of structured sets). ``integer_init``: an integer tensor is promoted as an
    initial value, rather than refused. ``abstract`` names (``Constraint``, ``dependent``) hold no
    values.
    """

    spec: SetSpec
    parameters: tuple[Parameter, ...] = ()
    is_factory: bool = False
    abstract: bool = False
    transformable: bool = False
    integer_init: bool = False
    unusable: tuple[str, ...] = ()


class Transform(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A transform class: where its values lie, what it takes, how it is built."""

    domain: SetSpec
    codomain: SetSpec
    parameters: tuple[Parameter, ...] = ()
    bijective: bool = False
    bases: tuple[str, ...] = ()


# --- inference ---------------------------------------------------------------------------------


class Optimizer(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An optimizer or scheduler.

    ``kind`` is ``pyro``, ``torch``, ``pyro_scheduler`` or ``torch_scheduler``. ``keys`` are the
    options it knows: of a Pyro one, the keys of its dict of arguments. ``wraps`` is the torch
    class that a Pyro one builds.
    """

    kind: str
    parameters: tuple[Parameter, ...]
    keys: tuple[Parameter, ...] = ()
    wraps: str | None = None
    bases: tuple[str, ...] = ()


class Elbo(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An objective of ``pyro.infer``.

    ``enumerates``: it sums out sites marked for enumeration in the model. ``is_jit``: it compiles.
    ``needs_rsample``: it fails on a guide site without a reparameterised sampler.
    """

    parameters: tuple[Parameter, ...]
    bases: tuple[str, ...] = ()
    enumerates: bool = False
    is_jit: bool = False
    needs_rsample: bool = False


class Layer(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A ``torch.nn`` or ``pyro.nn`` module class; an activation works elementwise or normalises."""

    parameters: tuple[Parameter, ...]
    is_activation: bool = False
    bases: tuple[str, ...] = ()


class Knowledge(msgspec.Struct, frozen=True, gc=False):
    """All facts, keyed by canonical qualified names.

    ``primitives`` are the callables of ``pyro`` itself, ``handlers`` the functions of
    ``pyro.poutine`` and the classes of effect handlers, ``inferences`` the classes of
    ``pyro.infer`` that are no objective, ``functions`` further functions of Pyro's main modules
    and the classes of ``pyro.nn``. ``modules`` maps a module reached as an attribute of another
    package to the module's own name. ``validation_switches`` turn validation on or off,
    ``settings`` are the names of ``pyro.settings`` with their defaults where literal,
    ``deprecated`` names what Pyro warns of, with what it says: callables when they are called,
    modules when they are imported, arguments (``pyro.infer.SVI(num_steps=)``) when they are given.
    """

    schema: int
    torch_version: str
    pyro_version: str
    families: dict[str, Family]
    constraints: dict[str, Constraint]
    transforms: dict[str, Transform]
    optimizers: dict[str, Optimizer]
    elbos: dict[str, Elbo]
    autoguides: dict[str, Callee]
    inferences: dict[str, Callee]
    handlers: dict[str, Callee]
    primitives: dict[str, Callee]
    functions: dict[str, Callee]
    layers: dict[str, Layer]
    validation_switches: tuple[str, ...]
    settings: dict[str, None | bool | int | float | str]
    deprecated: dict[str, str]
    aliases: dict[str, str]
    modules: dict[str, str]

    def canonical(self, name: str) -> str:
        """The canonical name of what a dotted name reaches; a name that is not known stays."""
        return self.aliases.get(name, name)


@cache
def knowledge() -> Knowledge:
    """The facts of the committed data file, read once.

    Raises msgspec.ValidationError where the file does not have this schema.
    """
    return msgspec.json.decode(PATH.read_bytes(), type=Knowledge)
