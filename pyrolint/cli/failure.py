"""How the command line says that a run failed: one sentence on stderr, exit status 2."""

from __future__ import annotations

import contextlib
import os
from typing import IO, Any, TextIO

import click

from pyrolint.report.terminal import escaped

FAILED = 2


class RunFailed(click.ClickException):
    """The run could not do what was asked of it; click shows the sentence and exits with 2."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the sentence to stderr."""
        complain(self.message)


def complain(sentence: str) -> None:
    """Write an error to stderr; where that cannot be written either, nobody listens."""
    with contextlib.suppress(OSError):
        click.echo(f"error: {escaped(sentence)}", err=True)


def unwritable(target: str, error: OSError) -> RunFailed:
    """The failure to write to a file or a stream."""
    return RunFailed(f"{target}: cannot be written: {error.strerror or error}")


def discard(stream: TextIO) -> None:
    """Let what is still to be written to a broken stream go nowhere.

    Python would otherwise try once more at its end, and turn the exit status into one of its own.
    """
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
