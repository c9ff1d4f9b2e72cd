"""``pyrolint rule``: the pages of rules."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from pyrolint.cli.failure import RunFailed
from pyrolint.registry import SYNTAX_ERROR, Described, Registry, RegistryError, load_registry
from pyrolint.selection import unknown_rule
from pyrolint.settings import Options, SettingsFinder
from pyrolint.settings_values import SettingsError


@click.command("rule")
@click.argument("words", metavar="CODE...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Explain every rule.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def command(
    context: click.Context, words: tuple[str, ...], every: bool, output_format: str
) -> None:
    """Explain rules: what they find, why it is bad, an example and what to write instead.

    A CODE may also be a rule's name, or the start of codes, as in PYR1.
    """
    if words and every:
        raise click.UsageError("--all and CODE exclude each other")
    if not words and not every:
        click.echo(context.get_help())
        context.exit(2)
    try:
        settings = SettingsFinder(Options()).of_folder(os.getcwd())
        registry = load_registry((plugin, settings.root) for plugin in settings.plugins)
    except (SettingsError, RegistryError) as error:
        raise RunFailed(str(error)) from error
    rules: list[Described] = list(registry.described) if every else []
    for word in words:
        found = registry.find(word)
        matching = [found] if found is not None else _starting(word, registry)
        if not matching:
            raise click.UsageError(unknown_rule(word, registry))
        rules += (each for each in matching if each not in rules)
    if output_format == "json":
        click.echo(json.dumps([_as_json(rule) for rule in rules], indent=2))
    else:
        click.echo("\n\n".join(_page(rule) for rule in rules))


def _starting(prefix: str, registry: Registry) -> list[Described]:
    """The rules whose codes start so."""
    return [each for each in registry.described if prefix and each.code.startswith(prefix)]


def _page(rule: Described) -> str:
    plural = "s" if len(rule.tips) > 1 else ""
    tips = f", tip{plural} {' and '.join(map(str, rule.tips))}" if rule.tips else ""
    default = "" if rule.severity.label != "advice" else ", off by default"
    heading = f"# {rule.name} ({rule.code}, {rule.severity.label}{default}{tips})"
    return f"{heading}\n\n{rule.page}{_suppression(rule.code)}"


def _suppression(code: str) -> str:
    """How to suppress one finding; a file that cannot be parsed has no comments to read."""
    if code == SYNTAX_ERROR:
        return ""
    return (
        "\n\n## To suppress it\n"
        f"Write `# pyrolint: ignore[{code}]` on a line of the statement, or give `--ignore {code}`."
    )


def _as_json(rule: Described) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.label,
        "tips": list(rule.tips),
        "explanation": rule.page,
    }
