"""Scripts as notebooks, and notebooks as scripts."""

from __future__ import annotations

import ast
import json
import posixpath
from itertools import pairwise

from metamorphic.program import Files, Transformed
from pyrolint.source import read_source


def to_notebook(files: Files) -> Transformed:
    """The files that no other file imports, with each statement at the top in a cell of its own."""
    done: dict[str, str] = {}
    for path, text in files.items():
        if _is_imported(path, files) or _imports_relatively(text):
            done[path] = text
        else:
            done[path.removesuffix(".py") + ".ipynb"] = notebook(cells_of(text))
    return Transformed(done)


def to_script(files: Files) -> Transformed:
    """Notebooks as the Python text that they amount to."""
    done: dict[str, str] = {}
    for path, text in files.items():
        if path.endswith(".ipynb"):
            script = path.removesuffix(".ipynb") + ".py"
            done[script] = read_source(text.encode(), path).text
        else:
            done[path] = text
    return Transformed(done)


def cells_of(text: str) -> list[str]:
    """The text cut behind each statement at the top."""
    lines = text.splitlines(keepends=True)
    ends = [statement.end_lineno or 0 for statement in ast.parse(text).body]
    # Statements on one line stay together; comments at the end go with the last statement.
    cuts = sorted({0, *(_behind_comments(lines, end) for end in ends[:-1]), len(lines)})
    return ["".join(lines[start:end]) for start, end in pairwise(cuts)]


def _behind_comments(lines: list[str], end: int) -> int:
    """Behind the indented comments that follow a statement.

    In front of a cell they would have all of it unindented.
    """
    for row in range(end, len(lines)):
        if lines[row].strip():
            if not lines[row][0].isspace():
                break
            end = row + 1
    return end


def notebook(cells: list[str]) -> str:
    """A notebook of code cells, with some prose in front."""
    code: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": cell.splitlines(keepends=True),
        }
        for number, cell in enumerate(cells)
    ]
    prose = {"cell_type": "markdown", "id": "prose", "metadata": {}, "source": ["# import pyro"]}
    return json.dumps(
        {"cells": [prose, *code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    )


def _is_imported(path: str, files: Files) -> bool:
    """Whether another file may import this one, which a notebook does not allow."""
    stem = posixpath.basename(path).removesuffix(".py")
    return any(other != path and stem in text for other, text in files.items())


def _imports_relatively(text: str) -> bool:
    """A notebook is in no package."""
    return any(isinstance(n, ast.ImportFrom) and n.level for n in ast.walk(ast.parse(text)))
