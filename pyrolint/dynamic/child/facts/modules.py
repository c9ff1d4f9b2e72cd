"""The modules of programs: which there are, and which of them a prior belongs to."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from pyrolint.dynamic.child.observation.step import Callee, Step, unwrapped


def root_of(callee: Callee | None) -> torch.nn.Module | None:
    """The module that a program is, or that it is a method of."""
    if callee is None:
        return None
    function = unwrapped(callee.function)
    root = function if isinstance(function, torch.nn.Module) else None
    root = root or getattr(function, "__self__", None)
    return root if isinstance(root, torch.nn.Module) else None


def modules_of(step: Step) -> Iterator[torch.nn.Module]:
    """The modules of a step's programs, with those that they hold, each once."""
    found: dict[int, torch.nn.Module] = {}
    for callee in (step.model, step.guide):
        root = root_of(callee)
        for module in root.modules() if root is not None else ():
            found.setdefault(id(module), module)
    yield from found.values()


def owner_of_prior(callee: Callee | None, name: str) -> torch.nn.Module | None:
    """The module that has the site as a ``PyroSample``, if a module of the program has."""
    root = root_of(callee)
    for module in root.modules() if root is not None else ():
        priors = vars(module).get("_pyro_samples", {})
        prefix = vars(module).get("_pyro_name", "")
        if any(name == (f"{prefix}.{own}" if prefix else own) for own in priors):
            return module
    return None


def is_layer(module: torch.nn.Module) -> bool:
    """Whether a module is one of torch's own layers, with priors instead of parameters."""
    return any(
        base.__module__.startswith("torch.nn.") and base is not torch.nn.Module
        for base in type(module).__mro__
    )
