"""The pre-commit hooks, installed and run by pre-commit itself in a repository of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from linting import FAULT, PROGRAM

ROOT = Path(__file__).parent.parent
SHIPPED = ("pyrolint", "rules", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")

pytestmark = pytest.mark.network


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree as a repository that pre-commit can clone."""
    folder = tmp_path_factory.mktemp("hooks")
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Ship")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(PROGRAM)
    (tmp_path / "other.py").write_text("x = 1\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    return tmp_path


def try_repo(hooks: Path, project: Path, hook: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), hook, "--all-files"],
        cwd=project,
        capture_output=True,
        text=True,
        env={**os.environ, "PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"},
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


def test_the_hook_finds(hooks: Path, project: Path, home: Path) -> None:
    done = try_repo(hooks, project, "pyrolint", home)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "model.py:15:13: error PYR101" in done.stdout
    assert (project / "model.py").read_text() == PROGRAM


def test_the_fixing_hook_mends(hooks: Path, project: Path, home: Path) -> None:
    done = try_repo(hooks, project, "pyrolint-fix", home)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    fixed = FAULT[:-1] + ", constraint=dist.constraints.positive)"
    assert (project / "model.py").read_text() == PROGRAM.replace(FAULT, fixed)
    git(project, "add", "--all")
    assert try_repo(hooks, project, "pyrolint-fix", home).returncode == 0
