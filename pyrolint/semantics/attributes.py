"""Attributes: of instances through their classes, of modules, of what the library makes."""

from __future__ import annotations

import math

import msgspec

from pyrolint.semantics.alternatives import choose, under
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.definitions import setter_of
from pyrolint.semantics.flow import lose
from pyrolint.semantics.imports import external
from pyrolint.semantics.library.dispatch import library_attribute
from pyrolint.semantics.library.markers import read_module_attribute, set_module_attribute
from pyrolint.semantics.library.retired import note_attribute
from pyrolint.semantics.library.unfollowed import note_prior
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import (
    Bound,
    Choice,
    Class,
    Constant,
    External,
    Function,
    Handled,
    Instance,
    LibraryMethod,
    LibraryObject,
    ModuleNamespace,
    Super,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

_NUMBERS = {"pi": math.pi, "e": math.e, "inf": math.inf}
_NUMBER_MODULES = frozenset({"math", "numpy", "torch", "scipy"})


def mro(cls: Class) -> tuple[Value, ...]:
    """The class and its bases, in the order in which attributes are looked up."""
    return (cls, *cls.order)


def find_in_class(machine: Machine, cls: Class, name: str) -> Value | None:
    """What a class or the nearest of its project bases defines under a name."""
    found = machine.store.read(cls.identity, name)
    if found is not None:
        return found
    for base in cls.order:
        if isinstance(base, Class):
            found = machine.store.read(base.identity, name)
            if found is not None:
                return found
    return None


def has_unknown_base(cls: Class) -> bool:
    """Whether some base of the class is not known, so that attributes may come from there."""
    return any(isinstance(base, Unknown) for base in mro(cls))


MODULE_BASES = ("torch.nn.", "pyro.nn.", "pyro.contrib.", "pyro.infer.autoguide.", "gpytorch.")
"""Prefixes of library classes that are modules: calling an instance calls its ``forward``."""


def is_module_class(cls: Class) -> bool:
    """Whether instances are modules (or may be: a base that is not known counts)."""
    return any(
        isinstance(base, Unknown)
        or (isinstance(base, External) and base.name.startswith(MODULE_BASES))
        or (isinstance(base, External) and not base.name.startswith(("builtins.", "abc.")))
        for base in mro(cls)
    )


def attribute(machine: Machine, value: Value, name: str, place: Place) -> Value:
    """``value.name``"""
    match value:
        case External(owner):
            top = owner.split(".", 1)[0]
            if name in _NUMBERS and owner in _NUMBER_MODULES:
                return Constant(_NUMBERS[name])
            note_attribute(machine, f"{owner}.{name}", place)
            return (
                external(f"{owner}.{name}")
                if top != "builtins"
                else LibraryMethod(value, name, place)
            )
        case Instance():
            return _instance_attribute(machine, value, name, place)
        case ModuleNamespace(path):
            return _namespace_attribute(machine, path, name, place)
        case Class():
            return _class_attribute(machine, value, name, place)
        case Choice():
            return choose(
                [
                    (guard, attribute(machine, each, name, place))
                    for guard, each in value.alternatives
                ]
            )
        case Super(instance, after):
            for base in mro(after)[1:]:
                if isinstance(base, Class):
                    found = machine.store.read(base.identity, name)
                    if found is not None:
                        return _bound(machine, found, instance, place)
            return LibraryMethod(instance, name, place)
        case LibraryObject() if value.identity:
            own = machine.store.read(value.identity, name)
            if own is not None:
                return read_module_attribute(machine, value, name, under(own, machine.path), place)
            return library_attribute(machine, value, name, place)
        case _:
            return library_attribute(machine, value, name, place)


def _namespace_attribute(machine: Machine, path: str, name: str, place: Place) -> Value:
    frame = machine.module_frame(path)
    if frame is not None:
        found = machine.store.read(frame.identity, name)
        if found is not None:
            return found
    # A submodule is an attribute of its package.
    inner = machine.resolve(name, 1, path if path.endswith(".py") else path + "/__init__.py")
    if inner is not None:
        return ModuleNamespace(inner)
    return Unknown(f"`{name}` is not found in {path}", place)


def _instance_attribute(machine: Machine, instance: Instance, name: str, place: Place) -> Value:
    own = machine.store.read(instance.identity, name)
    if own is not None:
        own = under(own, machine.path)
        return read_module_attribute(machine, instance, name, own, place)
    if name == "__class__":
        return instance.cls
    found = find_in_class(machine, instance.cls, name)
    if found is not None:
        return _bound(machine, found, instance, place, name)
    if name == "__dict__":
        return Unknown("an instance's namespace", place)
    getter = find_in_class(machine, instance.cls, "__getattr__")
    if getter is not None:
        return Unknown("made by __getattr__", place)
    if has_unknown_base(instance.cls) or any(
        isinstance(base, External) for base in mro(instance.cls)
    ):
        return LibraryMethod(instance, name, place)
    return Unknown(f"the attribute `{name}` is not set anywhere", place)


def _bound(
    machine: Machine, found: Value, instance: Value, place: Place, name: str | None = None
) -> Value:
    if isinstance(found, Function):
        if found.kind == "static":
            return found
        if found.kind == "class":
            cls = instance.cls if isinstance(instance, Instance) else instance
            return Bound(found, cls)
        if found.kind == "property":
            return machine.call(found, Arguments((instance,), {}, (place,)), place)
        return Bound(found, instance)
    if isinstance(found, Handled):
        # A decorated method: the handler stays around the bound one.
        program = _bound(machine, found.program, instance, place)
        return msgspec.structs.replace(found, program=program)
    if isinstance(instance, Instance) and name is not None:
        return read_module_attribute(machine, instance, name, found, place)
    return found


def _class_attribute(machine: Machine, cls: Class, name: str, place: Place) -> Value:
    found = find_in_class(machine, cls, name)
    if found is None:
        return LibraryMethod(cls, name, place)
    if isinstance(found, Function) and found.kind == "class":
        return Bound(found, cls)
    return found


def set_attribute(machine: Machine, value: Value, name: str, new: Value, place: Place) -> None:
    """``value.name = new``"""
    lose(machine, new)
    match value:
        case Instance(cls=cls) if setter := find_in_class(machine, cls, setter_of(name)):
            machine.call(setter, Arguments((value, new), {}, (place, place)), place)
        case Class(identity):
            machine.store.write(identity, name, new)
        case Instance(identity) | LibraryObject(identity=identity) if identity:
            machine.store.write(identity, name, new)
            set_module_attribute(machine, value, name, new, place)
        case ModuleNamespace(path):
            frame = machine.module_frame(path)
            if frame is not None:
                machine.store.write(frame.identity, name, new)
        case _:
            note_prior(machine, new, place)
