"""What the tests of isolation share: hostile scripts, and the traces that a job may leave."""

from __future__ import annotations

import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pyrolint.dynamic.limits import MIB, Limits
from pyrolint.dynamic.messages import Job, Target, TargetKind

HOSTILE = Path(__file__).parent / "hostile"
LIMITS = Limits(seconds=30.0, memory=600 * MIB, file_size=4 * MIB)
STAND_IN = "stand_in:run"
MARK = "PYROLINT_TEST_MARK"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="jobs are supervised on Linux only")


def hostile(
    name: str, *arguments: str, allow_write: bool = False, allow_network: bool = False
) -> Job:
    """A job that runs one of the scripts in ``hostile``."""
    target = Target(TargetKind.SCRIPT, str(HOSTILE / f"{name}.py"), arguments=arguments)
    return Job(target, allow_write=allow_write, allow_network=allow_network)


def row(name: str, line: str) -> int:
    """The last row of a hostile script that stands as ``line``."""
    lines = (HOSTILE / f"{name}.py").read_text().splitlines()
    return len(lines) - lines[::-1].index(line)


@dataclass
class Traces:
    """The processes and the temporary files that jobs of a test started or made."""

    mark: str
    folder: Path

    def processes(self) -> set[int]:
        """The marked processes that are alive, this one left out. Forks keep the mark."""
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and int(entry.name) != os.getpid():
                try:
                    environment = entry.joinpath("environ").read_bytes()
                    state = entry.joinpath("stat").read_text().rpartition(")")[2].split()[0]
                except OSError:
                    continue
                if self.mark.encode() in environment and state != "Z":
                    found.add(int(entry.name))
        return found

    def files(self) -> list[Path]:
        """What lies in the folder for temporary files."""
        return list(self.folder.iterdir())


@contextmanager
def traced(folder: Path) -> Iterator[Traces]:
    """Mark every process that is started meanwhile, and give them a temporary folder."""
    mark = uuid.uuid4().hex
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARK, mark)
        patch.setenv("PYTHONPATH", str(HOSTILE), prepend=os.pathsep)
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield Traces(mark, folder)
