"""The effect handlers around a function."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from pyro.poutine.messenger import Messenger


def messengers(function: Any) -> Iterator[Messenger]:
    """The handlers that a function is wrapped in, outermost first."""
    current = function
    while True:
        if type(current).__name__ == "_bound_partial":
            current = current.func
        elif isinstance(current, functools.partial) and len(current.args) >= 2:
            messenger, current = current.args[:2]
            if isinstance(messenger, Messenger):
                yield messenger
        else:
            return
