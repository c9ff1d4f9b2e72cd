"""pyrolint: a static linter for Pyro models and guides, with a companion dynamic check."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = ["__version__", "confirm"]

if TYPE_CHECKING:
    from pyrolint.dynamic.api import confirm
else:

    def __getattr__(name: str) -> object:
        # Only who asks for it waits for what it needs.
        if name != "confirm":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return import_module("pyrolint.dynamic.api").confirm
