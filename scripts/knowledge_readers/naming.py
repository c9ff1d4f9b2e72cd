"""Which public names reach which object, and which of them is canonical."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import types
from collections.abc import Iterator
from functools import cached_property

import pyro
from torch.distributions.constraint_registry import ConstraintRegistry
from torch.distributions.constraints import Constraint

# Where users look for things first. What two of these hold is canonical in the earlier one.
HOMES = (
    "pyro.poutine",
    "pyro.distributions.constraints",
    "pyro.distributions.transforms",
    "pyro.distributions",
    "pyro.infer.autoguide",
    "pyro.infer",
    "pyro.optim",
    "pyro.nn",
    "pyro",
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.special",
    "torch.linalg",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torch.distributions.constraints",
    "torch.distributions.transforms",
    "torch.distributions",
)

# The parts of torch whose names a model may use; the rest of it is of no interest here.
TORCH_PARTS = (
    "torch.autograd",
    "torch.distributions",
    "torch.functional",
    "torch.linalg",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.nn.modules",
    "torch.nn.parameter",
    "torch.nn.utils.rnn",
    "torch.optim",
    "torch.special",
    "torch.utils.data",
)

# Importing these runs a demonstration, or only warns that the module has moved.
SKIPPED = ("pyro.contrib.examples", "pyro.contrib.funsor", "pyro.generic", "pyro.contrib.mue")


def is_public(name: str) -> bool:
    """Whether no part of a dotted name begins with an underscore."""
    return not any(part.startswith("_") for part in name.split("."))


def _importable(root: types.ModuleType) -> Iterator[str]:
    for found in pkgutil.walk_packages(root.__path__, root.__name__ + ".", onerror=lambda _: None):
        if is_public(found.name) and not found.name.startswith(SKIPPED):
            yield found.name


def public_modules() -> list[types.ModuleType]:
    """Every importable public module of Pyro and of the parts of torch that models use."""
    names = ["pyro", *_importable(pyro), "torch", "torch.nn"]
    for part in TORCH_PARTS:
        module = importlib.import_module(part)
        names.append(part)
        if hasattr(module, "__path__"):
            names.extend(_importable(module))
    modules = (_imported(name) for name in names)
    return [module for module in modules if module is not None]


def _imported(name: str) -> types.ModuleType | None:
    """The module, or None where it serves an optional dependency that is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def home_library(value: object) -> str | None:
    """``torch`` or ``pyro``, whichever defines a class, function, constraint or registry."""
    if isinstance(value, Constraint | ConstraintRegistry):
        module = type(value).__module__
    elif inspect.isclass(value) or inspect.isroutine(value):
        module = getattr(value, "__module__", None) or ""
        if inspect.isbuiltin(value) and not module:
            module = type(value.__self__).__module__ if value.__self__ is not None else ""
    else:
        return None
    root = module.split(".")[0]
    return root if root in ("torch", "pyro") else None


class Names:
    """All public names of torch and Pyro objects, with the canonical one of each object."""

    def __init__(self) -> None:
        self.modules = public_modules()
        self.reached: dict[str, object] = {}
        for module in self.modules:
            for attribute, value in list(vars(module).items()):
                if not attribute.startswith("_") and home_library(value) is not None:
                    self.reached[f"{module.__name__}.{attribute}"] = value

    def _rank(self, name: str, value: object) -> tuple[object, ...]:
        """Sorts the names of one object; the least is canonical."""
        module, _, attribute = name.rpartition(".")
        library = home_library(value)
        origin = f"{getattr(value, '__module__', None)}."
        offered = attribute in getattr(sys.modules[module], "__all__", ())
        return (
            name.split(".")[0] != library,
            # A module that merely imports the object for its own use comes last.
            not offered and not origin.startswith(f"{module}."),
            module not in HOMES,
            attribute != getattr(value, "__name__", attribute),
            HOMES.index(module) if module in HOMES else 0,
            name.count("."),
            name,
        )

    @cached_property
    def by_object(self) -> dict[int, str]:
        """The canonical name by ``id``; the objects live as long as ``reached`` does."""
        best: dict[int, tuple[tuple[object, ...], str]] = {}
        for name, value in self.reached.items():
            rank = self._rank(name, value)
            if id(value) not in best or rank < best[id(value)][0]:
                best[id(value)] = (rank, name)
        return {key: name for key, (_, name) in best.items()}

    def of(self, value: object) -> str | None:
        """The canonical name of an object, or None where no public name reaches it."""
        return self.by_object.get(id(value))

    def bases(self, value: type) -> tuple[str, ...]:
        """Canonical names of all public base classes, nearest first."""
        names = (self.of(base) for base in value.__mro__[1:])
        return tuple(name for name in names if name is not None)

    def classes(self, base: type) -> dict[str, type]:
        """Canonical name to class for every public subclass of ``base``, itself included."""
        return {
            name: value
            for name, value in self.canonical_objects()
            if isinstance(value, type) and issubclass(value, base)
        }

    def canonical_objects(self) -> Iterator[tuple[str, object]]:
        """Every canonical name with its object."""
        for name, value in self.reached.items():
            if self.by_object[id(value)] == name:
                yield name, value

    def aliases(self) -> dict[str, str]:
        """Every other public name with the canonical one."""
        return {
            name: self.by_object[id(value)]
            for name, value in self.reached.items()
            if self.by_object[id(value)] != name
        }

    def module_aliases(self) -> dict[str, str]:
        """Modules that a package offers under another name than their own."""
        return {
            f"{package.__name__}.{attribute}": value.__name__
            for package in self.modules
            if hasattr(package, "__path__")
            for attribute, value in vars(package).items()
            if isinstance(value, types.ModuleType)
            and is_public(f"{attribute}.{value.__name__}")
            and value.__name__.split(".")[0] in ("torch", "pyro")
            and f"{package.__name__}.{attribute}" != value.__name__
        }
