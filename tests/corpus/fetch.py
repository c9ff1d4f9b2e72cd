"""Fetch the packages of ``packages.toml`` by name, and unpack them without installing any.

``python -m tests.corpus.fetch [--package NAME]… [--cache DIR]``
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SUFFIXES = (".py", ".ipynb")
LARGEST_FILE = 16 * 2**20
"""Bytes; a file that says it is larger is not source anyone wrote."""
PATIENCE = 300
"""Seconds that one download may take."""


class FetchError(Exception):
    """A package that could not be had, with pip's own words."""


@dataclass(frozen=True)
class Package:
    """A package as the registry names it."""

    name: str
    version: str
    is_sdist: bool
    is_small: bool


def default_cache() -> Path:
    """A folder outside any checkout: ``PYROLINT_CORPUS``, or one under the user's caches."""
    named = os.environ.get("PYROLINT_CORPUS")
    if named:
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "pyrolint-corpus"


def packages() -> list[Package]:
    """The packages of ``packages.toml``, in its order."""
    with Path(__file__).with_name("packages.toml").open("rb") as file:
        listed = tomllib.load(file)["packages"]
    return [
        Package(name, entry["version"], entry.get("sdist", False), entry.get("small", False))
        for name, entry in listed.items()
    ]


def chosen(names: Sequence[str]) -> list[Package]:
    """The packages of these names, all where none is named; KeyError for one not listed."""
    listed = {package.name: package for package in packages()}
    return [listed[name] for name in names] if names else list(listed.values())


def fetch(package: Package, cache: Path) -> Path:
    """The folder of a package's sources, downloaded and unpacked unless it is there already.

    Raises FetchError where the registry does not give it.
    """
    folder = cache / f"{package.name}-{package.version}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        archive = _download(package, Path(scratch))
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        unpack(archive, unpacked)
        # The mark of a project's root, so that the package's imports of itself are found.
        (unpacked / "pyrolint.toml").touch()
        shutil.move(unpacked, folder)
    return folder


def _download(package: Package, folder: Path) -> Path:
    kind = "--no-binary=:all:" if package.is_sdist else "--only-binary=:all:"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", kind]
    command += ["--disable-pip-version-check", "--ignore-requires-python", "--dest", str(folder)]
    command += ["--retries", "1", "--timeout", "15"]
    command.append(f"{package.name}=={package.version}")
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise FetchError(f"no answer within {PATIENCE} seconds") from error
    except subprocess.CalledProcessError as error:
        said = [line.strip() for line in error.stderr.splitlines() if "error" in line.lower()]
        raise FetchError(said[-1] if said else f"pip exited with {error.returncode}") from error
    (archive,) = (path for path in folder.iterdir() if path.is_file())
    return archive


def unpack(archive: Path, folder: Path) -> None:
    """Write an archive's Python sources and notebooks below ``folder``, whatever its names say.

    Links, other kinds of file, absolute names and names that lead out of the folder are skipped.
    """
    for name, data in _members(archive):
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name:
            continue
        target = folder.joinpath(*path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as wheel:
            for entry in wheel.infolist():
                if entry.filename.endswith(SUFFIXES) and entry.file_size <= LARGEST_FILE:
                    yield entry.filename, wheel.read(entry)
        return
    with tarfile.open(archive) as sdist:
        for member in sdist:
            if member.isfile() and member.name.endswith(SUFFIXES) and member.size <= LARGEST_FILE:
                file = sdist.extractfile(member)
                if file is not None:
                    yield member.name, file.read()


def fetched(names: Sequence[str], cache: Path) -> Iterator[tuple[Package, Path]]:
    """The chosen packages with their folders; those that cannot be had are named on stderr."""
    for package in chosen(names):
        try:
            yield package, fetch(package, cache)
        except FetchError as error:
            print(f"{package.name} {package.version}: not fetched: {error}", file=sys.stderr)


def main() -> None:
    """Fetch, and say where each package lies."""
    parser = argparse.ArgumentParser(description=fetch.__doc__)
    parser.add_argument("--package", action="append", default=[], metavar="NAME")
    parser.add_argument("--cache", type=Path, default=default_cache())
    arguments = parser.parse_args()
    wanted = chosen(arguments.package)
    had = 0
    for package, folder in fetched(arguments.package, arguments.cache):
        had += 1
        print(f"{package.name} {package.version}: {folder}")
    sys.exit(had < len(wanted))


if __name__ == "__main__":
    main()
