"""What rules look at of modules: priors that are read, modules that programs call and register."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.values import Instance, LibraryObject
from pyrolint.syntax.ir import Place


class ModulePrior(msgspec.Struct, frozen=True, eq=False):
    """How a sample site came of a PyroSample: whose attribute it is, and where that was read.

    ``expression`` is where the prior's own expression ends in a call or a name that code can be
    appended to, None where a function makes it. ``container`` is the plain module or list of
    torch's that holds the owner without giving it a name.
    """

    owner: Instance | LibraryObject
    attribute: str
    read: Place
    expression: Place | None = None
    container: Instance | LibraryObject | None = None

    @property
    def is_of_layer(self) -> bool:
        """Whether the attribute is a weight or a bias of one of the library's layers."""
        return isinstance(self.owner, LibraryObject)
