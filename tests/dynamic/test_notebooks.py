"""Notebooks run as IPython runs them, so far as programs take that for granted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dynamic.measuring import measured
from dynamic.test_harness import INFERENCES, PAIR

STEP = INFERENCES["step"][1]
CELLS = {
    "await": "import asyncio\n\nassert await asyncio.sleep(0, 3) == 3",
    "an asynchronous step": f"async def fit():\n    {STEP}\n\n\nawait fit()",
    "magics": "%matplotlib inline\n!ls\ndata?",
    "the shell": "get_ipython().magic('pylab')\nget_ipython().kernel.do_shutdown(True)",
    "display": "display(data, clear=True)",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_runs(name: str, tmp_path: Path) -> None:
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for source in (PAIR, CELLS[name], STEP)
    ]
    path = tmp_path / "fit.ipynb"
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
    )
    report = measured(path)
    assert report.step is not None, report
    assert not report.step.after_failed_cell
    assert report.step.position is not None
    assert report.step.position.cell == (2 if "step" in name else 3)
