"""Pairs that the settings name, for projects whose models are trained by code that is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.evaluate import Evaluator, program_identity
from pyrolint.semantics.library.inference import run_pair
from pyrolint.semantics.machine import EXHAUSTED
from pyrolint.semantics.project import AnalysisOptions, Project
from pyrolint.semantics.roots import instance_of
from pyrolint.semantics.values import Class, LibraryObject, Unknown, Value
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

MARK = "(setting `pairs`)"
"""How the reason ends where a half of a pair is not found."""


def halves_without_module(options: AnalysisOptions, importers: Sequence[str]) -> Iterator[str]:
    """Sentences on the halves of pairs whose module is found from none of ``importers``."""
    project = Project(lambda _: None, options)
    for half in dict.fromkeys(half for pair in options.pairs for half in _halves(pair)):
        module = _module(half)
        if all(project.resolve(module, 0, importer) is None for importer in importers):
            yield _no_module(half)


def _halves(pair: str) -> list[str]:
    return ["".join(half.split()) for half in pair.split(",")]


def _module(half: str) -> str:
    return half.partition(":")[0]


def _no_module(half: str) -> str:
    return f"`{half}` is not found, since the project has no module `{_module(half)}` {MARK}"


def run_named_pairs(evaluator: Evaluator, module: ir.Module) -> None:
    """Run each pair of the settings that has a half in this file, with arguments not known."""
    for pair in evaluator.project.options.pairs:
        halves = _halves(pair)
        paths = [_path(evaluator, half, module.path) for half in halves]
        if module.path in paths:
            _run(evaluator, pair, halves, paths, module)


def _path(evaluator: Evaluator, half: str, importer: str) -> str | None:
    return evaluator.resolve(_module(half), 0, importer)


def _run(
    evaluator: Evaluator,
    pair: str,
    halves: list[str],
    paths: list[str | None],
    module: ir.Module,
) -> None:
    evaluator.begin_root()
    anything = Arguments(is_open=True)
    top = Place(module.path, module.body[0].at if module.body else 0)
    try:
        found = [
            _named(evaluator, half, path, top) for half, path in zip(halves, paths, strict=True)
        ]
        places = [program_identity(value)[1] for value in reversed(found)]
        place = next((each for each in places if each is not None), top)
        made = LibraryObject(f"pairs: {pair}", "svi", {}, place, {}, evaluator.store.allocate())
        run_pair(evaluator, "svi", made, found[0], found[1], anything, made.place)
    except EXHAUSTED:
        evaluator.facts.budget_hits += 1


def _named(evaluator: Evaluator, half: str, path: str | None, place: Place) -> Value:
    """What ``module:name`` or ``module:Class.method`` stands for; classes are made objects of."""
    frame = evaluator.module_frame(path) if path is not None else None
    if frame is None:
        return Unknown(_no_module(half), place)
    first, *rest = half.partition(":")[2].strip().split(".")
    value = evaluator.store.read(frame.identity, first)
    if value is None:
        why = f"`{half}` is not found, since `{_module(half)}` has no `{first}` {MARK}"
        return Unknown(why, place)
    value = _object(evaluator, value)
    for name in rest:
        value = _object(evaluator, evaluator.attribute(value, name, place))
    return value


def _object(evaluator: Evaluator, value: Value) -> Value:
    """The last of a name's definitions; of a class, the object that its methods share."""
    *_, (_, last) = alternatives(value)
    return instance_of(evaluator, last) if isinstance(last, Class) else value
