"""The way of a report out of the child, at the edges that a real child seldom comes to."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

import pytest

from pyrolint.dynamic.child.isolation.channel import SIZE, Channel
from pyrolint.dynamic.messages import Reason, Report, StepSummary

STEP = StepSummary("SVI", "model", "guide", None)


@pytest.fixture
def memory() -> Iterator[mmap.mmap]:
    with mmap.mmap(-1, SIZE) as memory:
        yield memory


def test_nothing_was_handed_over(memory: mmap.mmap) -> None:
    assert Channel(memory).latest() is None


def test_the_last_report_counts(memory: mmap.mmap) -> None:
    for number in range(5):
        Channel(memory).deliver(Report(detail=str(number)))
        assert Channel(memory).latest() == Report(detail=str(number))


def test_a_step_is_not_replaced_by_none(memory: mmap.mmap) -> None:
    channel = Channel(memory)
    channel.deliver(Report(detail="first", step=STEP))
    channel.deliver(Report(reason=Reason.RAISED))
    assert channel.latest() == Report(detail="first", step=STEP)
    channel.deliver(Report(detail="second", step=STEP))
    assert channel.latest() == Report(detail="second", step=STEP)


@pytest.mark.parametrize("place", [0, 4, 8, 12, 16, 20, 30])
def test_a_report_that_is_not_whole_leaves_the_one_before(memory: mmap.mmap, place: int) -> None:
    channel = Channel(memory)
    channel.deliver(Report(detail="first"))
    channel.deliver(Report(detail="second"))
    second = memory.find(b'"second"') // (SIZE // 2) * (SIZE // 2)
    memory[second + place] ^= 0x55
    assert channel.latest() == Report(detail="first")
    channel.deliver(Report(detail="third"))
    assert channel.latest() == Report(detail="third")


def test_a_report_of_any_size_is_one(memory: mmap.mmap) -> None:
    channel = Channel(memory)
    channel.deliver(Report(detail="x" * SIZE))
    report = channel.latest()
    assert report is not None
    assert report.reason is Reason.LOST


def test_a_report_that_is_no_json_is_one(memory: mmap.mmap) -> None:
    channel = Channel(memory)
    channel.deliver(Report(versions={"torch": object()}))  # type: ignore[dict-item]
    report = channel.latest()
    assert report is not None
    assert report.reason is Reason.LOST
