"""``pyrolint version``: of the tool, of its formats, and of the libraries that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

import pyrolint

# Formats are versioned together; within a version fields are added, never changed.
FORMATS_VERSION = 1
_DISTRIBUTIONS = {"Pyro": "pyro-ppl", "torch": "torch"}


@click.command("version")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
def command(output_format: str) -> None:
    """Show the version, and the versions of Pyro and torch that the analysis knows."""
    if output_format == "json":
        told: dict[str, object] = {"version": pyrolint.__version__, "formats": FORMATS_VERSION}
        known = {name.lower(): version for name, version in known_versions().items()}
        click.echo(json.dumps({**told, "knowledge": known}))
        return
    click.echo(f"pyrolint {pyrolint.__version__}")
    for line in knowledge_lines():
        click.echo(line)


def known_versions() -> dict[str, str]:
    """By library, the version that the analysis knows."""
    from pyrolint.semantics.library.knowledge import knowledge

    return {"Pyro": knowledge().pyro_version, "torch": knowledge().torch_version}


def knowledge_lines() -> Iterator[str]:
    """Which versions the analysis knows, and which installed ones are newer than that."""
    known = known_versions()
    yield f"knows {' and '.join(f'{name} {version}' for name, version in known.items())}"
    for name, version in known.items():
        installed = _installed(_DISTRIBUTIONS[name])
        if installed is not None and _release(installed) > _release(version):
            yield f"{name} {installed} is installed: what is new in it is not known"


def _installed(distribution: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _release(version: str) -> tuple[int, ...]:
    """The numbers that a version starts with: (2, 13, 0) of ``2.13.0+cpu``."""
    import re

    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, numbers.group().split("."))) if numbers else ()
