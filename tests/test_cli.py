"""The command line, in this process and as a real one."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from linting import FAULT, FAULT_ROW, PROGRAM

from pyrolint.cli import COMMANDS, group

ROOT = Path(__file__).parent.parent
SOURCES = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
FIXED = FAULT[:-1] + ", constraint=dist.constraints.positive)"


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(group, [str(each) for each in arguments], input=stdin)


def process(*arguments: str | Path, code: str | None = None, **environment: str) -> str:
    """Stdout of a real process: of pyrolint, or of ``code``."""
    command = ["-c", code] if code is not None else ["-m", "pyrolint"]
    done = subprocess.run(
        [sys.executable, *command, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCES, **environment},
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def shell(line: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a line of shell in which ``$P`` is pyrolint."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCES, "P": f"{sys.executable} -m pyrolint"},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture
def clean(tmp_path: Path, model: Path) -> Path:
    path = tmp_path / "clean.py"
    path.write_text("import pyro\n")
    return path


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["clean.py"], 0),
        (["model.py"], 1),
        (["check", "model.py"], 1),
        ([], 2),
        (["check"], 2),
        (["absent.py"], 2),
        (["absent.py", "model.py"], 2),
        (["--select", "PYR999", "model.py"], 2),
        (["--no-such-option", "model.py"], 2),
        (["--exit-zero", "model.py"], 0),
        (["--exit-zero", "absent.py"], 2),
        (["--fail-on", "never", "model.py"], 0),
        (["--fail-on", "error", "model.py"], 1),
        (["--ignore", "PYR101", "model.py"], 0),
        (["--ignore", "unconstrained-parameter", "model.py"], 0),
        (["--select", "PYR2,PYR4", "model.py"], 0),
        (["--select", "PYR2", "--extend-select", "PYR101", "model.py"], 1),
        (["--diff", "clean.py"], 0),
        (["--diff", "model.py"], 1),
        (["--fix", "model.py"], 0),
        (["--config", "absent.toml", "model.py"], 2),
        (["--config", "x.toml", "--isolated", "model.py"], 2),
        (["-", "model.py"], 2),
    ],
)
def test_the_exit_status(clean: Path, arguments: list[str], status: int) -> None:
    assert run(*arguments).exit_code == status


def test_severity_and_fail_on(model: Path) -> None:
    (model.parent / "pyrolint.toml").write_text('severity = {PYR101 = "warning"}\n')
    assert run("--fail-on", "error", "model.py").exit_code == 0
    assert run("model.py").exit_code == 1
    (model.parent / "pyrolint.toml").write_text('fail-on = "never"\n')
    assert run("model.py").exit_code == 0


def test_piped_output_is_concise_with_a_closing_line(model: Path) -> None:
    first, last = run("model.py").stdout.splitlines()
    assert first.startswith(f"model.py:{FAULT_ROW}:13: error PYR101 The parameter")
    assert last == "1 error (1 fixable with --fix). 2 programs, 1 pair."
    assert run("-q", "model.py").stdout.splitlines() == [first]


def test_machine_formats_have_no_closing_line(model: Path) -> None:
    (found,) = json.loads(run("--output-format", "json", "model.py").stdout)
    assert (found["code"], found["filename"]) == ("PYR101", str(model))
    lines = run("--output-format", "json-lines", "model.py").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [found]
    (line,) = run("--output-format", "lsp", "model.py").stdout.splitlines()
    assert json.loads(line)["uri"] == model.as_uri()


def test_the_report_goes_to_a_file(model: Path) -> None:
    result = run("--output-file", "report.txt", "--output-format", "concise", "model.py")
    assert result.stdout == ""
    assert "PYR101" in (model.parent / "report.txt").read_text()
    failed = run("--output-file", "no/such/folder.txt", "model.py")
    assert failed.exit_code == 2
    assert failed.stderr == (
        "error: no/such/folder.txt: cannot be written: No such file or directory\n"
    )


def test_settings_errors_name_file_key_and_nearest(model: Path) -> None:
    settings = model.parent / "pyrolint.toml"
    settings.write_text("max-learnig-rate = 1\n")
    result = run("model.py")
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: {settings}: unknown key 'max-learnig-rate'; did you mean 'max-learning-rate'?\n"
    )
    assert run("--isolated", "model.py").exit_code == 1


def test_fixing_writes_the_file(model: Path) -> None:
    result = run("--fix", "model.py")
    assert model.read_text() == PROGRAM.replace(FAULT, FIXED)
    assert result.stderr == "Applied 1 fix.\n"


def test_the_diff_leaves_the_file(model: Path) -> None:
    result = run("--diff", "model.py")
    assert result.stdout.startswith("--- model.py\n+++ model.py\n@@")
    assert model.read_text() == PROGRAM
    written = run("--diff", "--output-file", "changes.txt", "model.py")
    assert (written.exit_code, written.stdout) == (1, "")
    assert (model.parent / "changes.txt").read_text() == result.stdout
    for other in (["--statistics"], ["--output-format", "json"]):
        refused = run("--diff", *other, "model.py")
        assert refused.exit_code == 2
        assert f"--diff and {other[0]} exclude each other" in refused.stderr


def test_nothing_checked_is_not_called_clean(model: Path) -> None:
    result = run("absent.py")
    assert (result.stdout, result.stderr) == (
        "",
        f"error: {model.parent / 'absent.py'}: no such file or folder\n",
    )
    assert "1 error" in run("absent.py", "model.py").stdout
    assert "in what could be checked" in run("absent.py", "--ignore", "PYR", "model.py").stdout
    assert "no such file, folder or command; did you mean 'version'?" in run("versio").stderr


def test_pairs_that_name_nothing_are_told(model: Path) -> None:
    settings = model.parent / "pyrolint.toml"
    settings.write_text('pairs = ["model:modle, model:guide", "absent:model, model:guide"]\n')
    assert run("--exit-zero", "model.py").stderr.splitlines() == [
        f"warning: {settings}: `model:modle` is not found, since `model` has no `modle` "
        "(setting `pairs`)",
        f"warning: {settings}: `absent:model` is not found, since the project has no module "
        "`absent` (setting `pairs`)",
    ]
    assert run("-q", "model.py").stderr == ""
    settings.write_text('pairs = ["absent: model, absent: guide"]\n')
    assert run("model.py").stderr.count("no module `absent`") == 2
    (model.parent / "other.py").write_text("x = 1\n")
    settings.write_text('pairs = ["other:model, other:guide"]\n')
    assert run("model.py").stderr == ""


def test_source_on_stdin(model: Path) -> None:
    result = run("-", "--stdin-filename", "sub/other.py", stdin=PROGRAM)
    assert result.stdout.startswith(f"sub/other.py:{FAULT_ROW}:13: error PYR101")
    (found,) = json.loads(run("-", "--output-format", "json", stdin=PROGRAM).stdout)
    assert found["filename"] == str(model.parent / "<stdin>")


def test_source_on_stdin_is_mended_on_stdout(model: Path) -> None:
    result = run("-", "--fix", stdin=PROGRAM)
    assert result.stdout == PROGRAM.replace(FAULT, FIXED)
    assert "No findings." in result.stderr


def test_an_excluded_name_on_stdin_is_let_through(model: Path) -> None:
    arguments = ("-", "--stdin-filename", "old/x.py", "--exclude", "old")
    assert run(*arguments, stdin=PROGRAM).exit_code == 1
    result = run(*arguments, "--force-exclude", "--fix", stdin=PROGRAM)
    assert (result.exit_code, result.stdout) == (0, PROGRAM)


def test_show_files_and_settings(clean: Path) -> None:
    assert run("--show-files", ".").stdout.splitlines() == [
        str(clean),
        str(clean.with_name("model.py")),
    ]
    (settings,) = json.loads(run("--show-settings", "--ignore", "PYR2", ".").stdout)
    assert settings["ignore"] == ["PYR2"]
    assert settings["max-init"] == 1000.0


def test_statistics(model: Path) -> None:
    assert run("--statistics", "model.py").stdout.splitlines()[0] == (
        "1  PYR101  unconstrained-parameter"
    )
    counted = json.loads(run("--statistics", "--output-format", "json", "model.py").stdout)
    assert counted == [{"code": "PYR101", "name": "unconstrained-parameter", "count": 1}]
    lines = run("--statistics", "--output-format", "json-lines", "model.py").stdout.splitlines()
    assert [json.loads(line) for line in lines] == counted
    refused = run("--statistics", "--output-format", "lsp", "model.py")
    assert (refused.exit_code, "--statistics cannot" in refused.stderr) == (2, True)


def test_colour_follows_the_environment(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in run("model.py").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("model.py").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("model.py").stdout


def test_the_rule_pages(model: Path) -> None:
    result = run("rule", "PYR101", "unused-suppression")
    assert result.exit_code == 0
    assert "# unconstrained-parameter (PYR101, error, tip 5)" in result.stdout
    assert "# unused-suppression (PYR001, warning)" in result.stdout
    pages = json.loads(run("rule", "--all", "--output-format", "json").stdout)
    assert {"PYR000", "PYR001", "PYR002", "PYR101"} <= {page["code"] for page in pages}
    assert run("rule").exit_code == 2
    unknown = run("rule", "unconstrained-parametre")
    assert unknown.exit_code == 2
    assert "did you mean 'unconstrained-parameter'?" in unknown.stderr
    listed = json.loads(run("rule", "PYR0", "PYR001", "--output-format", "json").stdout)
    assert [page["code"] for page in listed] == ["PYR000", "PYR001", "PYR002", "PYR003"]
    assert run("rule", "--all", "PYR101").exit_code == 2
    assert "`pyrolint rule --all` lists" in run("--select", "E", "model.py").stderr


def test_the_graph(model: Path) -> None:
    text = run("graph", "model.py").stdout
    assert f"pyro.param scale (line {FAULT_ROW}): no constraint; starts: 0.1" in text
    graph = json.loads(run("graph", "model.py", "--output-format", "json").stdout)
    (pair,) = graph["pairs"]
    assert (pair["model"]["name"], pair["guide"]["name"]) == ("model", "guide")
    for nothing, reason in (
        ("absent.py", "No such file or directory"),
        (str(model.parent), "Is a directory"),
    ):
        failed = run("graph", nothing)
        assert (failed.exit_code, failed.stderr) == (2, f"error: {nothing}: {reason}\n")


GRAPHED = """\
import pyro
import torch
import pyro.distributions as dist


def model():
    with pyro.plate("n", 10, subsample_size=5, dim=-2):
        pyro.sample("y", dist.Normal(torch.zeros(3), 1.0).to_event(1))
    for i in [0, 1, 2]:
        pyro.sample("z", dist.Normal(0.0, 1.0))
"""


def test_the_graph_of_source_on_stdin_tells_plates_and_repeated_sites(model: Path) -> None:
    text = run("graph", "-", "--stdin-filename", "m.py", stdin=GRAPHED).stdout
    lines = text.splitlines()
    assert lines[:2] == ["m.py", "  program model (line 6), run by itself"]
    assert "    plate n (line 7), size 10, subsample size 5, dim -2" in lines
    assert [line for line in lines if "latent z" in line] == ["    latent z (line 10), 3 times"]
    assert ", 1 event dim\n" in text
    assert run("graph", "-", stdin="x = 1\n").stdout == "<stdin>\n  no Pyro programs\n"
    pair = run("graph", "model.py").stdout.splitlines()
    assert any(line.startswith("  pair model and guide (line ") for line in pair)


def test_versions() -> None:
    first, second, *_ = run("version").stdout.splitlines()
    assert run("--version").stdout == f"{first}\n"
    assert re.fullmatch(r"knows Pyro \d+\.\d+\.\d+ and torch \d+\.\d+\.\d+", second)
    told = json.loads(run("version", "--output-format", "json").stdout)
    assert told["formats"] == 1
    assert set(told["knowledge"]) == {"pyro", "torch"}


def test_what_is_newer_than_the_knowledge_is_told(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"pyro-ppl": "1.8.0", "torch": "99.1+cpu"}
    monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)
    newer = "torch 99.1+cpu is installed: what is new in it is not known"
    assert run("version").stdout.splitlines()[2:] == [newer]
    stderr = run("-v", "model.py").stderr.splitlines()
    assert stderr[:2] == ["1 file", "settings: the defaults"]
    assert newer in stderr


def test_the_overview_names_every_command() -> None:
    text = run("--help").stdout
    assert [name for name in COMMANDS if name not in text] == []
    assert all(run(name, "--help").exit_code == 0 for name in COMMANDS)


def test_a_folder_named_like_a_command(model: Path) -> None:
    folder = model.parent / "rule"
    folder.mkdir()
    model.rename(folder / "model.py")
    assert run("./rule").exit_code == 1


LOADED = "import sys; from pyrolint.cli import group\n{}\nprint('libcst' in sys.modules)"
INVOKE = "group(['check', '-q', sys.argv[1]], standalone_mode=False)"


def test_libcst_is_loaded_only_behind_the_gate(model: Path) -> None:
    other = model.with_name("other.py")
    other.write_text("import numpy\n")
    assert process(code=LOADED.format("")).split() == ["False"]
    assert process(other, code=LOADED.format(INVOKE)).split() == ["False"]
    assert process(model, code=LOADED.format(INVOKE)).split()[-1] == "True"


def test_the_static_path_loads_neither_torch_nor_pyro(model: Path) -> None:
    code = LOADED.format(INVOKE).replace("'libcst' in sys", "{'torch', 'pyro'} & set(sys") + ")"
    assert process(model, code=code).split()[-1] == "set()"


def test_a_real_process_survives_a_narrow_encoding(model: Path) -> None:
    model.write_text(PROGRAM.replace('"scale"', '"schärfe"'), encoding="utf-8")
    assert "sch\\xe4rfe" in process(model, PYTHONIOENCODING="ascii")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_output_that_cannot_be_written_fails_the_run(model: Path) -> None:
    assert shell("$P model.py > /dev/full") == (
        2,
        "",
        "error: the output: cannot be written: No space left on device\n",
    )
    for command in ("rule --all", "graph model.py", "--diff model.py", "version"):
        status, _, stderr = shell(f"$P {command} > /dev/full")
        assert (status, stderr.count("\n")) == (2, 1), stderr
    assert shell("$P absent.py 2> /dev/full")[0] == 2


def test_a_closed_stdout_fails_the_run(model: Path) -> None:
    status, _, stderr = shell("$P model.py >&-")
    assert (status, stderr) == (
        2,
        "error: the output: cannot be written: Bad file descriptor\n",
    )
    assert shell("$P --output-file report.txt model.py >&-")[0] == 1
    assert shell("$P model.py 2>&-")[0] == 1


def test_a_reader_that_leaves_early_changes_no_status(model: Path) -> None:
    # The reader has gone before anything is written.
    waiting = "{ sleep 0.3; $P %s; } | true"
    assert shell(waiting % "model.py") == (1, "", "")
    assert shell(waiting % "--ignore PYR model.py") == (0, "", "")
    assert shell(waiting % "rule --all") == (0, "", "")


def test_a_crash_of_the_tool_itself_is_one_line(model: Path) -> None:
    code = (
        "import sys, pyrolint.cli as cli\n"
        "def crash(*arguments, **keywords): raise ImportError('no part of it')\n"
        "cli.group.main = crash\n"
        "cli.main()"
    )
    status, _, stderr = shell(f'{sys.executable} -c "{code}" model.py')
    assert status == 2
    assert stderr == (
        "error: pyrolint itself failed: ImportError: no part of it (<string>, line 2)\n"
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("import sys\nsys.exit(3)\n", "failed while"),
        ("raise SystemExit\n", "failed while"),
    ],
)
def test_a_plugin_that_exits_is_named(model: Path, text: str, part: str) -> None:
    (model.parent / "leaving.py").write_text(text)
    (model.parent / "pyrolint.toml").write_text('plugins = ["leaving.py"]\n')
    result = run("model.py")
    assert result.exit_code == 2
    assert "plugin 'leaving.py'" in result.stderr
    assert part in result.stderr
