"""How a fault of this package is told, as it is nobody else's."""

from __future__ import annotations

import traceback
from pathlib import Path

from pyrolint.dynamic.messages import Reason, Report


def fault_report(error: BaseException) -> Report:
    """The report of a job that came to nothing by a fault in the code that looks at it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    detail = f"internal error{place}: {type(error).__name__}: {error}"
    return Report(reason=Reason.LOST, detail=detail)
