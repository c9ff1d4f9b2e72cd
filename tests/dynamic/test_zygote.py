"""Jobs from a zygote: independent of each other, and run all the same when there is no zygote."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from containment import LIMITS, STAND_IN, Traces, hostile, linux_only, traced

from pyrolint.dynamic.messages import Reason, Report
from pyrolint.dynamic.process import Supervisor
from pyrolint.dynamic.zygote import Zygote

pytest.importorskip("pyro")
pytestmark = linux_only


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    with traced(tmp_path_factory.mktemp("temporary")) as found:
        yield found


@pytest.fixture
def zygote(traces: Traces) -> Iterator[Zygote]:
    with Zygote(runner=STAND_IN) as zygote:
        yield zygote
    assert traces.processes() == set()
    assert traces.files() == []


def supervisor_of(report: Report) -> int:
    assert report.detail.isdecimal(), report
    return int(report.detail)


def test_jobs_share_a_process_that_never_computed(zygote: Zygote) -> None:
    first = supervisor_of(zygote.run_job(hostile("say_parent"), LIMITS))
    zygote.run_job(hostile("end", "segfault"), LIMITS)
    zygote.run_job(hostile("daemon"), LIMITS)
    assert supervisor_of(zygote.run_job(hostile("say_parent"), LIMITS)) == first
    assert len(os.listdir(f"/proc/{first}/task")) == 1


@pytest.mark.parametrize("warm", [False, True])
def test_only_a_warm_supervisor_has_torch_before_the_fork(traces: Traces, warm: bool) -> None:
    """CUDA cannot be used in the fork of a process that has torch started up with it."""
    with Supervisor(STAND_IN, warm=warm) as supervisor:
        report = supervisor.run_job(hostile("say_parent"), LIMITS)
        assert report is not None
        maps = Path(f"/proc/{supervisor_of(report)}/maps").read_text()
    assert ("libtorch" in maps) is warm


def test_a_job_sees_nothing_of_the_one_before(zygote: Zygote) -> None:
    for _ in range(2):
        assert zygote.run_job(hostile("leave_marks"), LIMITS).detail == "clean"


def test_a_job_after_the_death_of_the_zygote_is_run_cold(zygote: Zygote) -> None:
    first = supervisor_of(zygote.run_job(hostile("say_parent"), LIMITS))
    os.kill(first, signal.SIGKILL)
    for _ in range(2):
        assert supervisor_of(zygote.run_job(hostile("say_parent"), LIMITS)) != first


class Interrupted(Exception):
    pass


def interrupt(_number: int, _frame: object) -> None:
    raise Interrupted


def test_a_job_after_one_that_was_interrupted_has_a_report_of_its_own(
    zygote: Zygote, traces: Traces
) -> None:
    supervisor_of(zygote.run_job(hostile("say_parent"), LIMITS))
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(Interrupted):
            zygote.run_job(hostile("daemon_and_sleep"), LIMITS)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert traces.processes() == set()
    supervisor_of(zygote.run_job(hostile("say_parent"), LIMITS))


def test_a_job_with_cuda_is_run_cold(zygote: Zygote) -> None:
    first = supervisor_of(zygote.run_job(hostile("say_parent"), LIMITS))
    job = msgspec.structs.replace(hostile("say_parent"), device="cuda")
    assert supervisor_of(zygote.run_job(job, LIMITS)) != first


def test_a_zygote_without_torch_gives_a_reason(
    traces: Traces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('libtorch is broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with Zygote(runner=STAND_IN) as zygote:
        report = zygote.run_job(hostile("no_step"), LIMITS)
    assert (report.reason, report.detail) == (Reason.NOT_AVAILABLE, "libtorch is broken")
