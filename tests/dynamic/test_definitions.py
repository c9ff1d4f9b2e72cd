"""Programs that a file only defines: how they are made, called, and given arguments."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from dynamic.measuring import reported

from pyrolint.dynamic.messages import Job, Reason, Report, Target, TargetKind

IMPORTS = """
import pyro
import pyro.distributions as dist
import torch
"""

PROGRAMS = {
    "functions": (
        "model",
        "guide",
        """
        def model():
            pyro.sample("x", dist.Normal(0.0, 1.0))

        def guide():
            pyro.sample("x", dist.Normal(pyro.param("loc", torch.tensor(0.0)), 0.1))
        """,
        False,
    ),
    "arguments": (
        "model",
        "guide",
        """
        def model(data, labels):
            x = pyro.sample("x", dist.Normal(0.0, 1.0))
            with pyro.plate("data", len(data)):
                pyro.sample("y", dist.Normal(x, 1.0), obs=data)

        def guide(data, labels):
            pyro.sample("x", dist.Normal(pyro.param("loc", torch.tensor(0.0)), 0.1))
        """,
        True,
    ),
    "methods of one instance": (
        "Study.model",
        "Study.guide",
        """
        class Study:
            def __init__(self):
                self.calls = 0

            def model(self):
                assert self.calls > 0
                pyro.sample("x", dist.Normal(0.0, 1.0))

            def guide(self):
                self.calls += 1
                pyro.sample("x", dist.Normal(pyro.param("loc", torch.tensor(0.0)), 0.1))
        """,
        False,
    ),
    "a class with sizes": (
        "Study.model",
        None,
        """
        class Study:
            def __init__(self, size: int, *, is_wide: bool):
                self.size = size

            def model(self):
                with pyro.plate("data", self.size):
                    pyro.sample("x", dist.Normal(0.0, 1.0))
        """,
        True,
    ),
    "an autoguide": (
        "model",
        "pyro.infer.autoguide.AutoNormal",
        """
        def model():
            pyro.sample("x", dist.Normal(0.0, 1.0))
        """,
        False,
    ),
}


def report_of(tmp_path: Path, name: str, model: str, guide: str | None, program: str) -> Report:
    # Each is a module of its own name, as modules are imported once.
    path = tmp_path / f"defined_{abs(hash(name))}.py"
    path.write_text(IMPORTS + textwrap.dedent(program))
    return reported(Job(Target(TargetKind.PROGRAM, str(path), model=model, guide=guide)))


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_is_only_defined_is_run(name: str, tmp_path: Path) -> None:
    model, guide, program, made_up = PROGRAMS[name]
    report = report_of(tmp_path, name, model, guide, program)
    assert report.step is not None, (report.reason, report.detail)
    assert report.detail == ""
    assert report.step.made_up_arguments is made_up
    assert any(site.name == "x" for site in report.step.sites)


@pytest.mark.parametrize(
    ("model", "program", "detail"),
    [
        ("Study.model", "class Study:\n    def __init__(self, data): ...\n", "'data'"),
        ("model", "def model(data):\n    data.no_such_method()\n", "data"),
    ],
)
def test_what_cannot_be_made_up_is_said(
    model: str, program: str, detail: str, tmp_path: Path
) -> None:
    report = report_of(tmp_path, detail, model, None, program)
    assert report.reason is Reason.NEEDS_ARGUMENTS
    assert detail in report.detail
