"""Run a program under the harness in the test's own process, which is twenty times as fast.

What a process of its own protects from is tested where processes are: here programs are harmless.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pyro
import torch

from pyrolint.dynamic.child.run import run
from pyrolint.dynamic.messages import Claim, Job, Report, Target, TargetKind
from pyrolint.dynamic.targets import notebook_cells


class Ended(BaseException):
    """The job ended; in a process of its own that would be its exit."""


def _end() -> NoReturn:
    raise Ended


def measured(
    path: Path, *, seed: int = 0, claims: Sequence[Claim] = (), **options: object
) -> Report:
    """The report of a script or notebook."""
    kind = TargetKind.NOTEBOOK if path.suffix == ".ipynb" else TargetKind.SCRIPT
    cells = notebook_cells(path.read_bytes(), str(path)) if kind is TargetKind.NOTEBOOK else ()
    target = Target(kind, str(path), cells=cells)
    return reported(Job(target, claims=tuple(claims), seed=seed, **options))  # type: ignore[arg-type]


def reported(job: Job) -> Report:
    """The last report of a job."""
    reports: list[Report] = []
    with unchanged():
        try:
            run(job, reports.append, _end)
        except Ended:
            pass
    return reports[-1]


@contextmanager
def unchanged() -> Iterator[None]:
    """What a program may leave behind in its process, put back."""
    main, path, argv = sys.modules["__main__"], list(sys.path), sys.argv
    modules = set(sys.modules)
    pyro.clear_param_store()
    pyro.enable_validation(True)
    try:
        with warnings.catch_warnings():
            # A program starts with the interpreter's own filters, not with pytest's.
            warnings.resetwarnings()
            yield
    finally:
        sys.modules["__main__"], sys.path[:], sys.argv = main, path, argv
        for name in set(sys.modules) - modules:
            file = getattr(sys.modules[name], "__file__", None) or ""
            if "fixtures" in file:
                del sys.modules[name]
        pyro.clear_param_store()
        pyro.enable_validation(True)
        torch.set_default_dtype(torch.float32)
