"""Names across the files of a project: where a dotted module name leads."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import msgspec

from pyrolint.syntax import ir


class AnalysisOptions(msgspec.Struct, frozen=True):
    """What the settings say to the analysis.

    ``source_roots`` are absolute folders that absolute imports start from; ``signatures`` maps
    qualified names of functions to sets or transforms; ``pairs`` lists ``module:model,
    module:guide``; ``max_steps`` bounds the work of one root (evaluation steps).
    """

    project_root: str = ""
    source_roots: tuple[str, ...] = ()
    signatures: Mapping[str, str] = {}
    pairs: tuple[str, ...] = ()
    thresholds: Mapping[str, float] = {}
    max_steps: int = 60_000


class Project:
    """Resolves and loads the modules that a root file imports, each at most once."""

    def __init__(self, load: Callable[[str], ir.Module | None], options: AnalysisOptions) -> None:
        self._load = load
        self.options = options
        self.read: set[str] = set()
        self._mentions: dict[str, Counter[str]] = {}
        self._resolved: dict[tuple[str, int, str], str | None] = {}

    def load(self, path: str) -> ir.Module | None:
        """The lowered file, None where it does not exist or does not parse."""
        self.read.add(path)
        return self._load(path)

    def mentions(self, path: str) -> Counter[str]:
        """By name, how many functions of a file mention it; those that build objects left out."""
        known = self._mentions.get(path)
        if known is None:
            module = self._load(path)
            known = Counter(_mentioned(module.body) if module is not None else ())
            self._mentions[path] = known
        return known

    def signature(self, path: str, name: str) -> str | None:
        """What the settings teach about a function or class of a file of the project.

        The settings name it by its module as imports do, from the project's root or a source
        root: ``package.module.function``, ``package.module.Class.method``.
        """
        if not self.options.signatures:
            return None
        for root in (self.options.project_root, *self.options.source_roots):
            inside = os.path.relpath(path, root) if root else ""
            if inside and not inside.startswith(".."):
                dotted = os.path.splitext(inside)[0].replace(os.sep, ".").removesuffix(".__init__")
                taught = self.options.signatures.get(f"{dotted}.{name}")
                if taught is not None:
                    return taught
        return None

    def resolve(self, module: str, level: int, importer: str) -> str | None:
        """The file or package folder that an import in ``importer`` leads to, None outside.

        Relative imports start at the importer's package; absolute ones are looked up beside the
        importer, along its ancestors up to the project's root, then in the source roots.
        """
        key = (module, level, os.path.dirname(importer))
        if key not in self._resolved:
            self._resolved[key] = self._find(module, level, key[2])
        return self._resolved[key]

    def _find(self, module: str, level: int, folder: str) -> str | None:
        parts = module.split(".") if module else []
        if level:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            return _module_file(folder, parts)
        if not parts:
            return None
        for start in self._starts(folder):
            found = _module_file(start, parts)
            if found is not None:
                return found
        return None

    def _starts(self, folder: str) -> list[str]:
        root = self.options.project_root
        starts = [folder]
        while folder != root and folder.startswith(root) and os.path.dirname(folder) != folder:
            folder = os.path.dirname(folder)
            starts.append(folder)
        starts.extend(each for each in self.options.source_roots if each not in starts)
        return starts


def _mentioned(body: tuple[ir.Statement, ...]) -> Iterator[str]:
    """The names that top-level functions and methods mention, once for each of them."""
    for statement in body:
        match statement:
            case ir.Function(name=name, mentions=mentions) if name != "__init__":
                yield from mentions
            case ir.Class(body=inner):
                yield from _mentioned(inner)
            case ir.If(body=inner, orelse=orelse):
                yield from _mentioned(inner)
                yield from _mentioned(orelse)
            case _:
                pass


def _module_file(folder: str, parts: list[str]) -> str | None:
    path = os.path.join(folder, *parts)
    if parts and os.path.isfile(path + ".py"):
        return path + ".py"
    package = os.path.join(path, "__init__.py")
    if os.path.isfile(package):
        return package
    return path if parts and os.path.isdir(path) and _holds_python(path) else None


def _holds_python(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(".py") for entry in entries)
    except OSError:
        return False
