"""The command line: one module a command, imported only when that command runs."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Mapping

import click

import pyrolint

# Each command's summary stands here so that the overview need not import it.
COMMANDS: Mapping[str, str] = {
    "check": "Lint files, folders and notebooks (the default: `pyrolint PATH`).",
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
    for stream in (sys.stdout, sys.stderr):
        # A path or a name may hold what the terminal's encoding lacks.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    group.main(prog_name="pyrolint")
