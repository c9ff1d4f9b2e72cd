"""``pyrolint check``: lint files, print what was found, mend what can be mended."""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from pyrolint.cli.failure import FAILED, RunFailed
from pyrolint.cli.options import choosing, finding, is_given, reporting, speaking
from pyrolint.cli.reporter import Reporter, write
from pyrolint.cli.status import FINDINGS, fails, name_failures, tell, unreadable_failure
from pyrolint.discovery import Discovery, Unreadable
from pyrolint.outcome import Failure
from pyrolint.registry import RegistryError
from pyrolint.report.terminal import Style, escaped
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder
from pyrolint.settings_values import SettingsError

if TYPE_CHECKING:
    from pyrolint.fix import Mended


@dataclass(frozen=True, slots=True)
class Manner:
    """How the run reports, beside what it lints."""

    output_format: str | None
    output_file: str | None
    fix: bool
    diff: bool
    statistics: bool
    exit_zero: bool
    show_files: bool
    show_settings: bool
    quiet: bool
    verbose: bool


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@choosing
@click.option("--fix", is_flag=True, help="Mend what has a safe fix.")
@click.option("--unsafe-fixes", is_flag=True, help="Count fixes that may change the meaning.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@reporting
@click.option("--statistics", is_flag=True, help="Count findings by rule instead.")
@finding
@click.option("--show-files", is_flag=True, help="List the files that would be linted, and stop.")
@click.option("--show-settings", is_flag=True, help="Show the settings in force, and stop.")
@click.option("--stdin-filename", metavar="PATH", help="What the source on stdin (-) is called.")
@speaking
@click.pass_context
def command(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    advice: bool,
    unsafe_fixes: bool,
    fail_on: str | None,
    config: str | None,
    isolated: bool,
    exclude: tuple[str, ...],
    force_exclude: bool,
    stdin_filename: str | None,
    **manner: Any,
) -> None:
    """Lint files, folders and notebooks; `-` reads source from stdin.

    Exit status: 0 for nothing at or above --fail-on, 1 for findings, 2 for a run that failed.
    """
    if not paths:
        click.echo(context.get_help())
        context.exit(FAILED)
    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    if manner["diff"]:
        for name in ("statistics", "output_format"):
            if manner[name]:
                option = name.replace("_", "-")
                raise click.UsageError(f"--diff and --{option} exclude each other")
    if manner["statistics"] and manner["output_format"] == "lsp":
        raise click.UsageError("--statistics cannot be written as lsp; json and json-lines can")
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("- (stdin) cannot be combined with other paths")
    options = Options(
        select=select if is_given(context, "select") else None,
        extend_select=extend_select,
        ignore=ignore,
        advice=advice,
        unsafe_fixes=unsafe_fixes,
        fail_on=fail_on,
    )
    try:
        finder = SettingsFinder(options, config=config, isolated=isolated)
        discovery = Discovery(finder, exclude=exclude, force_exclude=force_exclude, cwd=os.getcwd())
        status = _run(paths, stdin_filename, finder, discovery, Manner(**manner))
    except (SettingsError, RegistryError) as error:
        raise RunFailed(str(error)) from error
    context.exit(status)


def _run(
    paths: tuple[str, ...],
    stdin_filename: str | None,
    finder: SettingsFinder,
    discovery: Discovery,
    manner: Manner,
) -> int:
    """Lint and report; the exit status."""
    # Syntax trees are millions of small objects without cycles. At its usual pace the collector
    # would walk the living ones again and again, for a fifth of the whole run.
    gc.freeze()
    gc.set_threshold(1_000_000, 50, 1_000)
    overlay: dict[str, bytes] = {}
    stdin: str | None = None
    if paths == ("-",):
        stdin = os.path.abspath(stdin_filename or "<stdin>")
        overlay[stdin] = sys.stdin.buffer.read()
        found: list[str | Unreadable] = [] if discovery.refuses(stdin) else [stdin]
    else:
        found = list(discovery.files(paths))
    files = [each for each in found if isinstance(each, str)]
    unreadable = [unreadable_failure(each) for each in found if not isinstance(each, str)]
    if manner.show_files or manner.show_settings:
        _show(files, finder, manner)
        return name_failures(unreadable, verbose=manner.verbose)
    if manner.fix or manner.diff:
        mended = _mend(files, finder, overlay, manner, stdin)
        outcome, has_changes = mended.outcome, bool(mended.after)
    else:
        outcome, has_changes = check(files, finder, overlay), False
    outcome = replace(outcome, failures=(*unreadable, *outcome.failures))
    if not manner.diff:
        # What holds for the whole run, not file by file, is what the first file's settings say.
        settings = finder.of(files[0]) if files else finder.of_folder(os.getcwd())
        reporter = Reporter(
            outcome,
            manner.output_format or settings.output_format,
            statistics=manner.statistics,
            quiet=manner.quiet,
            is_beside_source=manner.fix and stdin is not None,
        )
        reporter.write(manner.output_file)
    if not manner.quiet:
        for warning in outcome.warnings:
            click.echo(f"warning: {escaped(warning)}", err=True)
    if manner.verbose:
        tell(files, finder)
    if name_failures(outcome.failures, verbose=manner.verbose):
        return FAILED
    if manner.exit_zero:
        return 0
    if manner.diff:
        return FINDINGS if has_changes else 0
    return FINDINGS if fails(outcome.diagnostics, finder) else 0


def _show(files: list[str], finder: SettingsFinder, manner: Manner) -> None:
    """What would be linted, and by which settings."""
    if manner.show_files:
        for path in files:
            click.echo(escaped(path))
    if manner.show_settings:
        import json

        distinct = {id(each): each for each in map(finder.of, files)}
        settings = list(distinct.values()) or [finder.of_folder(os.getcwd())]
        click.echo(json.dumps([each.described() for each in settings], indent=2))


def _mend(
    files: list[str],
    finder: SettingsFinder,
    overlay: dict[str, bytes],
    manner: Manner,
    stdin: str | None,
) -> Mended:
    """Apply fixes; write the changed files, or print what they would be."""
    from pyrolint.fix import diff, mend

    mended = mend(files, finder, overlay)
    if manner.diff:
        style = Style(os.getcwd())
        lines = diff(mended, {path: style.path(path) for path in mended.after})
        write(lambda _: lines, manner.output_file, sys.stdout)
        return mended
    if stdin is not None:
        sys.stdout.buffer.write(mended.after.get(stdin, overlay[stdin]))
        sys.stdout.buffer.flush()
        return mended
    failures = list(mended.outcome.failures)
    for path, data in mended.after.items():
        try:
            with open(path, "wb") as file:
                file.write(data)
        except OSError as error:
            failures.append(Failure(path, f"cannot be written: {error.strerror}"))
    if mended.applied and not manner.quiet:
        noun = "fix" if mended.applied == 1 else "fixes"
        click.echo(f"Applied {mended.applied} {noun}.", err=True)
    return replace(mended, outcome=replace(mended.outcome, failures=tuple(failures)))
