"""Uses of names that a library no longer has, or that it tells its users to leave behind."""

from __future__ import annotations

from enum import Enum

import msgspec

from pyrolint.syntax.ir import Place


class UseKind(Enum):
    """How a name is used: what stands at the place of the use."""

    IMPORT = "import"
    """One name of an import, which binds it."""

    MODULE = "module"
    """A ``from`` import of the module that the name is."""

    ATTRIBUTE = "attribute"
    """An attribute of a module or class."""

    METHOD = "method"
    """A call of a method."""

    ARGUMENT = "argument"
    """An argument of a call."""


class NameUse(msgspec.Struct, frozen=True, eq=False):
    """A use of a retired name of a library, in full and as it is written there.

    ``program`` is the program that runs there, if one does. Uses are left out that a program
    falls back on: where a failed import is caught, or behind a test of the library's version.
    """

    name: str
    kind: UseKind
    place: Place
    program: str | None = None
