"""Why a program that ended so came to no step, as far as its last error tells."""

from __future__ import annotations

import ast
import linecache
import sys
from types import TracebackType

from pyrolint.dynamic.child.errors.raised import chain
from pyrolint.dynamic.child.isolation import guards
from pyrolint.dynamic.child.observation.targets import NotRunnable
from pyrolint.dynamic.messages import Reason

_REASONS: tuple[tuple[type[BaseException], Reason], ...] = (
    (SystemExit, Reason.EXITED),
    (KeyboardInterrupt, Reason.EXITED),
    (ModuleNotFoundError, Reason.MISSING_PACKAGE),
    (FileNotFoundError, Reason.MISSING_FILE),
    (MemoryError, Reason.OUT_OF_MEMORY),
    (SyntaxError, Reason.UNREADABLE),
)

_USAGE = 2
"""The exit status by which parsers of command lines say that words are missing or wrong."""


def reason_for(error: BaseException | None) -> tuple[Reason, str]:
    """Why there was no step, with a sentence that tells more than the error does, or none."""
    if error is None:
        return Reason.NO_INFERENCE, ""
    if isinstance(error, NotRunnable):
        return error.reason, ""
    refusal = guards.refusal_behind(error)
    if refusal is not None:
        return refusal.reason, ""
    missing = _missing_arguments(error)
    if missing is not None:
        return Reason.NEEDS_ARGUMENTS, missing
    for each in chain(error):
        for kind, reason in _REASONS:
            if isinstance(each, kind):
                return reason, ""
    if _module(_innermost(error)).startswith("torch.cuda"):
        return Reason.NEEDS_DEVICE, ""
    return Reason.RAISED, ""


def _innermost(error: BaseException) -> TracebackType | None:
    """Where an error was raised."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return step


def _module(step: TracebackType | None) -> str:
    return str(step.tb_frame.f_globals.get("__name__", "")) if step is not None else ""


def _missing_arguments(error: BaseException) -> str | None:
    """What is said of arguments that the program lacks; None where it does not fail for them.

    A program that was given arguments may fail for those that it was given.
    """
    if isinstance(error, (IndexError, ValueError)):
        return _reads_missing_argument(error)
    if isinstance(error, SystemExit) and error.code == _USAGE and len(sys.argv) == 1:
        step = error.__traceback__
        while step is not None:
            place = _module(step), step.tb_frame.f_code.co_name
            if place == ("argparse", "error"):
                return str(step.tb_frame.f_locals.get("message", ""))
            if place == ("click.core", "main") and step.tb_next is None:
                return "its command line is not complete"
            step = step.tb_next
    return None


def _reads_missing_argument(error: IndexError | ValueError) -> str | None:
    """As above, for a line that takes from ``sys.argv`` what is not there."""
    step = _innermost(error)
    if step is None:
        return None
    source = "".join(linecache.getlines(step.tb_frame.f_code.co_filename))
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Subscript, ast.Assign)):
            continue
        if not node.lineno <= step.tb_lineno <= (node.end_lineno or node.lineno):
            continue
        if isinstance(error, IndexError):
            is_missing = isinstance(node, ast.Subscript) and _reaches_beyond(node)
        else:
            is_missing = isinstance(node, ast.Assign) and _unpacks(node)
        if is_missing:
            return f"it reads `{ast.unparse(node)}`"
    return None


def _reaches_beyond(node: ast.Subscript) -> bool:
    index = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return _is_argv(node.value) and isinstance(index, int) and index >= len(sys.argv)


def _unpacks(node: ast.Assign) -> bool:
    value = node.value.value if isinstance(node.value, ast.Subscript) else node.value
    return _is_argv(value) and isinstance(node.targets[0], (ast.Tuple, ast.List))


def _is_argv(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "argv") or (
        isinstance(node, ast.Name) and node.id == "argv"
    )
