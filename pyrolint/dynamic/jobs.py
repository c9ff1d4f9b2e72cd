"""Which jobs a file asks for: itself first, then the programs that it only defines."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pyrolint.dynamic.messages import Target, TargetKind
from pyrolint.dynamic.targets import notebook_cells
from pyrolint.semantics.analysis import Analysis
from pyrolint.semantics.inferences import Pair
from pyrolint.semantics.program import Program
from pyrolint.settings import Settings
from pyrolint.workspace import Workspace

MOST_PROGRAMS = 3
"""How many of the programs that a file only defines are run."""


def arguments_for(path: str, settings: Settings) -> tuple[str, ...]:
    """What the settings say that a script is given."""
    scripts = settings.confirm.scripts
    if not scripts:
        return ()
    from pathspec import GitIgnoreSpec

    relative = os.path.relpath(path, settings.root).replace(os.sep, "/")
    found: tuple[str, ...] = ()
    for pattern, arguments in scripts.items():
        if GitIgnoreSpec.from_lines([pattern]).match_file(relative):
            found = arguments
    return found


def whole(path: str, arguments: tuple[str, ...], workspace: Workspace) -> Target:
    """The script or notebook at ``path``, run from its first line."""
    if workspace.source(path).is_notebook:
        cells = notebook_cells(workspace.data(path), path)
        return Target(TargetKind.NOTEBOOK, path, arguments=arguments, cells=cells)
    return Target(TargetKind.SCRIPT, path, arguments=arguments)


def entry(folder: str, name: str) -> Target:
    """What a provider ``package.module:function`` below ``folder`` gives."""
    return Target(TargetKind.ENTRY, folder, entry=name)


def entry_file(folder: str, name: str) -> str:
    """The file that a provider below ``folder`` stands in; ``folder`` where that is not there."""
    module = os.path.join(folder, *name.partition(":")[0].split("."))
    candidates = (f"{module}.py", os.path.join(module, "__init__.py"))
    return next(filter(os.path.isfile, candidates), folder)


def defined(path: str, analysis: Analysis) -> Iterator[Target]:
    """The pairs, else the models, that a file defines and that no step of its own runs.

    Where no inference tells which guide is whose, ``rain_guide`` is that of ``rain_model``.
    """
    found: dict[Target, None] = {}
    for pair in analysis.pairs:
        if pair.model.place.path == path:
            found[_pair(path, pair)] = None
    if not found:
        programs = [
            program.name
            for program in analysis.programs
            if program.place.path == path and _is_named(program)
        ]
        guides = {name: twin for name in programs if (twin := _guide_of(name)) in programs}
        for program in analysis.programs:
            name = program.name
            if name not in programs or program.role == "guide" or name in guides.values():
                continue
            found[Target(TargetKind.PROGRAM, path, model=name, guide=guides.get(name))] = None
    yield from list(found)[:MOST_PROGRAMS]


def _guide_of(model: str) -> str | None:
    """What the guide of a model is called by custom; None for a name that is no model's."""
    outer, dot, name = model.rpartition(".")
    return f"{outer}{dot}{name.replace('model', 'guide')}" if "model" in name else None


def _pair(path: str, pair: Pair) -> Target:
    guide = pair.guide
    if guide.autoguide is not None:
        name: str | None = guide.autoguide.name
    else:
        name = guide.name if guide.place.path == path and _is_named(guide) else None
    return Target(TargetKind.PROGRAM, path, model=pair.model.name, guide=name)


def _is_named(program: Program) -> bool:
    """Whether a program can be reached from its module by its name."""
    return all(part.isidentifier() for part in program.name.split("."))
