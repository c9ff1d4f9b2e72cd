"""What rules look at of modules: their priors, what is set on plain ones, what is registered."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.values import Instance, LibraryObject, Value
from pyrolint.syntax.ir import Place


class PlainModule(msgspec.Struct, frozen=True):
    """A module of torch's that is no PyroModule: where it is made, and of which library class.

    Of a class of the project, ``is_base``, it is the base that would have to be Pyro's.
    """

    place: Place
    cls: str
    is_base: bool = False

    @property
    def written(self) -> str:
        """The class as users write it: ``nn.Linear``."""
        return self.cls.removeprefix("torch.")

    @property
    def wanted(self) -> str:
        """The class that would be Pyro's, as users write it: ``PyroModule[nn.Linear]``."""
        return "PyroModule" if self.cls == "torch.nn.Module" else f"PyroModule[{self.written}]"

    @property
    def code(self) -> str:
        """The same for an edit of the class's name where it stands."""
        return "{pyro.nn.PyroModule}" + ("" if self.cls == "torch.nn.Module" else "[{}]")


class ModulePrior(msgspec.Struct, frozen=True, eq=False):
    """How a sample site came of a PyroSample: whose attribute it is, and where that was read.

    ``given`` is what was given for a prior: a distribution, or a function that makes one.
    ``expression`` is where the prior's own expression ends in a call or a name that code can be
    appended to, None where a function makes it. ``container`` is the plain module or list of
    torch's that holds the owner without giving it a name.
    """

    owner: Instance | LibraryObject
    attribute: str
    read: Place
    given: Value
    expression: Place | None = None
    container: PlainModule | None = None

    @property
    def is_of_layer(self) -> bool:
        """Whether the attribute is a weight or a bias of one of the library's layers."""
        owner = self.owner
        return isinstance(owner, LibraryObject) and owner.name != "pyro.nn.PyroModule"


class MarkedAttribute(msgspec.Struct, frozen=True, eq=False):
    """A PyroSample or PyroParam set on a module of torch's that is no PyroModule.

    ``place`` is where it is set; ``replaces``: there is a parameter of that name.
    """

    marker: LibraryObject
    attribute: str
    place: Place
    owner: PlainModule
    replaces: bool


class ModuleCall(msgspec.Struct, frozen=True):
    """A call of a module; ``is_bare`` where it is itself called, and not its ``forward``."""

    module: Instance | LibraryObject
    place: Place
    is_bare: bool = True


class ModuleUse(msgspec.Struct, frozen=True, eq=False):
    """A program that an SVI trains uses the parameters of a module that torch knows, Pyro not.

    ``module`` is what the program calls, ``use`` where; ``held`` are the identities of it and of
    what it calls in turn. ``owner`` is the PyroModule that holds it, or whose own ``attribute`` is
    read, in a method that Pyro does not know for one of that module's. ``is_bare`` is as in
    ``ModuleCall``.
    """

    module: Instance | LibraryObject
    use: Place
    held: tuple[int, ...]
    program: str
    program_place: Place
    owner: Instance | LibraryObject | None = None
    attribute: str | None = None
    is_bare: bool = True


class UnregisteredModule(msgspec.Struct, frozen=True, eq=False):
    """A use of a module that nobody registers.

    ``name`` is what a variable or attribute calls it.
    """

    use: ModuleUse
    name: str | None


class FrozenRegistration(msgspec.Struct, frozen=True, eq=False):
    """A module in training mode that is registered although parameters of its are frozen.

    ``place`` is where it is registered, ``frozen`` where its parameters were frozen; ``attribute``
    is the name by which a PyroModule holds it, whose reading registers it.
    """

    module: Instance | LibraryObject
    place: Place
    frozen: Place
    program: str | None
    attribute: str | None = None
