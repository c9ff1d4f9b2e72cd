from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from . import fetch

NAMES = {
    "package/model.py": True,
    "package/notes.ipynb": True,
    "package/data.csv": False,
    "../outside.py": False,
    "package/../../outside.py": False,
    "..\\outside.py": False,
    "C:\\drive.py": False,
}


def written(folder: Path) -> list[str]:
    """All files that an archive left, in the folder or beside it."""
    return sorted(
        path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
        for path in folder.parent.rglob("*")
        if path.is_file() and path.suffix not in (".whl", ".gz")
    )


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_archives_are_unpacked_below_their_folder_only(tmp_path: Path, kind: str) -> None:
    names = [*NAMES, f"{tmp_path}/absolute.py"]
    if kind == "wheel":
        archive = tmp_path / "package-1.0-py3-none-any.whl"
        with zipfile.ZipFile(archive, "w") as wheel:
            for name in names:
                wheel.writestr(name, "text = 1\n")
    else:
        archive = tmp_path / "package-1.0.tar.gz"
        with tarfile.open(archive, "w:gz") as sdist:
            for name in names:
                member = tarfile.TarInfo(name)
                member.size = len(b"text = 1\n")
                sdist.addfile(member, io.BytesIO(b"text = 1\n"))
    folder = tmp_path / "unpacked"
    folder.mkdir()
    fetch.unpack(archive, folder)
    assert written(folder) == [name for name, is_kept in NAMES.items() if is_kept]


def test_links_and_what_is_too_large_stay_in_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "LARGEST_FILE", 100)
    archive = tmp_path / "package-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as sdist:
        for name, kind in (("soft.py", tarfile.SYMTYPE), ("hard.py", tarfile.LNKTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "/etc/hostname"
            sdist.addfile(link)
        large = tarfile.TarInfo("large.py")
        large.size = 101
        sdist.addfile(large, io.BytesIO(b"#" * 101))
    folder = tmp_path / "unpacked"
    folder.mkdir()
    fetch.unpack(archive, folder)
    assert written(folder) == []


def test_a_package_that_is_there_is_not_downloaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(package: fetch.Package, folder: Path) -> Path:
        raise AssertionError(f"{package.name} is downloaded into {folder}")

    monkeypatch.setattr(fetch, "_download", refuse)
    package = fetch.Package("example", "1.0", is_sdist=False, is_small=True)
    (tmp_path / "example-1.0").mkdir()
    assert fetch.fetch(package, tmp_path) == tmp_path / "example-1.0"


def test_a_fetched_package_is_a_project_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(package: fetch.Package, folder: Path) -> Path:
        archive = folder / "example-1.0-py3-none-any.whl"
        with zipfile.ZipFile(archive, "w") as wheel:
            wheel.writestr("example/model.py", "import pyro\n")
        return archive

    monkeypatch.setattr(fetch, "_download", write)
    folder = fetch.fetch(fetch.Package("example", "1.0", False, True), tmp_path)
    assert written(folder) == ["example/model.py", "pyrolint.toml"]


def test_a_name_that_is_not_listed_is_refused() -> None:
    with pytest.raises(KeyError, match="no-such-package"):
        fetch.chosen(["no-such-package"])
