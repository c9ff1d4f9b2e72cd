"""``pyrolint confirm`` as a real command, over folders of programs: a start takes seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

ROOT = Path(__file__).parent.parent
SOURCES = os.pathsep.join([str(ROOT), str(ROOT / "rules")])

HEAD = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam
"""
MODEL = """

def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)
"""
GUIDE = """

def guide(data):
    scale = pyro.param("scale", torch.tensor(0.1))
    pyro.sample("loc", dist.Normal(0.0, scale))
"""
STEP = """

svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
svi.step(torch.tensor([0.3, -0.2, 0.9, 0.4]))
"""
EXTRA = '    pyro.sample("loc", dist.Normal(0.0, 1.0))\n'
# The model never samples it, which only a run knows here.
RUN_ONLY = f"""

def guide(data):
{EXTRA}    for name in ["ex" + "tra"]:
        pyro.sample(name, dist.Normal(0.0, 1.0))  # COMMENT
"""
POSITIVE = GUIDE.replace("tensor(0.1)", "tensor(0.1), constraint=dist.constraints.positive")
FAULTY = HEAD + MODEL + GUIDE + STEP
CLEAN = HEAD + MODEL + POSITIVE + STEP
SHOWN_BY_RUN = HEAD + MODEL + RUN_ONLY + STEP
REFUTED = FAULTY.replace("import torch\n", "import torch\npyro.enable_validation(False)\n").replace(
    "svi = SVI", "pyro.enable_validation(True)\nsvi = SVI"
)


@dataclass(frozen=True)
class Done:
    status: int
    stdout: str
    stderr: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.stdout)
        return found

    def of(self, name: str) -> list[tuple[str, str]]:
        """The findings in one file: codes and verdicts."""
        return [
            (each["code"], each["confirmation"]["verdict"])
            for each in self.findings
            if Path(each["filename"]).name == name
        ]


def confirm(folder: Path, *arguments: str, **environment: str) -> Done:
    done = subprocess.run(
        [sys.executable, "-m", "pyrolint", "confirm", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCES, **environment},
        check=False,
    )
    assert "Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        folder.joinpath(f"{name}.py").write_text(text)


def notebook(*cells: str) -> str:
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "language": "python"}},
            "cells": [
                {
                    "cell_type": "code",
                    "source": cell,
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                }
                for cell in cells
            ],
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    write(
        folder,
        faulty=FAULTY,
        clean=CLEAN,
        only_defined=HEAD + MODEL + GUIDE,
        without_arguments=HEAD + (MODEL + GUIDE).replace("(data):", "(data=torch.zeros(3)):"),
        needs_file=FAULTY.replace("import torch\n", "import torch\nopen('absent.csv')\n"),
        shown_by_run=SHOWN_BY_RUN,
        ignored=SHOWN_BY_RUN.replace("# COMMENT", "# pyrolint: ignore[PYR703]"),
        noqa=SHOWN_BY_RUN.replace("# COMMENT", "# noqa: PYR703"),
        per_file=SHOWN_BY_RUN,
        settings_give_words=FAULTY.replace(
            "import torch\n", "import sys\nimport torch\nassert sys.argv[1:] == ['--epochs', '3']\n"
        ),
        not_pyro="raise SystemExit('never run')\n",
    )
    folder.joinpath("magic.ipynb").write_text(
        notebook("%matplotlib inline\n!ls\n" + HEAD, MODEL + GUIDE, "%%time\n" + STEP)
    )
    folder.joinpath("failing.ipynb").write_text(notebook(HEAD, "absent_name", MODEL + GUIDE, STEP))
    folder.joinpath("pyrolint.toml").write_text(
        """\
per-file-ignores = { "per_file.py" = ["PYR703"] }
[confirm]
scripts = { "settings_*.py" = ["--epochs", "3"] }
"""
    )
    return folder


@pytest.fixture(scope="module")
def whole(folder: Path) -> Done:
    """One run over all of them."""
    return confirm(folder, ".", "--output-format", "json")


def test_findings_get_verdicts_and_make_the_status(whole: Done) -> None:
    assert whole.status == 1
    assert whole.of("faulty.py") == [("PYR101", "confirmed")]
    assert whole.of("clean.py") == []
    assert "faulty.py: SVI step of model and guide" in whole.stderr
    assert "not_pyro" not in whole.stderr


def test_the_confirmation_is_an_object(whole: Done) -> None:
    (finding,) = (each for each in whole.findings if each["filename"].endswith("/faulty.py"))
    confirmation = finding["confirmation"]
    assert set(confirmation) == {"verdict", "reason", "evidence", "device", "seed"}
    assert (confirmation["verdict"], confirmation["device"]) == ("confirmed", "cpu")
    assert confirmation["evidence"]["parameter"] == "scale"
    assert "scale" in confirmation["reason"]
    assert finding["fix"]["applicability"] == "safe"


def test_what_a_file_only_defines_is_run(whole: Done) -> None:
    for name in ("only_defined.py", "without_arguments.py"):
        assert whole.of(name) == [("PYR101", "confirmed")], name
        assert f"{name}: ELBO step of model and guide" in whole.stderr
    lines = whole.stderr.splitlines()
    made_up = [line.partition(":")[0] for line in lines if "with made-up arguments" in line]
    assert made_up == ["only_defined.py"]


def test_a_program_without_a_step_says_why(whole: Done) -> None:
    assert whole.of("needs_file.py") == [("PYR003", "unknown"), ("PYR101", "unknown")]
    (told, finding) = (
        each for each in whole.findings if each["filename"].endswith("/needs_file.py")
    )
    assert (told["severity"], told["location"]["row"]) == ("advice", 1)
    assert "needs a file that is not there" in told["message"]
    assert "needs a file that is not there" in finding["confirmation"]["reason"]


def test_what_only_the_run_shows_can_be_hidden(whole: Done) -> None:
    assert whole.of("shown_by_run.py") == [("PYR703", "confirmed")]
    for name in ("ignored.py", "noqa.py", "per_file.py"):
        assert whole.of(name) == [], name


def test_settings_give_scripts_their_words(whole: Done) -> None:
    assert whole.of("settings_give_words.py") == [("PYR101", "confirmed")]


def test_notebooks_run_without_magics_and_past_failed_cells(whole: Done) -> None:
    assert whole.of("magic.ipynb") == [("PYR101", "confirmed")]
    (failing,) = (each for each in whole.findings if each["filename"].endswith("failing.ipynb"))
    assert (failing["cell"], failing["confirmation"]["verdict"]) == (3, "confirmed")
    assert "an earlier cell of the notebook failed" in failing["confirmation"]["reason"]


def test_words_behind_the_dashes_reach_the_script(tmp_path: Path) -> None:
    asking = "import sys\nassert sys.argv[1:] == ['--epochs', '3']\n"
    write(tmp_path, train=FAULTY.replace("import pyro\n", f"{asking}import pyro\n", 1), b=FAULTY)
    done = confirm(
        tmp_path, "train.py", "--output-format", "json", "--fail-on", "never", "--", "--epochs", "3"
    )
    assert (done.status, done.of("train.py")) == (0, [("PYR101", "confirmed")])
    several = confirm(tmp_path, "train.py", "b.py", "--", "3")
    assert several.status == 2
    assert "exactly one script" in several.stderr


def test_refuted_findings_do_not_count_and_show_with_v(tmp_path: Path) -> None:
    write(tmp_path, again=REFUTED.replace(GUIDE, POSITIVE))
    quiet = confirm(tmp_path, "again.py")
    assert quiet.status == 0, quiet
    assert "PYR501" not in quiet.stdout
    assert "1 finding: 0 confirmed, 1 refuted, 0 unknown" in quiet.stderr
    told = confirm(tmp_path, "again.py", "-v", "--report", "page.html")
    assert told.status == 0
    assert "PYR501" in told.stdout
    assert "[refuted]" in told.stdout
    page = tmp_path.joinpath("page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "PYR501" in page


def test_a_program_that_comes_to_nothing_fails_on_demand_only(tmp_path: Path) -> None:
    # Nothing here is left to run: its only program is called by the file itself.
    write(tmp_path, nothing=CLEAN.replace("svi.step", "raise RuntimeError"))
    done = confirm(tmp_path, "nothing.py")
    assert (done.status, "PYR003" in done.stdout) == (0, True)
    demanded = confirm(tmp_path, "nothing.py", "--require-verdict")
    assert (demanded.status, "PYR003" in demanded.stdout) == (1, True)


def test_an_entry_gives_the_pair(tmp_path: Path) -> None:
    write(
        tmp_path,
        provider=HEAD
        + MODEL
        + GUIDE
        + "\n\ndef pair():\n    return model, guide, (torch.zeros(3),), {}\n",
    )
    tmp_path.joinpath("pyrolint.toml").write_text(
        '[confirm]\nentry = "provider:pair"\ntimeout = 50\n'
    )
    for arguments in (("provider.py",), ("--entry", "provider:pair", "--isolated", "provider.py")):
        done = confirm(tmp_path, *arguments, "--output-format", "json")
        assert (done.status, done.of("provider.py")) == (1, [("PYR101", "confirmed")]), done
        assert "made-up" not in done.stderr


def test_an_entry_without_a_step_says_why(tmp_path: Path) -> None:
    for name, reason in (("nowhere", "needs a package"), ("provider", "raised an error")):
        write(tmp_path, provider=HEAD + MODEL + "\n\ndef pair():\n    return model\n")
        done = confirm(tmp_path, "--entry", f"{name}:pair", "--require-verdict", "--isolated")
        assert done.status == 1, done
        assert reason in done.stderr
        assert "itself failed" not in done.stderr


def test_an_entry_is_that_of_its_own_project(tmp_path: Path) -> None:
    for name in ("one", "two"):
        project = tmp_path / name
        project.mkdir()
        pair = "\n\ndef pair():\n    return model, guide, (torch.zeros(3),), {}\n"
        write(project, provider=HEAD + MODEL + GUIDE + pair)
        project.joinpath("pyrolint.toml").write_text('[confirm]\nentry = "provider:pair"\n')
    write(tmp_path, script=FAULTY)
    done = confirm(tmp_path, ".", "--output-format", "json")
    assert done.of("provider.py") == [("PYR101", "confirmed")] * 2, done
    assert done.of("script.py") == [("PYR101", "confirmed")], done


def test_time_is_limited_by_settings(tmp_path: Path) -> None:
    write(tmp_path, slow=HEAD + MODEL + GUIDE + "\nimport time\ntime.sleep(600)\n")
    tmp_path.joinpath("pyrolint.toml").write_text("[confirm]\ntimeout = 6\n")
    done = confirm(tmp_path, "slow.py")
    assert "stopped at its time limit" in done.stdout


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("timeoot = 3", "did you mean 'timeout'?"),
        ('device = "gpu"', "'gpu' is not known; did you mean 'cpu'?"),
        ('entry = "nothing"', 'write "package.module:function"'),
        ("draws = 1", "at least 2 draws"),
    ],
)
def test_settings_that_will_not_do_are_told(tmp_path: Path, table: str, sentence: str) -> None:
    write(tmp_path, clean=CLEAN)
    tmp_path.joinpath("pyproject.toml").write_text(f"[tool.pyrolint.confirm]\n{table}\n")
    done = confirm(tmp_path, "clean.py")
    assert done.status == 2
    assert sentence in done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, clean=CLEAN)
    done = confirm(tmp_path, "clean.py", "--device", "cuda")
    assert done.status == 2
    assert "--device cuda asks for CUDA" in done.stderr
    auto = confirm(tmp_path, "clean.py", "--device", "auto")
    assert auto.status == 0
    assert "note: torch sees no CUDA device here; running on the CPU" in auto.stderr


def test_without_torch_the_run_fails_and_says_what_to_install(tmp_path: Path) -> None:
    fake = tmp_path / "fake"
    fake.mkdir()
    fake.joinpath("torch.py").write_text("raise ImportError('there is no torch')\n")
    write(tmp_path, faulty=FAULTY)
    path = os.pathsep.join([str(fake), SOURCES])
    for arguments in (("faulty.py",), ("faulty.py", "--device", "auto")):
        done = confirm(tmp_path, *arguments, PYTHONPATH=path)
        assert done.status == 2
        assert "install `pyrolint-ppl[confirm]`" in done.stderr


def test_what_cannot_be_run_is_told(tmp_path: Path) -> None:
    assert confirm(tmp_path).status == 2
    absent = confirm(tmp_path, "absent.py")
    assert (absent.status, "absent.py" in absent.stderr) == (2, True)
    stdin = confirm(tmp_path, "-")
    assert (stdin.status, "give its path" in stdin.stderr) == (2, True)
    write(tmp_path, broken="import pyro\ndef model(:\n")
    broken = confirm(tmp_path, "broken.py")
    assert (broken.status, "PYR000" in broken.stdout) == (1, True)


def test_it_says_when_nothing_was_run(tmp_path: Path) -> None:
    tmp_path.joinpath("plain.py").write_text("print(1)\n")
    done = confirm(tmp_path, "plain.py")
    assert done.status == 0
    assert "Nothing was run" in done.stderr
