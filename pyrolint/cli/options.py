"""The options that several commands share, in groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from pyrolint.settings import FAIL_LEVELS, FORMATS

Command = TypeVar("Command", bound=Callable[..., Any])


def _codes(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Selectors written with commas, blanks or repeated options."""
    return tuple(word for value in values for word in value.replace(",", " ").split())


def _group(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Options that stand in help in the order in which they are given."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


choosing = _group(
    click.option(
        "--select", multiple=True, callback=_codes, metavar="CODES", help="Only these rules."
    ),
    click.option(
        "--ignore", multiple=True, callback=_codes, metavar="CODES", help="Not these rules."
    ),
    click.option(
        "--extend-select",
        multiple=True,
        callback=_codes,
        metavar="CODES",
        help="These rules as well.",
    ),
    click.option("--advice", is_flag=True, help="Show advice as well."),
)
"""Which rules count."""

reporting = _group(
    click.option(
        "--output-format",
        type=click.Choice(FORMATS),
        help="How findings are written: full on a terminal, else concise.",
    ),
    click.option("--output-file", type=click.Path(dir_okay=False), help="Where they are written."),
    click.option(
        "--fail-on",
        type=click.Choice(list(FAIL_LEVELS)),
        help="The level from which findings make the exit status 1 (default: warning).",
    ),
    click.option("--exit-zero", is_flag=True, help="Give exit status 0 whatever is found."),
)
"""How findings are written, and what they make of the exit status."""

finding = _group(
    click.option(
        "--config", type=click.Path(dir_okay=False), help="Take settings from this file alone."
    ),
    click.option("--isolated", is_flag=True, help="Read no settings file."),
    click.option("--exclude", multiple=True, metavar="PATTERN", help="Skip these paths as well."),
    click.option("--force-exclude", is_flag=True, help="Skip excluded files though given by name."),
)
"""Where settings and files are found."""

speaking = _group(
    click.option("-q", "--quiet", is_flag=True, help="Print findings only."),
    click.option("-v", "--verbose", is_flag=True, help="Say more on stderr."),
)
"""How much is said beside the findings."""


def is_given(context: click.Context, option: str) -> bool:
    """Whether an option stands on the command line."""
    return context.get_parameter_source(option) is ParameterSource.COMMANDLINE
