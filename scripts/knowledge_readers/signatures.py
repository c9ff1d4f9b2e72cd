"""Parameters of callables, read from their signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pyrolint.semantics.library.knowledge import Callee, Parameter

from .naming import Names

Literal = None | bool | int | float | str

STARS: dict[object, int] = {
    inspect.Parameter.VAR_POSITIONAL: 1,
    inspect.Parameter.VAR_KEYWORD: 2,
}


def literal(value: object) -> Literal:
    """The value itself where it is a finite literal, else None."""
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value if isinstance(value, bool | int | float | str) else None


def parameters(value: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a function, or of a class's constructor without ``self``.

    Empty where the object has no signature that Python can read (builtins).
    """
    target = value
    if isinstance(value, type):
        # A metaclass may hide the constructor that users call; namedtuples have __new__ alone.
        own: Any = value
        target = own.__init__ if own.__init__ is not object.__init__ else own.__new__
    try:
        items = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        return ()
    if isinstance(value, type):
        items = items[1:]
    return tuple(
        Parameter(
            name=item.name,
            required=item.default is item.empty
            and item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD),
            default=None if item.default is item.empty else literal(item.default),
            keyword_only=item.kind is item.KEYWORD_ONLY,
            star=STARS.get(item.kind, 0),
        )
        for item in items
    )


def callee(value: Callable[..., Any], names: Names) -> Callee:
    """The Callee record of a class or function."""
    return Callee(parameters(value), names.bases(value) if isinstance(value, type) else ())
