"""``pyrolint graph``: what the analysis believes of a file, and what it does not know and why."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from pyrolint.cli.failure import RunFailed
from pyrolint.report.terminal import Style, counted, escaped
from pyrolint.runner import analysis_options
from pyrolint.settings import Options, SettingsFinder
from pyrolint.settings_values import SettingsError
from pyrolint.source import SourceError
from pyrolint.workspace import Workspace

_PLATE_OPTIONS = {"size": "size", "subsample_size": "subsample size", "dim": "dim"}
_NONE = {"kind": "constant", "value": None}


@click.command("graph")
@click.argument("file", type=click.Path(path_type=str))
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
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
    """Show what the analysis believes of FILE: programs, sites, sets, origins, pairs.

    FILE may be `-` for source on stdin.

    Whatever it does not know is listed with the reason.
    """
    from pyrolint.graph import Describer
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
        settings = SettingsFinder(Options(), config=config, isolated=isolated).of(path)
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
    graph = Describer(workspace.span).analysis(analysis)
    if output_format == "json":
        click.echo(json.dumps(graph, indent=2))
    else:
        for line in _Text(path).lines(graph):
            click.echo(escaped(line))


class _Text:
    """Writes the graph for people; places in ``path`` itself are given by row alone."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._style = Style(os.getcwd())

    def lines(self, graph: dict[str, Any]) -> Iterator[str]:
        """The lines of the text."""
        yield self._style.path(graph["filename"])
        if not (graph["programs"] or graph["inferences"]):
            yield "  no Pyro programs"
        for inference in graph["inferences"]:
            yield from self._inference(inference)
        for pair in graph["pairs"]:
            model, guide = pair["model"]["name"], pair["guide"]["name"]
            yield f"  pair {model} and {guide} ({self._at(pair['inference'])})"
        for program in graph["programs"]:
            yield from self._program(program)
        coverage = graph["coverage"]
        if coverage["budget_hits"]:
            yield f"  {coverage['budget_hits']} evaluations were cut short"

    def _inference(self, inference: dict[str, Any]) -> Iterator[str]:
        yield f"  inference {inference['name']} ({self._at(inference)})"
        for role in ("model", "guide"):
            program = inference[role]
            if program is not None:
                yield f"    {role} {program['name']} ({self._at(program)})"
        for role in ("objective", "optimizer"):
            if inference[role] is not None:
                yield f"    {role} {inference[role]}"
        if inference["unknown"] is not None:
            yield f"    not known: {inference['unknown']}"

    def _program(self, program: dict[str, Any]) -> Iterator[str]:
        kind = program["inference"]
        # A function that nothing in the file infers over is run by itself.
        role = "run by itself" if kind == "root" else program["role"]
        under = f" under {kind}" if kind and kind != "root" else ""
        yield f"  program {program['name']} ({self._at(program)}), {role}{under}"
        for parameter in program["parameters"]:
            constraint = parameter["constraint"]
            bound = "no constraint" if constraint is None else self._value(constraint)
            start = "read only" if parameter["init"] is None else self._value(parameter["init"])
            yield (
                f"    {parameter['statement']} {_name(parameter['name'])} ({self._at(parameter)}): "
                f"{bound}; starts: {start}"
            )
        # The rounds of a loop may give one site again and again.
        sites = Counter(tuple(self._site(site)) for site in program["sites"])
        for (first, *rest), times in sites.items():
            yield f"{first}, {times} times" if times > 1 else first
            yield from rest
        for plate in program["plates"]:
            told = "".join(
                f", {word} {self._value(plate[key])}"
                for key, word in _PLATE_OPTIONS.items()
                if plate[key] is not None and plate[key] != _NONE
            )
            yield f"    plate {_name(plate['name'])} ({self._at(plate)}){told}"
        for unknown in program["unknown"]:
            yield f"    not known: {unknown['reason']} ({self._at(unknown)})"

    def _site(self, site: dict[str, Any]) -> Iterator[str]:
        kind = {True: "observed", False: "latent", None: "latent or observed"}[site["observed"]]
        branch = ", in a branch" if site["conditional"] else ""
        plates = f", in {', '.join(map(_name, site['plates']))}" if site["plates"] else ""
        yield f"    {kind} {_name(site['name'])} ({self._at(site)}{branch}{plates})"
        distribution = site["distribution"]
        if distribution["kind"] == "choice":
            for each in distribution["alternatives"]:
                yield from self._distribution(each)
        else:
            yield from self._distribution(distribution)

    def _distribution(self, distribution: dict[str, Any]) -> Iterator[str]:
        if distribution["kind"] != "distribution":
            yield f"      {self._value(distribution)}"
            return
        family = distribution["family"].rpartition(".")[2]
        dims = distribution["event_dims"]
        event = f", {counted(dims, 'event dim')}" if dims else ""
        yield f"      {family}: draws {distribution['support']}{event}"
        for name, value in distribution["arguments"].items():
            yield f"        {name}: {self._value(value)}"

    def _value(self, value: dict[str, Any]) -> str:
        match value["kind"]:
            case "unknown":
                where = f" ({self._at(value)})" if value.get("location") else ""
                return f"not known: {value['reason']}{where}"
            case "constant":
                return repr(value["value"])
            case "string":
                return repr(value["pattern"])
            case "constraint":
                return f"{value['name'].rpartition('.')[2]}, {value['set']}"
            case "choice":
                return " or ".join(self._value(each) for each in value["alternatives"])
            case "library":
                return str(value["name"])
            case "number":
                return self._number(value)
            case kind:
                return f"a {kind}"

    def _number(self, value: dict[str, Any]) -> str:
        if value["values"] is not None and not value["origins"]:
            return ", ".join(f"{each:g}" for each in value["values"])
        parts = [f"reaches {value['reaches']}", f"within {value['within']}"]
        if value["start"] != "unknown":
            parts.append(f"starts {value['start']}")
        origins = [
            f"{origin['kind']} {origin['name'] or ''}".strip() + f" ({self._at(origin)})"
            for origin in value["origins"]
        ]
        if origins:
            parts.append(f"from {', '.join(origins)}")
        if value["raw_data"]:
            parts.append("raw data")
        return "; ".join(parts)

    def _at(self, place: dict[str, Any]) -> str:
        if place["location"] is None:
            return "nowhere"
        cell = "" if place["cell"] is None else f"cell {place['cell']}, "
        where = f"{cell}line {place['location']['row']}"
        if place["filename"] != self._path:
            where = f"{self._style.path(place['filename'])}, {where}"
        return where


def _name(name: str | None) -> str:
    return name if name and name.replace("{}", "") else "(unnamed)"
