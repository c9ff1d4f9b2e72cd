"""Run what a job names: a script, a notebook's cells, what an entry function gives, a program."""

from __future__ import annotations

import ast
import asyncio
import builtins
import importlib
import importlib.util
import inspect
import os
import sys
import tokenize
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import torch

from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.positions import cell_filename
from pyrolint.dynamic.messages import Reason, Target, TargetKind


class NotRunnable(Exception):
    """The target cannot be run; ``reason`` says why in the words of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


_LIBRARY = "pyro.infer.autoguide"
"""A guide named below this is made by the library, from the model."""

Infer = Callable[[Any, Any, tuple[Any, ...], dict[str, Any]], None]
"""Does one step for a model, a guide or None, arguments and keywords."""


def execute(target: Target, context: Context, infer: Infer) -> None:
    """Run the target in this process, as ``__main__`` where it is a script or a notebook.

    ``infer`` does the step of what has none of its own. Raises whatever user code raises, the
    first failed cell's error at a notebook's end, and NotRunnable.
    """
    sys.argv = [target.path, *target.arguments]
    folder = target.path if target.kind is TargetKind.ENTRY else os.path.dirname(target.path)
    # Where Python itself puts the folder of the script that it runs.
    sys.path.insert(0, folder)
    _RUNNERS[target.kind](target, context, infer)


def _run_script(target: Target, context: Context, infer: Infer) -> None:
    with tokenize.open(target.path) as file:
        source = file.read()
    module = _main_module(target.path)
    folder = os.path.dirname(target.path)
    if os.path.exists(os.path.join(folder, "__init__.py")):
        # A package that is not installed imports itself from the folder that it lies in.
        sys.path.append(_package(target.path)[0])
    if _imports_relatively(source):
        # Such a file runs as `python -m package.module` alone, from the folder of its package.
        folder, name = _package(target.path)
        sys.path[0] = folder
        module.__package__ = name.rpartition(".")[0]
    exec(compile(source, target.path, "exec", dont_inherit=True), module.__dict__)


def _imports_relatively(source: str) -> bool:
    """Whether a file's own level holds a relative import."""
    return any(
        isinstance(node, ast.ImportFrom) and node.level > 0 for node in ast.parse(source).body
    )


def _run_notebook(target: Target, context: Context, infer: Infer) -> None:
    module = _main_module(target.path)
    # What notebooks take for granted: a shell to ask for things, and a way to show them.
    shell = _Shell()
    module.__dict__["get_ipython"] = lambda: shell
    module.__dict__["display"] = lambda *shown, **options: None
    first: Exception | None = None
    for cell in target.cells:
        try:
            _run_cell(cell.code, cell_filename(target.path, cell.index), module)
        # A notebook's user would go on with the next cell, and so does the run.
        except Exception as error:  # noqa: BLE001
            first = first or error
            context.after_failed_cell = True
    if first is not None:
        raise first


def _run_cell(source: str, filename: str, module: ModuleType) -> None:
    awaiting = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(source, filename, "exec", awaiting, dont_inherit=True)
    # Only a cell that awaits something gives a coroutine.
    coroutine = eval(code, module.__dict__)
    if inspect.iscoroutine(coroutine):
        # Unlike `asyncio.run`, this leaves later cells the loop that they may ask for.
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(coroutine)
        finally:
            loop.close()


def _run_entry(target: Target, context: Context, infer: Infer) -> None:
    module_name, _, name = (target.entry or "").partition(":")
    made = _attribute(importlib.import_module(module_name), name)()
    if not isinstance(made, tuple) or len(made) != 4:
        raise NotRunnable(
            Reason.RAISED, f"{target.entry} returned no (model, guide, arguments, keywords)"
        )
    model, guide, arguments, keywords = made
    infer(model, guide, tuple(arguments), dict(keywords))


def _run_program(target: Target, context: Context, infer: Infer) -> None:
    module = _imported(target.path)
    definitions = _Definitions(module, context)
    if target.model is None:
        raise NotRunnable(Reason.NEEDS_ARGUMENTS, "no model is named")
    model = definitions.get(target.model)
    guide: Any = None
    if target.guide is not None and target.guide.startswith(_LIBRARY):
        guide = getattr(importlib.import_module(_LIBRARY), target.guide.rpartition(".")[2])(model)
    elif target.guide is not None:
        guide = definitions.get(target.guide)
    needed = _needed(model)
    if not needed:
        infer(model, guide, (), {})
        return
    context.made_up_arguments = True
    last: Exception | None = None
    for arguments in _made_up(needed):
        try:
            _dry_run(model, arguments)
        # These arguments do not fit, whatever it is that says so.
        except Exception as error:  # noqa: BLE001
            last = error
            continue
        infer(model, guide, arguments, {})
        return
    names = ", ".join(parameter.name for parameter in needed)
    raise NotRunnable(Reason.NEEDS_ARGUMENTS, f"no arguments made up for {names} fit") from last


# --- modules -----------------------------------------------------------------------------------


def _main_module(path: str) -> ModuleType:
    module = ModuleType("__main__")
    module.__file__ = path
    module.__dict__["__builtins__"] = builtins
    # Pickling and worker processes look user code up by this name.
    sys.modules["__main__"] = module
    return module


def _imported(path: str) -> ModuleType:
    """The module at ``path``, as a member of its package where it lies in one."""
    folder, name = os.path.split(os.path.splitext(path)[0])
    if os.path.exists(os.path.join(folder, "__init__.py")):
        folder, name = _package(path)
    sys.path.insert(0, folder)
    return importlib.import_module(name)


def _package(path: str) -> tuple[str, str]:
    """The folder that a file's package is imported from, and the module's name below it.

    The file's own folder is a package in any case, be it one without ``__init__``.
    """
    folder, name = os.path.split(os.path.splitext(path)[0])
    folder, package = os.path.split(folder)
    name = package if name == "__init__" else f"{package}.{name}"
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = f"{package}.{name}"
    return folder, name


def _attribute(holder: Any, dotted: str) -> Any:
    for name in dotted.split("."):
        holder = getattr(holder, name)
    return holder


class _Definitions:
    """What a module defines, by qualified name; methods of one class share one instance."""

    def __init__(self, module: ModuleType, context: Context) -> None:
        self._module = module
        self._context = context
        self._instances: dict[type, Any] = {}

    def get(self, dotted: str) -> Any:
        """What ``dotted`` names: of a class an instance, of its method a bound one.

        Raises NotRunnable where an instance cannot be made.
        """
        holder: Any = self._module
        for name in dotted.split("."):
            if inspect.isclass(holder):
                holder = self._instance(holder)
            holder = getattr(holder, name)
        return self._instance(holder) if inspect.isclass(holder) else holder

    def _instance(self, kind: type) -> Any:
        if kind not in self._instances:
            made_up = {}
            for parameter in _needed(kind, named=True):
                if not _is_simple(parameter):
                    detail = f"{kind.__qualname__} cannot be made without {parameter.name!r}"
                    raise NotRunnable(Reason.NEEDS_ARGUMENTS, detail)
                made_up[parameter.name] = _SIMPLE[parameter.annotation]
            if made_up:
                self._context.made_up_arguments = True
            self._instances[kind] = kind(**made_up)
        return self._instances[kind]


class _Shell:
    """Stands for IPython's shell: whatever it is asked to do is no part of the program."""

    def __getattr__(self, name: str) -> _Shell:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: object, **options: object) -> None:
        """Do nothing."""


# --- arguments that are made up ----------------------------------------------------------------


_SIMPLE: dict[Any, Any] = {int: 4, float: 1.0, bool: False, "int": 4, "float": 1.0, "bool": False}
"""What stands for a parameter with such an annotation."""


def _needed(function: Any, *, named: bool = False) -> list[inspect.Parameter]:
    """The parameters that a call cannot do without; ``named``: those by keyword alone as well."""
    callee = function.forward if isinstance(function, torch.nn.Module) else function
    try:
        parameters = inspect.signature(callee).parameters.values()
    except (TypeError, ValueError):
        return []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    given = (*positional, inspect.Parameter.KEYWORD_ONLY) if named else positional
    return [each for each in parameters if each.kind in given and each.default is each.empty]


def _made_up(needed: list[inspect.Parameter]) -> Iterator[tuple[Any, ...]]:
    """Arguments that may fit: the same kind of tensor for all, the likeliest kinds first."""
    # Tensors are made on the default device, and a generator must be on the same.
    generator = torch.Generator(torch.empty(0).device).manual_seed(0)
    shapes = ((8,), (8, 2), (8, 1), (8, 4), (8, 3), (), (8, 28, 28), (8, 784))
    made: list[Callable[[tuple[int, ...]], torch.Tensor]] = [
        lambda shape: torch.rand(shape, generator=generator),
        lambda shape: torch.ones(shape),
        lambda shape: torch.zeros(shape, dtype=torch.long),
    ]
    for make in made:
        for shape in shapes:
            yield tuple(_by_annotation(each, make(shape)) for each in needed)
    # A matrix of features and a vector of answers.
    for make in made:
        yield tuple(
            _by_annotation(each, make((8, 2) if index == 0 else (8,)))
            for index, each in enumerate(needed)
        )


def _is_simple(parameter: inspect.Parameter) -> bool:
    annotation = parameter.annotation
    return isinstance(annotation, (str, type)) and annotation in _SIMPLE


def _by_annotation(parameter: inspect.Parameter, tensor: torch.Tensor) -> Any:
    return _SIMPLE[parameter.annotation] if _is_simple(parameter) else tensor


def _dry_run(model: Any, arguments: tuple[Any, ...]) -> None:
    import pyro
    from pyro import poutine

    with pyro.validation_enabled(False):
        poutine.block(model)(*arguments)


_RUNNERS: dict[TargetKind, Callable[[Target, Context, Infer], None]] = {
    TargetKind.SCRIPT: _run_script,
    TargetKind.NOTEBOOK: _run_notebook,
    TargetKind.ENTRY: _run_entry,
    TargetKind.PROGRAM: _run_program,
}
