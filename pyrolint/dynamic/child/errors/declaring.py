"""Errors that a parameter's own statement raised, read from the frames that they came through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import constraints, transform_to

from pyrolint.dynamic.child.errors.raised import chain
from pyrolint.dynamic.child.observation.positions import raising_position
from pyrolint.dynamic.messages import Position

_STORE = "pyro.params.param_store"
_MODULE = "pyro.nn.module"

# By function: what the locals of the frame that stores a parameter are called.
_PLACES = {
    (_STORE, "setdefault"): ("name", "init_constrained_value", "constraint"),
    (_STORE, "__setitem__"): ("name", "new_constrained_value", "constraint"),
    (_MODULE, "_unconstrain"): ("", "constrained_value", "constraint"),
    (_MODULE, "__setattr__"): ("name", "", ""),
}


@dataclass(frozen=True, slots=True)
class Declaration:
    """A parameter's statement that raised: what it declared, and the user's line.

    ``init`` is the value as it was given, of whatever type; ``name`` may not be known.
    """

    name: str | None
    init: Any
    constraint: Any
    error: BaseException
    position: Position | None

    @property
    def has_transform(self) -> bool:
        """Whether torch can map the whole space onto the constraint's set."""
        if not isinstance(self.constraint, constraints.Constraint):
            return False
        try:
            transform_to(self.constraint)
        except NotImplementedError:
            return False
        return True

    @property
    def has_gradients(self) -> bool:
        """Whether the initial value is a tensor of numbers that gradients exist for."""
        return isinstance(self.init, Tensor) and (
            torch.is_floating_point(self.init) or torch.is_complex(self.init)
        )


def declaration_behind(error: BaseException | None) -> Declaration | None:
    """The parameter's statement that an error comes from; None for any other error."""
    for each in chain(error):
        step = each.__traceback__
        found: dict[str, Any] | None = None
        while step is not None:
            frame = step.tb_frame
            place = (frame.f_globals.get("__name__", ""), frame.f_code.co_name)
            names = _PLACES.get(place)
            if names is not None:
                read = zip(("name", "init", "constraint"), names, strict=True)
                local = frame.f_locals
                here = {key: local[name] for key, name in read if name in local}
                found = {**(found or {}), **here}
            elif found is not None and _is_program(place[0]):
                # A lazy initial value is user code: what it raises is its own.
                found = None
            step = step.tb_next
        if found is not None and "init" in found and "constraint" in found:
            return Declaration(
                found.get("name"),
                found["init"],
                found["constraint"],
                each,
                raising_position(each),
            )
    return None


def _is_program(module: object) -> bool:
    return str(module).partition(".")[0] not in ("pyro", "torch", "contextlib", "functools")
