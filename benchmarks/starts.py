"""What a process costs from its start to its end, in starts of a bare Python."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What an installed ``pyrolint`` script does.
ENTRY = "import sys; from pyrolint.cli import main; sys.exit(main())"
PARSE = "import sys, libcst; libcst.parse_module(open(sys.argv[1], 'rb').read())"
LINES = 500
OTHER = "import os\n\n\ndef size(path):\n    return os.stat(path).st_size\n"
STEP = """

def model_{0}(data):
    scale = pyro.param("scale_{0}", torch.tensor(1.0), constraint=constraints.positive)
    loc = pyro.sample("loc_{0}", dist.Normal(0.0, 1.0))
    with pyro.plate("data_{0}", len(data)):
        pyro.sample("obs_{0}", dist.Normal(loc, scale), obs=data)
"""
HEADER = """\
import pyro
import pyro.distributions as dist
import torch
from torch.distributions import constraints
"""


def pyro_file(lines: int) -> str:
    """A program of about so many lines with nothing to find in it."""
    steps = (lines - HEADER.count("\n")) // STEP.count("\n")
    return HEADER + "".join(STEP.format(number) for number in range(steps))


def start_ratios(rounds: int) -> Mapping[str, Sequence[float]]:
    """By what is compared, one ratio of wall times for each round."""
    with tempfile.TemporaryDirectory() as folder:
        other, ours = Path(folder, "other.py"), Path(folder, "ours.py")
        other.write_text(OTHER)
        ours.write_text(pyro_file(LINES))
        commands = {
            "bare": ["-c", "pass"],
            "version": ["-c", ENTRY, "--version"],
            "other": ["-c", ENTRY, "check", str(other)],
            "parse": ["-c", PARSE, str(ours)],
            "ours": ["-c", ENTRY, "check", str(ours)],
        }
        for arguments in commands.values():
            _seconds(arguments)
        taken = [
            {name: _seconds(arguments) for name, arguments in commands.items()}
            for _ in range(rounds)
        ]
    compared = {
        "`pyrolint --version` / `python -c pass`": ("version", "bare"),
        "`pyrolint check` of a file without Pyro / `python -c pass`": ("other", "bare"),
        f"`pyrolint check` of {LINES} lines / importing libcst and parsing them": ("ours", "parse"),
    }
    return {
        label: [each[above] / each[below] for each in taken]
        for label, (above, below) in compared.items()
    }


def _seconds(arguments: Sequence[str]) -> float:
    """The median of three starts, so that one that was disturbed does not spoil its round."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    environment = {**os.environ, "PYTHONPATH": path}
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True
        )
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)
