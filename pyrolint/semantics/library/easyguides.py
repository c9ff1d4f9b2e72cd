"""Guides of ``pyro.contrib.easyguide``: groups of sites that are drawn at once."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import new_dictionary
from pyrolint.semantics.library.plates import make_plate
from pyrolint.semantics.library.sampling import sample
from pyrolint.semantics.library.statements import note_site
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import (
    TRUE,
    Class,
    External,
    LibraryObject,
    Partial,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

BASE = "pyro.contrib.easyguide.EasyGuide"
DECORATOR = "pyro.contrib.easyguide.easy_guide"
METHODS = frozenset({"group", "plate", "map_estimate"})


def is_easy_guide(cls: Class) -> bool:
    """Whether a class of the project is an EasyGuide, whose ``forward`` runs its ``guide``."""
    return any(isinstance(base, External) and base.name == BASE for base in cls.order)


def make_decorator(place: Place) -> LibraryObject:
    """``easy_guide(model)``: makes a guide of a function of an EasyGuide."""
    return LibraryObject(DECORATOR, "easy_guide", {}, place)


def decorated(decorator: LibraryObject, arguments: Arguments, place: Place) -> Value:
    """The guide that the decorator makes: the function, given an EasyGuide first."""
    function = arguments.get(0, "fn")
    if function is None:
        return Unknown("an easy guide of nothing", place)
    guide = LibraryObject(BASE, "easyguide", {}, decorator.place)
    return Partial(function, (guide,), {})


def call_guide_method(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``self.group(…)``, ``self.plate(…)``, ``self.map_estimate(…)``."""
    if name == "group":
        return LibraryObject("pyro.contrib.easyguide.Group", "easygroup", {}, place)
    if name == "plate":
        return make_plate(machine, arguments, place)
    note_site(machine, "which sites an easy guide draws hangs on its model", place)
    return Unknown(f"`{name}` of an easy guide", place)


def call_group_method(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``group.sample(name, fn)`` draws all the sites of the group at once; their values follow."""
    if name == "sample":
        note_site(machine, "which sites a group draws hangs on the model", place)
        infer = new_dictionary(machine, {"is_auxiliary": TRUE})
        marked = msgspec.structs.replace(arguments, keywords={**arguments.keywords, "infer": infer})
        drawn = sample(machine, marked, place)
        return Unknown("draws of a group", place, getattr(drawn, "origins", ()))
    return Unknown(f"`{name}` of a group of sites", place)
