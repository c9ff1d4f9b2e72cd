"""The guards beside the user's code, without the kernel's: all there is on some systems."""

from __future__ import annotations

import errno
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from containment import HOSTILE

from pyrolint.dynamic.child.isolation.guards import refusal_behind
from pyrolint.dynamic.messages import Reason

torch = pytest.importorskip("torch")

GUARDED = """\
import sys
sys.path[:0] = {path!r}
import {script}
from pyrolint.dynamic.child.isolation import guards
guards.install({allow_write}, {allow_network}, ({writable!r},))
for name, way in {script}.WAYS.items():
    if not name.startswith("C"):
        try:
            way(*{arguments!r})
        except BaseException as error:
            refusal = guards.refusal_behind(error)
            print(name, refusal.reason.name if refusal else repr(error), sep=": ")
        else:
            print(name, "done", sep=": ")
print("recorded", sorted({{refusal.reason.name for refusal in guards.refusals()}}), sep=": ")
"""


def guarded(
    script: str,
    arguments: tuple[object, ...],
    writable: Path,
    *,
    allow_write: bool = False,
    allow_network: bool = False,
) -> dict[str, str]:
    """What comes of each way that a hostile script knows, by its name."""
    program = GUARDED.format(
        path=[str(HOSTILE), *sys.path],
        script=script,
        arguments=arguments,
        writable=str(writable),
        allow_write=allow_write,
        allow_network=allow_network,
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"TMPDIR": str(writable), "PATH": "/usr/bin:/bin"},
    )
    lines = (line.partition(": ") for line in done.stdout.splitlines())
    return {name: outcome for name, _, outcome in lines}


def test_every_way_to_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    outcomes = guarded("write", (str(tmp_path / "made"),), tmp_path / "free")
    assert len(outcomes) > 15
    assert outcomes.pop("recorded") == "['NEEDS_WRITE']"
    assert set(outcomes.values()) == {"NEEDS_WRITE"}, outcomes
    assert [entry.name for entry in tmp_path.iterdir()] == ["free"]


def test_every_way_to_change_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    (tmp_path / "kept").write_text("kept")
    outcomes = guarded("destroy", (str(tmp_path / "kept"),), tmp_path / "free")
    assert outcomes.pop("recorded") == "['NEEDS_WRITE']"
    assert set(outcomes.values()) == {"NEEDS_WRITE"}, outcomes
    assert (tmp_path / "kept").read_text() == "kept"


def test_the_network_is_refused(tmp_path: Path) -> None:
    outcomes = guarded("connect", ("127.0.0.1", 9), tmp_path)
    assert outcomes.pop("recorded") == "['NEEDS_NETWORK']"
    assert set(outcomes.values()) == {"NEEDS_NETWORK"}, outcomes


def test_what_is_allowed_is_let_through(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    assert (
        guarded("connect", ("127.0.0.1", 9), tmp_path / "free", allow_network=True)["recorded"]
        == "[]"
    )
    (tmp_path / "kept").write_text("kept")
    arguments = (str(tmp_path / "kept"),)
    outcomes = guarded("destroy", arguments, tmp_path / "free", allow_write=True)
    assert outcomes["recorded"] == "[]"
    assert outcomes["os.remove"] == "done"


def test_the_writable_folder_is_no_prefix(tmp_path: Path) -> None:
    (tmp_path / "free").mkdir()
    for path, outcome in ((tmp_path / "freely", "NEEDS_WRITE"), (tmp_path / "free/made", "done")):
        path.write_text("kept")
        outcomes = guarded("destroy", (str(path),), tmp_path / "free")
        assert outcomes["os.remove"] == outcome


def test_memory_that_torch_was_refused_is_told_by_its_error() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.ones(1 << 60)
    refusal = refusal_behind(raised.value)
    assert refusal is not None
    assert refusal.reason is Reason.OUT_OF_MEMORY
    assert refusal_behind(RuntimeError("something else")) is None


def test_what_the_kernel_refuses_a_started_program_is_known(tmp_path: Path) -> None:
    """Such a program has no hook of ours, and its error comes back by pickle."""
    refused = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "new" / "file"))
    refusal = refusal_behind(pickle.loads(pickle.dumps(refused)))
    assert refusal is not None
    assert refusal.reason is Reason.NEEDS_WRITE
    owned = PermissionError(errno.EPERM, "Operation not permitted", str(tmp_path / "file"))
    assert refusal_behind(owned) is None
    assert refusal_behind(PermissionError(errno.EACCES, "Permission denied")) is None
