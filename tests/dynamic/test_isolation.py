"""Programs at their worst: a reason for each, within the limits, and nothing of them is left."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from containment import HOSTILE, LIMITS, STAND_IN, Traces, hostile, row, traced

from pyrolint.dynamic.limits import MIB, Limits
from pyrolint.dynamic.messages import Job, Reason, Report
from pyrolint.dynamic.process import run_directly, run_job
from pyrolint.dynamic.zygote import Zygote

pytest.importorskip("pyro")

if sys.platform == "linux":
    from pyrolint.dynamic.child.isolation import landlock
    from pyrolint.dynamic.child.isolation.linux import can_leave_network
else:
    pytest.skip("jobs are supervised on Linux only", allow_module_level=True)

RunJob = Callable[[Job, Limits], Report]
SHORT = msgspec.structs.replace(LIMITS, seconds=1.0)


@pytest.fixture(scope="module")
def traces() -> Iterator[Traces]:
    # Worker processes talk over sockets in the temporary folder, whose names must be short.
    with tempfile.TemporaryDirectory(prefix="pyrolint-") as folder, traced(Path(folder)) as found:
        yield found


@pytest.fixture(scope="module")
def zygote(traces: Traces) -> Iterator[Zygote]:
    with Zygote() as zygote:
        zygote.run_job(hostile("no_step"), LIMITS)
        yield zygote


@pytest.fixture(scope="module")
def stand_in_zygote(traces: Traces) -> Iterator[Zygote]:
    with Zygote(runner=STAND_IN) as zygote:
        zygote.run_job(hostile("no_step"), LIMITS)
        yield zygote


@pytest.fixture
def warm(zygote: Zygote, traces: Traces) -> Iterator[RunJob]:
    """Runs jobs from a zygote, and looks for what they leave."""
    before = traces.processes()
    yield zygote.run_job
    assert traces.processes() == before
    assert traces.files() == []


@pytest.fixture
def stand_in(stand_in_zygote: Zygote, traces: Traces) -> Iterator[RunJob]:
    before = traces.processes()
    yield stand_in_zygote.run_job
    assert traces.processes() == before
    assert traces.files() == []


@pytest.fixture
def cold(traces: Traces) -> Iterator[RunJob]:
    before = traces.processes()
    yield run_job
    assert traces.processes() == before
    assert traces.files() == []


# --- to the step, against all odds -------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        "swallow",
        "close_files",
        "replace_streams",
        "change_folder",
        "step_in_fork",
    ],
)
def test_a_step_is_reported_whatever_stands_around_it(warm: RunJob, script: str) -> None:
    report = warm(hostile(script), LIMITS)
    assert report.reason is None
    assert report.step is not None


def test_a_step_is_reported_by_a_program_that_deletes_the_temporary_folder(warm: RunJob) -> None:
    report = warm(hostile("delete_folder", allow_write=True), LIMITS)
    assert report.step is not None


# --- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["no_step", "grandchild", "daemon", "print_much"])
def test_no_inference(warm: RunJob, script: str) -> None:
    assert warm(hostile(script), LIMITS).reason is Reason.NO_INFERENCE


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("sleep", "time.sleep(600)"),
        ("busy", "    pass"),
        ("daemon_and_sleep", "time.sleep(600)"),
    ],
)
def test_the_time_limit_holds_and_names_the_line(warm: RunJob, script: str, line: str) -> None:
    report = warm(hostile(script), SHORT)
    assert report.reason is Reason.TIMED_OUT
    assert report.position is not None
    assert report.position.row in (row(script, line), row(script, line) - 1)


@pytest.mark.parametrize("script", ["swallow_forever", "deaf"])
def test_the_time_limit_holds_for_what_cannot_be_asked(warm: RunJob, script: str) -> None:
    assert warm(hostile(script), SHORT).reason is Reason.TIMED_OUT


@pytest.mark.parametrize(
    ("how", "reason", "detail"),
    [
        ("sys.exit", Reason.EXITED, "3"),
        ("os._exit", Reason.LOST, "exit status 0"),
        ("os._exit 3", Reason.LOST, "exit status 3"),
        ("atexit", Reason.NO_INFERENCE, ""),
        ("abort", Reason.CRASHED, "SIGABRT"),
        ("segfault", Reason.CRASHED, "SIGSEGV"),
        ("kill", Reason.CRASHED, "SIGKILL"),
        ("group", Reason.CRASHED, "SIGKILL"),
    ],
)
def test_an_end_has_its_reason(warm: RunJob, how: str, reason: Reason, detail: str) -> None:
    report = warm(hostile("end", how), LIMITS)
    assert report.reason is reason
    assert detail in report.detail
    assert "Traceback" not in report.detail


def test_a_crash_names_the_line(warm: RunJob) -> None:
    report = warm(hostile("end", "segfault"), LIMITS)
    assert report.position is not None
    assert report.position.filename == str(HOSTILE / "end.py")
    assert report.position.row == row("end", '    "segfault": lambda: ctypes.string_at(0),')


@pytest.mark.parametrize("how", ["hang", "crash", "lose"])
def test_a_report_with_a_step_outlives_its_process(stand_in: RunJob, how: str) -> None:
    report = stand_in(hostile("seen_then", how), SHORT)
    assert report.reason is None
    assert report.step is not None
    assert report.detail.startswith("candidate")
    assert ("after its first step" in report.detail) is (how != "lose")


def test_a_report_with_a_step_is_kept(stand_in: RunJob) -> None:
    assert stand_in(hostile("seen_then", "say less"), SHORT).step is not None


# --- limits of memory and of output ------------------------------------------------------------


@pytest.mark.parametrize("script", ["eat_memory", "eat_memory_together", "ask_much"])
def test_the_memory_limit_holds(warm: RunJob, script: str) -> None:
    limits = Limits(seconds=20.0, memory=320 * MIB)
    assert warm(hostile(script), limits).reason is Reason.OUT_OF_MEMORY


def test_a_program_within_its_memory_is_left_alone(warm: RunJob) -> None:
    report = warm(hostile("swallow"), msgspec.structs.replace(LIMITS, memory=320 * MIB))
    assert report.step is not None
    assert 0 < report.peak_memory < 320 * MIB


def test_the_limit_of_file_size_holds(warm: RunJob) -> None:
    assert warm(hostile("big_file"), LIMITS).reason is Reason.TOO_MUCH_OUTPUT


def test_the_limit_of_output_holds(warm: RunJob) -> None:
    limits = msgspec.structs.replace(LIMITS, output=1 * MIB)
    assert warm(hostile("print_much"), limits).reason is Reason.TOO_MUCH_OUTPUT


# --- writes and the network --------------------------------------------------------------------

WAYS_TO_WRITE = [
    "open",
    "append",
    "pathlib",
    "touch",
    "os.open",
    "os.mkdir",
    "os.mkdir dir_fd",
    "os.makedirs",
    "os.symlink",
    "os.rename",
    "link",
    "dots",
    "shutil.copy",
    "sqlite3",
    "torch.save",
    "torch.save old",
    "torch.jit.save",
    "np.save",
]


@pytest.mark.parametrize("way", WAYS_TO_WRITE)
def test_a_write_is_refused(warm: RunJob, tmp_path: Path, way: str) -> None:
    path = tmp_path / "made.npy"
    report = warm(hostile("write", way, str(path)), LIMITS)
    assert report.reason is Reason.NEEDS_WRITE
    assert not os.path.lexists(path)


@pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")
@pytest.mark.parametrize("way", ["subprocess", "os.system", "C"])
def test_landlock_refuses_writes_that_python_cannot_see(
    warm: RunJob, tmp_path: Path, way: str
) -> None:
    warm(hostile("write", way, str(tmp_path / "made")), LIMITS)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("way", [*WAYS_TO_WRITE, "subprocess", "os.system", "C"])
def test_a_write_is_allowed_on_request(warm: RunJob, tmp_path: Path, way: str) -> None:
    path = tmp_path / "made.npy"
    report = warm(hostile("write", way, str(path), allow_write=True), LIMITS)
    assert report.reason is Reason.NO_INFERENCE, report.detail
    assert os.path.lexists(path)


@pytest.mark.parametrize(
    "way", ["os.remove", "shutil.rmtree", "os.truncate", "open", "os.chmod", "os.rename"]
)
def test_a_file_is_safe(warm: RunJob, tmp_path: Path, way: str) -> None:
    path = tmp_path / "kept"
    path.write_text("kept")
    report = warm(hostile("destroy", way, str(path)), LIMITS)
    assert report.reason is Reason.NEEDS_WRITE
    assert path.read_text() == "kept"
    assert path.stat().st_mode & 0o400


def test_temporary_files_buffers_and_workers_are_allowed(warm: RunJob) -> None:
    # Worker processes each have memory of their own.
    limits = msgspec.structs.replace(LIMITS, memory=4 * LIMITS.memory)
    report = warm(hostile("write_temporary"), limits)
    assert (report.reason, report.detail) == (Reason.NO_INFERENCE, "")


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        yield server.getsockname()[1]


@pytest.mark.parametrize("way", ["connect", "urlopen", "name", "datagram", "listen"])
def test_the_network_is_refused(warm: RunJob, port: int, way: str) -> None:
    report = warm(hostile("connect", way, str(port)), LIMITS)
    assert report.reason is Reason.NEEDS_NETWORK


@pytest.mark.skipif(not can_leave_network(), reason="user namespaces are not allowed")
@pytest.mark.parametrize("way", ["C", "C datagram"])
def test_a_namespace_hides_the_network(warm: RunJob, port: int, way: str) -> None:
    assert warm(hostile("connect", way, str(port)), LIMITS).reason is Reason.RAISED


@pytest.mark.skipif(landlock.version() < 4, reason="Landlock knows no network")
def test_landlock_refuses_the_network(traces: Traces, port: int) -> None:
    assert run_directly(hostile("connect", "C", str(port)), LIMITS).reason is Reason.RAISED


@pytest.mark.parametrize("way", ["connect", "datagram", "listen", "C", "C datagram"])
def test_the_network_is_allowed_on_request(warm: RunJob, port: int, way: str) -> None:
    report = warm(hostile("connect", way, str(port), allow_network=True), LIMITS)
    assert report.reason is Reason.NO_INFERENCE, report.detail


# --- in a process of its own -------------------------------------------------------------------


def test_a_cold_job_reaches_its_step(cold: RunJob) -> None:
    report = cold(hostile("swallow"), LIMITS)
    assert report.reason is None
    assert report.step is not None


def test_a_cold_job_is_cleared_away(cold: RunJob) -> None:
    report = cold(hostile("daemon_and_sleep"), msgspec.structs.replace(LIMITS, seconds=4.0))
    assert report.reason is Reason.TIMED_OUT


def test_a_program_may_kill_its_parent(cold: RunJob) -> None:
    """Where the kernel refuses the signal, the program raises; else there is nobody to ask."""
    report = cold(hostile("end", "parent"), LIMITS)
    assert report.reason in (Reason.RAISED, Reason.LOST)


def test_missing_torch_is_a_reason(
    cold: RunJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    report = cold(hostile("swallow"), LIMITS)
    assert (report.reason, report.detail) == (Reason.NOT_AVAILABLE, "no torch here")


def test_a_script_without_a_folder_is_unreadable(warm: RunJob) -> None:
    report = warm(hostile("no/such/script"), LIMITS)
    assert report.reason is Reason.UNREADABLE


@pytest.mark.parametrize(
    ("job", "limits", "reason"),
    [
        (hostile("swallow"), LIMITS, None),
        (hostile("sleep"), msgspec.structs.replace(LIMITS, seconds=3.0), Reason.TIMED_OUT),
        (hostile("print_much"), msgspec.structs.replace(LIMITS, output=1), Reason.TOO_MUCH_OUTPUT),
        (hostile("end", "os._exit"), LIMITS, Reason.LOST),
    ],
    ids=["step", "time", "output", "lost"],
)
def test_without_fork_a_job_is_run_directly(
    traces: Traces, job: Job, limits: Limits, reason: Reason | None
) -> None:
    before = traces.processes()
    report = run_directly(job, limits)
    assert report.reason is reason
    assert (report.step is not None) is (reason is None)
    assert traces.processes() == before
    assert traces.files() == []


# --- the terminal, and a parent that is killed -------------------------------------------------

PARENT = """\
import sys
sys.path[:0] = {path!r}
from containment import LIMITS, hostile
from pyrolint.dynamic.process import run_job
print("begun", flush=True)
report = run_job(hostile({script!r}), LIMITS)
print(report.reason, report.detail, "ended", flush=True)
"""


def parent_of(script: str) -> list[str]:
    return [sys.executable, "-c", PARENT.format(path=sys.path, script=script)]


def test_the_terminal_stays_as_it_was(traces: Traces) -> None:
    controller, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    parent = subprocess.Popen(
        parent_of("raw_terminal"),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    said = b""
    while b"ended" not in said and select.select([controller], [], [], LIMITS.seconds)[0]:
        said += os.read(controller, 4096)
    assert b"Reason.RAISED EOFError" in said
    assert b"name?" not in said
    assert os.tcgetpgrp(controller) == parent.pid
    parent.wait()
    assert termios.tcgetattr(terminal) == before
    os.close(controller)
    os.close(terminal)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_the_parent_is_killed(traces: Traces, number: int) -> None:
    before = traces.processes()
    parent = subprocess.Popen(
        parent_of("daemon_and_sleep"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    # The parent, its supervisor, the script, and the daemon.
    assert eventually(lambda: len(traces.processes() - before) >= 4), traces.processes() - before
    # As a terminal does: to all of the group.
    os.killpg(parent.pid, number)
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: not (traces.processes() - before or traces.files()))


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + LIMITS.seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()
