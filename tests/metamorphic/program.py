"""Programs as texts, what is found in them, and what a transformation makes of them."""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyrolint.diagnostic import Diagnostic
from pyrolint.outcome import Outcome
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder
from pyrolint.source import Source

Files = Mapping[str, str]
"""The texts of a program by their paths relative to its folder."""


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Transformed:
    """A program after a transformation; ``restore`` undoes it in a piece of the new text."""

    files: Files
    restore: Callable[[str], str] = _same


@dataclass(frozen=True, order=True)
class Found:
    """What a transformation must preserve of a finding; ``text`` is that of its range."""

    code: str
    site: str
    argument: str
    severity: str
    text: str


def lint(files: Files, folder: Path, options: Options) -> Outcome:
    """What is found in a program that is written to ``folder``."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    paths = [str(folder / name) for name in sorted(files)]
    outcome = check(paths, SettingsFinder(options, isolated=True))
    assert not outcome.failures, outcome.failures[0].message
    return outcome


def findings(outcome: Outcome, restore: Callable[[str], str] = _same) -> Counter[Found]:
    """The findings without what a transformation may change."""
    return Counter(_found(each, outcome, restore) for each in outcome.diagnostics)


def _found(diagnostic: Diagnostic, outcome: Outcome, restore: Callable[[str], str]) -> Found:
    text = _text(diagnostic, outcome.sources[diagnostic.span.filename])
    return Found(
        diagnostic.code,
        diagnostic.site or "",
        # A module is told by the variable that holds it.
        restore(diagnostic.argument or ""),
        diagnostic.severity.label,
        plain(restore(plain(text))),
    )


def _text(diagnostic: Diagnostic, source: Source) -> str:
    """The source in the range of a diagnostic."""
    span = diagnostic.span
    lines = next(cell.lines for cell in source.cells if cell.index == span.cell)
    taken = lines[span.row - 1 : span.end_row]
    taken[-1] = taken[-1][: span.end_column - 1]
    taken[0] = " " * (span.column - 1) + taken[0][span.column - 1 :]
    return "\n".join(taken)


# What makes a piece of a statement one that can be parsed by itself.
_FRAMES = (
    "{}", "({})", "f({})", "import {}", "{}\n    pass", "{}\ndef f(): pass", "def f({}): pass"
)  # fmt: skip


def plain(text: str) -> str:
    """Python text without comments, chosen quotes, parentheses and line breaks."""
    text = textwrap.dedent(text).lstrip()
    for frame in _FRAMES:
        try:
            tree = ast.parse(frame.format(text))
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.alias) and node.asname == node.name:
                node.asname = None
        written = ast.unparse(tree)
        return written.removeprefix("import ") if frame == "import {}" else written
    raise AssertionError(f"this is no piece of a program: {text!r}")
