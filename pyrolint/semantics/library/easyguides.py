"""Guides of ``pyro.contrib.easyguide``: groups of sites that are drawn at once."""

from __future__ import annotations

from pyrolint.semantics.library.sampling import sample
from pyrolint.semantics.machine import Arguments, Machine
from pyrolint.semantics.values import (
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
        values, places = arguments.bind(["name", "size", "subsample_size", "subsample"])
        return LibraryObject("pyro.plate", "plate", values, place, places)
    return Unknown(f"`{name}` of an easy guide", place)


def call_group_method(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``group.sample(name, fn)`` draws all the sites of the group at once; their values follow."""
    if name == "sample":
        drawn = sample(machine, arguments, place)
        return Unknown("draws of a group", place, getattr(drawn, "origins", ()))
    return Unknown(f"`{name}` of a group of sites", place)
