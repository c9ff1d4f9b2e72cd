"""Runs programs and says what came of each: read by ``benchmarks.oracle`` in a process of its own.

Stdin holds one JSON string a line, a program's source; stdout gets one JSON object a line.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

import pyro
import torch

from benchmarks.oracle_programs import REACHED


def main() -> None:
    """Run the programs."""
    # What a program prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(label(json.loads(line))), file=answers, flush=True)


def label(source: str) -> dict[str, str] | None:
    """What came of one program: ``ok``, ``warning`` or ``error`` with its words.

    It is None where the program ended without a step.
    """
    pyro.clear_param_store()
    pyro.enable_validation(True)
    pyro.set_rng_seed(0)
    torch.set_default_dtype(torch.float32)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    error: BaseException | None = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            exec(compile(source, "<program>", "exec"), namespace)
        except Exception as raised:  # noqa: BLE001 - whatever it is, it is the case's label
            error = raised
    if REACHED not in namespace:
        return None
    if error is not None:
        return {"kind": "error", "words": f"{type(error).__name__}: {error}"}
    said = [str(each.message) for each in caught if f"{os.sep}torch{os.sep}" not in each.filename]
    if said:
        return {"kind": "warning", "words": said[0]}
    return {"kind": "ok", "words": ""}


if __name__ == "__main__":
    main()
