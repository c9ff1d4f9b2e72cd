"""One probe a file: what each looks at in the observed step, and which findings it speaks for."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from pyrolint.dynamic.child.probing import Probe


@cache
def probes() -> tuple[Probe, ...]:
    """All probes, in the order of their module names."""
    found = []
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        module = importlib.import_module(info.name)
        found += [value for value in vars(module).values() if isinstance(value, Probe)]
    return tuple(found)
