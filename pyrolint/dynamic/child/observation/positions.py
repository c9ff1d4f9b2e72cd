"""Lines of the user's own code: the innermost frame that is neither Pyro's, torch's nor ours."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from pathlib import Path
from types import FrameType, TracebackType

from pyrolint.dynamic.messages import Position

CELL_MARK = "::cell-"
"""Parts a notebook's path from the number of the cell in the name its code is compiled under."""

# This package runs user code as well, and so stands between it and the interpreter.
_OWN = str(Path(__file__).resolve().parents[3])


@functools.cache
def _library_folders() -> tuple[str, ...]:
    import pyro
    import torch

    files = [package.__file__ for package in (torch, pyro)]
    folders = [_OWN, *(os.path.dirname(file) for file in files if file)]
    return tuple(folder + os.sep for folder in folders)


@functools.cache
def is_users(filename: str) -> bool:
    """Whether a file is the user's own, by the name that its code was compiled under."""
    if CELL_MARK in filename:
        return True
    if filename.startswith("<"):
        return False
    path = os.path.abspath(filename)
    if path.startswith(_library_folders()):
        return False
    standard = sysconfig.get_path("stdlib") + os.sep
    installed = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    return not path.startswith(standard) or path.startswith(installed)


def _position(filename: str, row: int) -> Position:
    path, mark, cell = filename.rpartition(CELL_MARK)
    if mark:
        return Position(path, row, int(cell))
    return Position(os.path.abspath(filename), row)


def cell_filename(path: str, cell: int) -> str:
    """The name that a notebook cell's code is compiled under; ``cell`` counts from 1."""
    return f"{path}{CELL_MARK}{cell}"


def calling_position() -> Position | None:
    """Where the user's code calls whatever calls this; None where no frame is the user's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        if is_users(filename):
            return _position(filename, frame.f_lineno)
        frame = frame.f_back
    return None


def drawing_position() -> Position | None:
    """As ``calling_position``, but None where Pyro or another library asks, and not the user.

    What stands between is torch's or a distribution's.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        if is_users(filename):
            return _position(filename, frame.f_lineno)
        if not os.path.abspath(filename).startswith(_drawing_folders()):
            return None
        frame = frame.f_back
    return None


@functools.cache
def _drawing_folders() -> tuple[str, ...]:
    import pyro.distributions
    import torch

    files = (torch.__file__, pyro.distributions.__file__)
    folders = [os.path.dirname(file) for file in files if file]
    return tuple(folder + os.sep for folder in (_OWN, *folders))


def deliberate_position() -> Position | None:
    """As ``calling_position``, but None where this is called for the measurement's sake.

    Where a context manager stands as a decorator, it is the decorated function's first line.
    """
    frame: FrameType | None = sys._getframe(2)
    here = sys._getframe(1).f_code.co_filename
    while frame is not None and not is_users(frame.f_code.co_filename):
        filename = os.path.abspath(frame.f_code.co_filename)
        if filename.startswith(_OWN + os.sep) and filename != here:
            return None
        decorated = frame.f_locals.get("func") if _is_decorating(frame) else None
        code = getattr(decorated, "__code__", None)
        if code is not None and is_users(code.co_filename):
            return _position(code.co_filename, code.co_firstlineno)
        frame = frame.f_back
    return calling_position()


def _is_decorating(frame: FrameType) -> bool:
    """Whether a frame is that of ``contextlib.ContextDecorator`` around a decorated function."""
    is_inner = frame.f_code.co_name == "inner"
    return is_inner and frame.f_globals.get("__name__") == "contextlib"


def raising_position(error: BaseException) -> Position | None:
    """The user's innermost line on the way to an error."""
    found = None
    step: TracebackType | None = error.__traceback__
    while step is not None:
        filename = step.tb_frame.f_code.co_filename
        if is_users(filename):
            found = _position(filename, step.tb_lineno)
        step = step.tb_next
    return found
