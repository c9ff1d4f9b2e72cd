"""Paths to files: what ``check`` was given, walked, less what is ignored or excluded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyrolint.settings import SettingsFinder

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")
SKIPPED_FOLDERS = frozenset(
    {
        ".bzr",
        ".direnv",
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pants.d",
        ".pyrolint_cache",
        ".pytest_cache",
        ".pytype",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        ".vscode",
        "__pycache__",
        "__pypackages__",
        "_build",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path that cannot be listed or does not exist; the others are walked all the same."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Gitignore-style patterns and the folder they are relative to."""

    folder: str
    spec: GitIgnoreSpec

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """True for ignored, False for un-ignored by a ``!`` pattern, None for not mentioned."""
        relative = os.path.relpath(path, self.folder).replace(os.sep, "/")
        if relative.startswith("../"):
            return None
        return self.spec.check_file(relative + "/" if is_folder else relative).include


def _compiled(folder: str, lines: Iterable[str]) -> _Patterns:
    # pathspec is slow to import and many runs never need it.
    from pathspec import GitIgnoreSpec

    return _Patterns(folder, GitIgnoreSpec.from_lines(lines))


def _gitignore(folder: str) -> tuple[_Patterns, ...]:
    """The patterns of the folder's own ``.gitignore``, as one or no element."""
    path = os.path.join(folder, ".gitignore")
    if not os.path.isfile(path):
        return ()
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return (_compiled(folder, file),)


def _gitignores_above(folder: str) -> tuple[_Patterns, ...]:
    """The ``.gitignore`` patterns of the folders from the repository's root down to ``folder``.

    Outside a repository there are none: git would not read them either.
    """
    folders = [folder]
    while not os.path.exists(os.path.join(folders[-1], ".git")):
        parent = os.path.dirname(folders[-1])
        if parent == folders[-1]:
            return ()
        folders.append(parent)
    return tuple(patterns for above in reversed(folders) for patterns in _gitignore(above))


class Discovery:
    """Finds the files below paths.

    A file given by name counts whatever its suffix, and though a pattern excludes it, unless
    ``force_exclude``. ``exclude`` are the command line's patterns, relative to ``cwd``.
    """

    def __init__(
        self,
        settings: SettingsFinder,
        *,
        exclude: tuple[str, ...] = (),
        force_exclude: bool = False,
        cwd: str,
    ) -> None:
        self._settings = settings
        self._force_exclude = force_exclude
        self._own = (_compiled(cwd, exclude),) if exclude else ()
        self._excludes: dict[tuple[str, tuple[str, ...]], _Patterns] = {}

    def files(self, paths: Iterable[str]) -> Iterator[str | Unreadable]:
        """Absolute paths of the files, each once, and what could not be read among them."""
        seen: set[str | Unreadable] = set()
        for path in map(os.path.abspath, paths):
            for found in self._at(path):
                if found not in seen:
                    seen.add(found)
                    yield found

    def _at(self, path: str) -> Iterator[str | Unreadable]:
        is_folder = os.path.isdir(path)
        if not os.path.exists(path):
            yield Unreadable(path, "no such file or folder")
        elif not self._refused(path, is_folder=is_folder):
            if is_folder:
                yield from self._below(path)
            elif not os.path.isfile(path):
                # To open a pipe that nobody writes to would take for ever.
                yield Unreadable(path, "no regular file; `-` reads source from stdin")
            else:
                yield path

    def refuses(self, path: str) -> bool:
        """Whether a file given by name (absolute) is excluded all the same."""
        return self._refused(path, is_folder=False)

    def _refused(self, path: str, *, is_folder: bool) -> bool:
        if not self._force_exclude:
            return False
        # What the folders above the project are called is none of its patterns' business.
        root = self._settings.of_folder(path if is_folder else os.path.dirname(path)).root
        while path.startswith(os.path.join(root, "")):
            if self._excluded(path, is_folder=is_folder):
                return True
            path, is_folder = os.path.dirname(path), True
        return False

    def _excluded(self, path: str, *, is_folder: bool) -> bool:
        if is_folder and os.path.basename(path) in SKIPPED_FOLDERS:
            return True
        return any(
            patterns.verdict(path, is_folder=is_folder) is True
            for patterns in (*self._own, *self._settings_exclude(os.path.dirname(path)))
        )

    def _settings_exclude(self, folder: str) -> tuple[_Patterns, ...]:
        settings = self._settings.of_folder(folder)
        if not settings.exclude:
            return ()
        key = (settings.root, settings.exclude)
        if key not in self._excludes:
            self._excludes[key] = _compiled(settings.root, settings.exclude)
        return (self._excludes[key],)

    def _below(self, top: str) -> Iterator[str | Unreadable]:
        pending = [(top, _gitignores_above(os.path.dirname(top)))]
        while pending:
            folder, above = pending.pop()
            try:
                gitignores = above + _gitignore(folder)
                with os.scandir(folder) as scan:
                    entries = sorted(scan, key=lambda entry: entry.name)
            except OSError as error:
                yield Unreadable(folder, error.strerror or "cannot be read")
                continue
            subfolders = []
            for entry in entries:
                # A linked folder may lead back up; git does not follow it either.
                is_folder = entry.is_dir(follow_symlinks=False)
                if not is_folder and not (entry.name.endswith(SUFFIXES) and entry.is_file()):
                    continue
                if self._excluded(entry.path, is_folder=is_folder):
                    continue
                if _ignored(gitignores, entry.path, is_folder=is_folder):
                    continue
                if is_folder:
                    subfolders.append((entry.path, gitignores))
                else:
                    yield entry.path
            pending.extend(reversed(subfolders))


def _ignored(gitignores: tuple[_Patterns, ...], path: str, *, is_folder: bool) -> bool:
    """Git's rule: the deepest file that mentions a path decides."""
    for patterns in reversed(gitignores):
        verdict = patterns.verdict(path, is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False
