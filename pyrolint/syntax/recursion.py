"""A deeper Python stack for the few trees that need one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Enough for the deepest trees that parsing lets through; nearly all need a tenth of the usual
# thousand. Each frame takes about half a kilobyte of the C stack where it takes any.
_DEEP = 15_000


def with_deep_recursion(work: Callable[[], T]) -> T:
    """Return what ``work`` gives, started over with a higher recursion limit where it needs one.

    For work over trees whose depth is bounded, and which may be begun twice.
    """
    try:
        return work()
    except RecursionError:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP))
        try:
            return work()
        finally:
            sys.setrecursionlimit(limit)
