"""The command line: one module a command, imported only when that command runs."""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Mapping
from typing import Any

import click

import pyrolint
from pyrolint.cli.failure import FAILED, complain, discard

INTERRUPTED = 130

# Each command's summary stands here so that the overview need not import it.
COMMANDS: Mapping[str, str] = {
    "check": "Lint files, folders and notebooks (the default: `pyrolint PATH`).",
    "confirm": "Run programs to their first step, and judge every finding.",
    "rule": "Explain rules.",
    "graph": "Show what the analysis believes about a file.",
    "version": "Show the version.",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when it is asked for, and adds the word ``check``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the overview."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pyrolint.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that leaves early has seen enough, and nothing failed."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # Click would make it status 1, which means findings.
            discard(sys.stdout)
            return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The overview of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; what does not start with a command is meant for ``check``."""
        own = {*COMMANDS, *(name for option in self.get_params(ctx) for name in option.opts)}
        if args and args[0] not in own:
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group(
    "pyrolint",
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(pyrolint.__version__, "-V", "--version", message="pyrolint %(version)s")
def group() -> None:
    """Find faults in Pyro models and guides.

    `pyrolint PATH...` is short for `pyrolint check PATH...`. A folder that is named like a
    command is written `./check`.
    """


def main() -> None:
    """The entry point of the ``pyrolint`` command."""
    _prepare_streams()
    status = _status()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            discard(stream)
    sys.exit(status)


def _prepare_streams() -> None:
    """Make stdout and stderr fit to write to, whatever the shell handed over."""
    # Python has no stream where the shell closed it (`>&-`). One that cannot be written stands in
    # for stdout, so that writing to it fails as any other broken output does.
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        # A path or a name may hold what the terminal's encoding lacks.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _status() -> int:
    """Run the command; its exit status, 2 for whatever went wrong on the way.

    Status 1 means findings, so that nothing uncaught may end with it.
    """
    try:
        status: int | None = group.main(prog_name="pyrolint", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        return INTERRUPTED
    except OSError as error:
        discard(sys.stdout)
        where = error.filename or "the output"
        complain(f"{where}: cannot be read or written: {error.strerror or error}")
        return FAILED
    except Exception as error:  # noqa: BLE001 - a stack trace would end with status 1: findings
        import traceback

        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}, line {frame.lineno}"
        complain(f"pyrolint itself failed: {type(error).__name__}: {error} ({place})")
        return FAILED
    return status or 0
