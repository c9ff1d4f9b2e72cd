"""Import statements: names of libraries become External, the project's own modules are read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.retired import note_import
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import External, ModuleNamespace, Unknown, Value
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

LIBRARIES = frozenset({"pyro", "torch", "numpy", "scipy", "pandas", "sklearn", "numpyro"})
"""Packages that are taken for themselves, also where the project is one of them."""

EXTENSIONS = "pyro.contrib."
"""Their modules that the tables do not know: inside Pyro's own sources, a project's own."""


PYROAPI = {
    "pyro": "pyro",
    "distributions": "pyro.distributions",
    "handlers": "pyro.poutine",
    "infer": "pyro.infer",
    "optim": "pyro.optim",
    "ops": "torch",
}
"""Where the modules of ``pyroapi`` lead under its default backend."""


@lru_cache(maxsize=8192)
def external(name: str) -> External:
    """A library's name, canonical where the knowledge file has an alias for it."""
    facts = knowledge()
    if name.startswith("pyroapi."):
        module, dot, rest = name[len("pyroapi.") :].partition(".")
        if module in PYROAPI:
            name = PYROAPI[module] + dot + rest
    return External(facts.canonical(facts.modules.get(name, name)))


def import_modules(machine: Machine, frame: Frame, node: ir.Import) -> None:
    """``import a.b as c``: binds c to the module, or a to the package."""
    for (dotted, alias), at in zip(node.names, node.places, strict=True):
        note_import(machine, frame.path, dotted, None, (at, at))
        if alias is not None:
            value = _module(machine, frame, dotted, 0)
            machine.store.write(frame.identity, alias, value)
        else:
            top = dotted.split(".")[0]
            value = _module(machine, frame, top, 0)
            machine.store.write(frame.identity, top, value)


def _module(machine: Machine, frame: Frame, dotted: str, level: int) -> Value:
    path = _resolve(machine, frame, dotted, level)
    if path is not None:
        return ModuleNamespace(path)
    return external(dotted)


def _resolve(machine: Machine, frame: Frame, dotted: str, level: int) -> str | None:
    top = dotted.split(".")[0]
    if level or top not in LIBRARIES:
        return machine.resolve(dotted, level, frame.path)
    if not dotted.startswith(EXTENSIONS):
        return None
    # What is found must not hang on whether the library's sources lie nearby: only they see it.
    path = machine.resolve(dotted, level, frame.path)
    package = os.path.join(os.sep, top, "")
    if path is None or package not in path:
        return None
    return path if frame.path.startswith(path[: path.rindex(package) + len(package)]) else None


def import_from(machine: Machine, frame: Frame, node: ir.ImportFrom) -> None:
    """``from m import a as b``; a star import binds every public name that is known."""
    path = _resolve(machine, frame, node.module, node.level)
    place = Place(frame.path, node.at)
    for (name, alias), at in zip(node.names, node.places, strict=True):
        if path is None and not node.level:
            note_import(machine, frame.path, node.module, name, (node.at, at))
        if name == "*":
            _import_star(machine, frame, node, path)
            continue
        value: Value
        if path is not None:
            value = machine.attribute(ModuleNamespace(path), name, place)
        elif node.level:
            value = Unknown(f"the module `{'.' * node.level}{node.module}` is not here", place)
        else:
            value = external(f"{node.module}.{name}")
        machine.store.write(frame.identity, alias or name, value)


def _import_star(machine: Machine, frame: Frame, node: ir.ImportFrom, path: str | None) -> None:
    if path is None:
        prefix = node.module + "."
        canonical = {}
        facts = knowledge()
        tables: tuple[Mapping[str, object], ...] = (
            facts.aliases, facts.modules, facts.families, facts.constraints, facts.transforms,
            facts.primitives, facts.functions, facts.handlers, facts.inferences, facts.elbos,
            facts.autoguides, facts.optimizers, facts.layers,
        )  # fmt: skip
        for table in tables:
            for name in table:
                if name.startswith(prefix) and "." not in name[len(prefix) :]:
                    canonical[name[len(prefix) :]] = external(name)
        for name, target in canonical.items():
            machine.store.write(frame.identity, name, target)
        return
    module = machine.module_frame(path)
    if module is None:
        return
    exports = machine.exports(path)
    for (identity, name), value in list(machine.store.cells.items()):
        if identity != module.identity or name.startswith("__"):
            continue
        if name in exports if exports is not None else not name.startswith("_"):
            machine.store.write(frame.identity, name, value)
