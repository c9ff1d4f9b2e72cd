"""Modules: which of them are Pyro's, how they hold one another, and when their attributes act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.module_facts import PlainModule
from pyrolint.semantics.values import (
    TRUE,
    Choice,
    Class,
    Constant,
    Dictionary,
    External,
    Instance,
    Items,
    LibraryObject,
    List,
    Pattern,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

Module: TypeAlias = Instance | LibraryObject

PYRO_MODULE = "pyro.nn.PyroModule"
PYRO_LIST = "pyro.nn.PyroModuleList"
PYRO_METHOD = "pyro.nn.pyro_method"
_MAX_NESTING = 16

_PYRO_BASES = (
    PYRO_MODULE,
    "pyro.infer.autoguide.Auto",
    "pyro.contrib.gp.",
    "pyro.contrib.easyguide.",
    "pyro.contrib.forecast.",
    "pyro.contrib.timeseries.",
)
_NO_PYRO_MODULES = ("torch.", "builtins.", "abc.", "typing.", "collections.", "enum.")


def plain_class(name: str) -> str:
    """The name of a layer's class without the ``PyroModule[…]`` around it."""
    inside = name.removeprefix(PYRO_MODULE + "[")
    return inside.removesuffix("]") if inside != name else name


def mixed_in(machine: Machine, key: Value, base: External) -> Value | None:
    """``PyroModule[key]``: the class with Pyro's mixed in; None for what is no class."""
    match key:
        case External(name):
            if name == "torch.nn.Module" or name.startswith(_PYRO_BASES):
                return External(PYRO_MODULE) if name == "torch.nn.Module" else key
            if name == "torch.nn.ModuleList":
                return External(PYRO_LIST)
            return External(f"{base.name}[{name}]")
        case Class():
            if class_is_pyro(key):
                return key
            order = (key, *key.order, base)
            identity = machine.store.allocate()
            return Class(identity, key.name, (key, base), key.place, key.definition, order)
        case _:
            return None


def class_is_pyro(cls: Class) -> bool | None:
    """Whether a class derives from PyroModule; None where a base of it is not known."""
    is_known = True
    for base in cls.order:
        match base:
            case External(name) if name.startswith(_PYRO_BASES):
                return True
            case External(name):
                is_known &= name.startswith(_NO_PYRO_MODULES) or name in knowledge().layers
            case Unknown():
                is_known = False
            case _:
                pass
    return False if is_known else None


def is_pyro(machine: Machine, value: Value) -> bool | None:
    """Whether a value is a PyroModule; None where that is not known."""
    match value:
        case LibraryObject(kind="autoguide"):
            return True
        case LibraryObject(kind="layer", name=name, identity=identity):
            return name.startswith(_PYRO_BASES) or _is_converted(machine, identity)
        case Instance(identity, cls):
            return _is_converted(machine, identity) or class_is_pyro(cls)
        case List():
            made = container(machine, value)
            return made is not None and made.name == PYRO_LIST
        case Unknown() | Choice():
            return None
        case _:
            return False


def container(machine: Machine, value: List) -> LibraryObject | None:
    """What made a list that is a module; None for a plain list."""
    made = machine.store.read(value.identity, "#module")
    return made if isinstance(made, LibraryObject) else None


def is_plain_module(machine: Machine, value: Value) -> bool:
    """Whether a value is certainly a module of torch that Pyro knows nothing of."""
    if is_pyro(machine, value) is not False:
        return False
    match value:
        case LibraryObject(kind="layer"):
            return True
        case Instance(cls=cls):
            return any(isinstance(base, External) and _is_layer(base.name) for base in cls.order)
        case List():
            return container(machine, value) is not None
        case _:
            return False


def plain_module(machine: Machine, value: Value) -> PlainModule | None:
    """A module of torch's that is certainly no PyroModule, with what would make it one."""
    if not is_plain_module(machine, value):
        return None
    if isinstance(value, Instance):
        return _plain_base(value.cls)
    made = container(machine, value) if isinstance(value, List) else value
    return PlainModule(made.place, made.name) if isinstance(made, LibraryObject) else None


def _plain_base(cls: Class) -> PlainModule | None:
    """Where a class, or a base of it in the project, names a module of torch's as its base."""
    for each in (cls, *cls.order):
        if not isinstance(each, Class):
            continue
        written = [base for base in each.definition.bases if base.keyword is None]
        for base, argument in zip(each.bases, written, strict=False):
            if isinstance(base, External) and _is_layer(base.name):
                return PlainModule(Place(each.place.path, argument.value.at), base.name, True)
    return None


def sets_attributes(cls: Class) -> bool:
    """Whether a class of the project says itself what setting an attribute does."""
    return any(
        isinstance(statement, ir.Function) and statement.name == "__setattr__"
        for each in (cls, *cls.order)
        if isinstance(each, Class)
        for statement in each.definition.body
    )


def _is_layer(name: str) -> bool:
    return name.startswith("torch.nn.") or name in knowledge().layers


def _is_converted(machine: Machine, identity: int) -> bool:
    return machine.store.read(identity, "#pyro") is not None


# --- who holds whom ---------------------------------------------------------------------------


def hold(machine: Machine, owner: Value, key: Value, child: Value) -> None:
    """A module, or a list of modules, becomes an attribute or an item of an object.

    Where both are Pyro's the child's sites are named behind its owner's, by the key.
    """
    match child:
        case Choice(options):
            for _, option in options:
                hold(machine, owner, key, option)
        case Instance() | List() | LibraryObject(kind="layer" | "autoguide"):
            identity = identity_of(owner)
            machine.facts.holders.setdefault(child.identity, {})[identity] = owner
            if False not in (is_pyro(machine, owner), is_pyro(machine, child)):
                machine.store.write(child.identity, "#super", Tuple((owner, key)))
        case _:
            pass


def hold_items(machine: Machine, owner: Value, items: Items) -> None:
    """The modules of a container, which are named by their positions."""
    for index, item in enumerate(items.items or ()):
        hold(machine, owner, Constant(str(index)), item)
    if items.element is not None:
        hold(machine, owner, Pattern("{}"), items.element)


def identity_of(value: Value) -> int:
    """The identity of what Python mutates, 0 for anything else."""
    match value:
        case Instance(identity) | List(identity) | Dictionary(identity):
            return identity
        case LibraryObject():
            return value.identity
        case _:
            return 0


def chain(machine: Machine, module: Value) -> Iterator[tuple[Value, Value]]:
    """The PyroModules above a PyroModule, innermost first, each with the key it holds by."""
    for _ in range(_MAX_NESTING):
        above = machine.store.read(identity_of(module), "#super")
        if not isinstance(above, Tuple):
            if above is not None:
                yield Unknown("one of several modules"), Pattern("{}")
            return
        module, key = above.items
        yield module, key


def full_name(machine: Machine, module: Value, attribute: str) -> Value:
    """The name of an attribute's site or parameter: those of the modules above, dotted."""
    parts, modules = [attribute], [module]
    for owner, key in chain(machine, module):
        match key:
            case Constant(value):
                parts.append(str(value))
            case Pattern(text):
                parts.append(text)
            case _:
                parts.append("{}")
        modules.append(owner)
    root = machine.store.read(identity_of(modules[-1]), "#name") or Constant("")
    if not isinstance(root, Constant) or not all(is_pyro(machine, each) for each in modules):
        return Unknown("the name of a module that is not known", independent=True)
    if root.value:
        parts.append(str(root.value))
    name = ".".join(reversed(parts))
    return Pattern(name) if "{}" in name else Constant(name)


# --- when attributes act ----------------------------------------------------------------------


def _root(machine: Machine, module: Value) -> int:
    top = module
    for owner, _ in chain(machine, module):
        top = owner
    return identity_of(top)


def in_context(machine: Machine, module: Value, function: Callable[[], Value]) -> Value:
    """Run what a call of a PyroModule runs: in there its attributes make sites, each once."""
    root = _root(machine, module)
    before = machine.module_contexts
    if root in before:
        return function()
    machine.module_contexts = {**before, root: machine.store.allocate()}
    try:
        return function()
    finally:
        machine.module_contexts = before


def context_of(machine: Machine, module: Value) -> int | None:
    """What keeps the draws of a PyroModule's attributes while it is called, else None."""
    return machine.module_contexts.get(_root(machine, module))


def convert(machine: Machine, module: Value) -> None:
    """``to_pyro_module_``: a module and those that it holds become PyroModules, in place."""
    if not isinstance(module, Instance | LibraryObject) or _is_converted(machine, module.identity):
        return
    machine.store.write(module.identity, "#pyro", TRUE)
    for key, value in list(machine.store.cells_of(module.identity)):
        if key == "#children" and isinstance(value, Items):
            for item in value.items or ():
                convert(machine, item)
            hold_items(machine, module, value)
        elif not key.startswith("#"):
            convert(machine, value)
            hold(machine, module, Constant(key), value)
