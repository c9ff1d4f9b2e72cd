"""``pyrolint graph``: what the analysis believes of a file, and what it does not know and why."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

import click

from pyrolint.cli.failure import RunFailed
from pyrolint.cli.status import name_failures
from pyrolint.registry import RegistryError
from pyrolint.report.terminal import Style, escaped
from pyrolint.runner import analysis_options, check
from pyrolint.settings import Options, SettingsFinder
from pyrolint.settings_values import SettingsError
from pyrolint.source import SourceError
from pyrolint.workspace import Workspace

if TYPE_CHECKING:
    from pyrolint.diagnostic import Span
    from pyrolint.syntax.ir import Place

FORMATS = ("text", "json", "dot", "mermaid", "svg")


@click.command("graph")
@click.argument("file", type=click.Path(path_type=str))
@click.option("--output-format", type=click.Choice(FORMATS), default="text")
@click.option("--config", type=click.Path(dir_okay=False), help="Take settings from this file.")
@click.option("--isolated", is_flag=True, help="Read no settings file.")
@click.option("--stdin-filename", metavar="PATH", help="What the source on stdin (-) is called.")
@click.pass_context
def command(
    context: click.Context,
    file: str,
    output_format: str,
    config: str | None,
    isolated: bool,
    stdin_filename: str | None,
) -> None:
    """Show what the analysis believes of FILE: programs, sites, sets, origins, pairs, findings.

    FILE may be `-` for source on stdin.

    Whatever it does not know is listed with the reason.
    """
    from pyrolint.graph import describe_graph
    from pyrolint.semantics.analysis import analyse
    from pyrolint.syntax.parse import SyntaxFault

    path = os.path.abspath(file)
    overlay: dict[str, bytes] = {}
    if file == "-":
        path = os.path.abspath(stdin_filename or "<stdin>")
        overlay[path] = sys.stdin.buffer.read()
    elif os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise RunFailed(f"{file}: no regular file; `-` reads source from stdin")
    workspace = Workspace(overlay)
    try:
        finder = SettingsFinder(Options(), config=config, isolated=isolated)
        settings = finder.of(path)
        workspace.parsed(path)
    except OSError as error:
        raise RunFailed(f"{file}: {error.strerror or 'cannot be read'}") from error
    except SettingsError as error:
        raise RunFailed(str(error)) from error
    except (SourceError, SyntaxFault) as fault:
        place = f"{Style(os.getcwd()).path(path)}:{fault.row}:{fault.column}"
        click.echo(f"error: {place}: {escaped(fault.message)}", err=True)
        context.exit(2)
    analysis = analyse(path, workspace.load, analysis_options(settings))
    try:
        outcome = check([path], finder, overlay)
    except RegistryError as error:
        raise RunFailed(str(error)) from error
    graph = describe_graph(analysis, _locating(workspace), outcome.diagnostics)
    emitter = import_module(f"pyrolint.report.graph.{output_format}")
    for line in emitter.emit(graph, Style(os.getcwd())):
        click.echo(line)
    context.exit(name_failures(list(outcome.failures), verbose=False))


def _locating(workspace: Workspace) -> Callable[[Place], Span]:
    """Finds places: all of a file at once, since a graph asks for most of them."""
    found: set[str] = set()

    def locate(place: Place) -> Span:
        if place.path not in found:
            parsed = workspace.parsed(place.path)
            parsed.locate(parsed.nodes)
            found.add(place.path)
        return workspace.span(place)

    return locate
