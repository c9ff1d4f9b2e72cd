"""The pytest plugin: tests that a model and its guide are clean.

Installed with pyrolint, it gives one fixture, ``assert_confirmed_clean``; nothing heavy is
imported before a test asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pyrolint.dynamic.api import Confirm, Verdicts


class AssertConfirmedClean:
    """What the fixture gives; ``confirm`` is the ``pyrolint.confirm`` that it asks."""

    def __init__(self, confirm: Confirm) -> None:
        self._confirm = confirm

    def using(self, **options: Any) -> AssertConfirmedClean:
        """The same with options of ``pyrolint.confirm.using``."""
        return AssertConfirmedClean(self._confirm.using(**options))

    def __call__(self, model: Any, /, *args: Any, **kwargs: Any) -> Verdicts:
        """Take the step; raise AssertionError where it shows an error or a warning, or is none."""
        __tracebackhide__ = True
        verdicts = self._confirm(model, *args, **kwargs)
        grave = [each for each in verdicts.confirmed if each.is_grave]
        if grave:
            many = f"{len(grave)} faults" if len(grave) > 1 else "a fault"
            lines = [f"one inference step confirms {many}:", *map(str, grave)]
            raise AssertionError("\n".join(lines))
        if not verdicts.is_clean:
            raise AssertionError(f"pyrolint came to no inference step: {verdicts.reason}")
        return verdicts


@pytest.fixture
def assert_confirmed_clean() -> AssertConfirmedClean:
    """Assert that one inference step of a model and guide confirms no error and no warning.

    ``assert_confirmed_clean(model, guide, *args, **kwargs)`` takes what ``pyrolint.confirm``
    takes, an ``SVI``, ``MCMC`` or kernel in place of model and guide as well. It fails with the
    confirmed findings, their places and figures, and where no step is reached; advice does not
    count. Parameters and random states are afterwards as they were. The verdicts are returned.
    For other options call ``assert_confirmed_clean.using(seed=1)(model, guide, *args)``, which
    takes those of ``pyrolint.confirm.using``.
    """
    from pyrolint.dynamic.api import confirm

    return AssertConfirmedClean(confirm)
