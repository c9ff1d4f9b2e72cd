import os
from pathlib import Path

import pytest

from pyrolint.discovery import Discovery, Unreadable
from pyrolint.settings import Options, SettingsFinder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(
    root: Path, *paths: Path, exclude: tuple[str, ...] = (), force_exclude: bool = False
) -> list[str]:
    discovery = Discovery(
        SettingsFinder(Options()), exclude=exclude, force_exclude=force_exclude, cwd=str(root)
    )
    files = discovery.files(map(str, paths or (root,)))
    return [str(Path(file).relative_to(root)) for file in files if isinstance(file, str)]


def test_python_files_and_notebooks_in_order(project: Path) -> None:
    write(project, "b.py", "a.ipynb", "c.txt", "sub/d.py", "a/z.py")
    assert found(project) == ["a.ipynb", "b.py", "a/z.py", "sub/d.py"]


def test_usual_folders_are_skipped(project: Path) -> None:
    write(project, ".venv/a.py", "build/b.py", ".ipynb_checkpoints/c.ipynb", "src/d.py")
    assert found(project) == ["src/d.py"]


def test_gitignore_nests_and_unignores(project: Path) -> None:
    write(project, "kept.py", "out/a.py", "gen_1.py", "sub/gen_2.py", "sub/gen_3.py", "sub/own.py")
    (project / ".gitignore").write_text("/out/\ngen_*.py\n")
    (project / "sub" / ".gitignore").write_text("!gen_2.py\nown.py\n")
    assert found(project) == ["kept.py", "sub/gen_2.py"]
    assert found(project, project / "sub") == ["sub/gen_2.py"]


def test_outside_a_repository_an_ancestor_s_gitignore_is_not_read(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.py\n")
    write(tmp_path, "sub/a.py")
    assert found(tmp_path, tmp_path / "sub") == ["sub/a.py"]


def test_excludes_of_settings_and_command_line(project: Path) -> None:
    write(project, "a.py", "old/b.py", "x/new/c.py", "x/d_test.py")
    (project / "pyproject.toml").write_text('[tool.pyrolint]\nexclude = ["old/"]\n')
    assert found(project, exclude=("*_test.py",)) == ["a.py", "x/new/c.py"]


def test_a_file_given_by_name_counts_unless_excludes_are_forced(project: Path) -> None:
    write(project, "old/b.py", "build/c.py", "script")
    (project / "pyproject.toml").write_text('[tool.pyrolint]\nexclude = ["old/"]\n')
    given = [project / "old" / "b.py", project / "build" / "c.py", project / "script"]
    assert found(project, *given) == ["old/b.py", "build/c.py", "script"]
    assert found(project, *given, force_exclude=True) == ["script"]


def test_folders_above_the_project_do_not_exclude_it(tmp_path: Path) -> None:
    project = tmp_path / "build" / "project"
    write(project, "setup.py", "model.py")
    assert found(project, project / "model.py", force_exclude=True) == ["model.py"]


def test_each_file_is_given_once(project: Path) -> None:
    write(project, "a.py")
    assert found(project, project / "a.py", project) == ["a.py"]


def test_what_does_not_exist_is_named_and_the_rest_goes_on(project: Path) -> None:
    write(project, "a.py")
    discovery = Discovery(SettingsFinder(Options()), cwd=str(project))
    absent, present = discovery.files([str(project / "absent.py"), str(project)])
    assert absent == Unreadable(str(project / "absent.py"), "no such file or folder")
    assert present == str(project / "a.py")


def test_linked_folders_are_not_followed(project: Path) -> None:
    write(project, "a/b.py")
    (project / "a" / "loop").symlink_to(project, target_is_directory=True)
    assert found(project) == ["a/b.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_a_pipe_is_refused_before_it_is_opened(project: Path) -> None:
    pipe = project / "pipe.py"
    os.mkfifo(pipe)
    discovery = Discovery(SettingsFinder(Options()), cwd=str(project))
    assert list(discovery.files([str(pipe)])) == [
        Unreadable(str(pipe), "no regular file; `-` reads source from stdin")
    ]
    assert list(discovery.files([str(project)])) == []
