"""What a run's findings and failures make of its exit status, and what is said of failures."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import click

from pyrolint.cli.failure import FAILED, complain
from pyrolint.diagnostic import Diagnostic
from pyrolint.discovery import Unreadable
from pyrolint.outcome import Failure
from pyrolint.report.terminal import counted, escaped
from pyrolint.settings import FAIL_LEVELS, SettingsFinder
from pyrolint.settings_values import nearest

FINDINGS = 1


def fails(diagnostics: Iterable[Diagnostic], finder: SettingsFinder) -> bool:
    """Whether a finding reaches the level that its file's settings fail on."""
    levels = (
        (each.severity, FAIL_LEVELS[finder.of(each.span.filename).fail_on]) for each in diagnostics
    )
    return any(level is not None and severity >= level for severity, level in levels)


def unreadable_failure(found: Unreadable) -> Failure:
    """The failure of a path; one that may be meant for a command is told so."""
    name = os.path.basename(found.path)
    if "." in name or os.path.dirname(found.path) != os.getcwd() or os.path.exists(found.path):
        return Failure(found.path, found.reason)
    from pyrolint.cli import COMMANDS

    return Failure(found.path, f"no such file, folder or command{nearest(name, COMMANDS)}")


def name_failures(failures: Sequence[Failure], *, verbose: bool) -> int:
    """Name what failed on stderr; the exit status so far."""
    for failure in failures:
        where = f"{failure.path}: " if failure.path else ""
        complain(f"{where}{failure.message}")
        if verbose and failure.detail:
            click.echo(failure.detail, err=True)
    return FAILED if failures else 0


def tell(files: Sequence[str], finder: SettingsFinder) -> None:
    """What --verbose adds: the files, their settings, and what the analysis knows."""
    from pyrolint.cli.version import knowledge_lines

    click.echo(counted(len(files), "file"), err=True)
    for origin in dict.fromkeys(finder.of(path).origin for path in files):
        click.echo(f"settings: {escaped(origin or 'the defaults')}", err=True)
    for line in knowledge_lines():
        click.echo(line, err=True)
