"""Where a report goes and how it looks: format, colours, file or stream, closing line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TextIO

import click

from pyrolint.cli.failure import discard, unwritable
from pyrolint.outcome import Outcome
from pyrolint.report.terminal import Style, summary

# The formats whose readers are people: they have colours and a closing line.
_FOR_PEOPLE = ("full", "concise")


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour what goes to ``stream``; the environment has the first word."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def write(
    lines: Callable[[TextIO], Iterable[str]], output_file: str | None, stream: TextIO
) -> None:
    """Write lines, which hold their ends, to a file where one is given, else to ``stream``.

    Raises RunFailed where that cannot be written.
    """
    if output_file is not None:
        try:
            with open(output_file, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines(file))
        except OSError as error:
            raise unwritable(output_file, error) from error
        return
    try:
        for line in lines(stream):
            click.echo(line, file=stream, nl=False, color=True)
    except BrokenPipeError:
        # Whoever read the output has seen enough; the findings still make the exit status.
        discard(stream)
    except OSError as error:
        discard(stream)
        raise unwritable("the output", error) from error


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes one outcome.

    ``is_beside_source`` tells that stdout carries mended source, so that the report goes to
    stderr.
    """

    outcome: Outcome
    output_format: str | None
    statistics: bool
    quiet: bool
    is_beside_source: bool

    def write(self, output_file: str | None) -> None:
        """Write the report to a file or a stream; RunFailed where it cannot be written."""

        def ended(stream: TextIO) -> Iterator[str]:
            return (f"{line}\n" for line in self._lines(stream))

        write(ended, output_file, sys.stderr if self.is_beside_source else sys.stdout)

    def _lines(self, stream: TextIO) -> Iterator[str]:
        name = self.output_format or ("full" if stream.isatty() else "concise")
        style = Style(os.getcwd(), wants_colour(stream))
        emitter = import_module(f"pyrolint.report.{name.replace('-', '_')}")
        if self.statistics:
            from pyrolint.report import statistics

            yield from statistics.emit(self.outcome, None if name in _FOR_PEOPLE else name)
        elif name in _FOR_PEOPLE:
            yield from emitter.emit(self.outcome, style)
        else:
            yield from emitter.emit(self.outcome)
        checked_nothing = bool(self.outcome.failures) and not self.outcome.files
        if name in _FOR_PEOPLE and not self.quiet and not checked_nothing:
            yield summary(self.outcome, style)
