"""``pyrolint version``."""

from __future__ import annotations

import json

import click

import pyrolint

# Formats are versioned together; within a version fields are added, never changed.
FORMATS_VERSION = 1


@click.command("version")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
def command(output_format: str) -> None:
    """Show the version."""
    if output_format == "json":
        click.echo(json.dumps({"version": pyrolint.__version__, "formats": FORMATS_VERSION}))
    else:
        click.echo(f"pyrolint {pyrolint.__version__}")
