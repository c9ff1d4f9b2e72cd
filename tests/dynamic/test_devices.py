"""The probes' fixtures once more on CUDA, where there is one: the same verdicts as on the CPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from dynamic.measuring import measured
from dynamic.test_probes import cases, confirmed, fits
from marks import marks_in

from pyrolint.dynamic.messages import Report

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")


def on_cuda(path: Path) -> Report:
    return measured(path, device="cuda")


@pytest.mark.parametrize("path", cases("bad"))
def test_the_fault_is_confirmed_on_cuda(path: Path) -> None:
    found = confirmed(on_cuda(path))
    for mark in marks_in(path):
        if mark.kind == "confirmed":
            assert any(fits(mark, each) for each in found), (mark, found)


@pytest.mark.parametrize("path", cases("good"))
def test_the_twin_is_not_confirmed_on_cuda(path: Path) -> None:
    report = on_cuda(path)
    assert report.step is not None, report
    assert report.detail == ""
    assert confirmed(report) == []
