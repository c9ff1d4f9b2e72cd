"""``pyrolint confirm``: run programs up to their first inference step, and judge every finding."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

import pyrolint
from pyrolint.cli.failure import FAILED, RunFailed, complain, unwritable
from pyrolint.cli.options import choosing, finding, is_given, reporting, speaking
from pyrolint.cli.reporter import Reporter
from pyrolint.cli.status import FINDINGS, fails, name_failures, tell, unreadable_failure
from pyrolint.confirm_settings import DEVICES
from pyrolint.discovery import Discovery
from pyrolint.dynamic.messages import Reason
from pyrolint.own_rules import CONFIRM_FAILED
from pyrolint.registry import RegistryError
from pyrolint.report.terminal import Style, counted, escaped
from pyrolint.settings import Options, SettingsFinder
from pyrolint.settings_values import SettingsError

if TYPE_CHECKING:
    from pyrolint.diagnostic import Diagnostic
    from pyrolint.dynamic.confirm import Confirmed, ProgramRun

_NO_TORCH = (
    "`pyrolint confirm` runs programs, which takes torch and pyro: install `pyrolint-ppl[confirm]`"
)
_NO_CUDA = (
    "--device {device} asks for CUDA, and torch sees no CUDA device here; "
    "use --device cpu, or auto to take what there is"
)


class _CommandWithScriptArguments(click.Command):
    """A command whose words behind ``--`` belong to the script that it runs."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words behind ``--`` apart; None tells that there is no ``--``."""
        ctx.meta[__name__] = None
        if "--" in args:
            at = args.index("--")
            ctx.meta[__name__] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the run reports, beside what it runs."""

    output_format: str | None
    output_file: str | None
    exit_zero: bool
    quiet: bool
    verbose: bool
    report: str | None
    require_verdict: bool


# Options that stand for settings of the same name: what is not given leaves the setting alone.
_SETTINGS = ("timeout", "memory", "draws", "seed", "allow_write", "allow_network")


@click.command("confirm", cls=_CommandWithScriptArguments)
@click.argument("paths", nargs=-1, type=click.Path(path_type=str))
@click.option(
    "--entry", metavar="MODULE:FUNCTION", help="Run what this gives: (model, guide, args, kwargs)."
)
@click.option("--device", type=click.Choice(DEVICES), help="Where programs are run (default: cpu).")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop a program after this long (default: 60).",
)
@click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="Stop a program that takes more (default: 4).",
)
@click.option(
    "--draws",
    type=click.IntRange(min=2),
    metavar="K",
    help="Repeats that estimates rest on (default: 8).",
)
@click.option("--seed", type=click.IntRange(min=0), help="Where random numbers start (default: 0).")
@click.option("--allow-write", is_flag=True, help="Let programs write files.")
@click.option("--allow-network", is_flag=True, help="Let programs use the network.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write a page with evidence and plots (HTML).",
)
@click.option(
    "--require-verdict", is_flag=True, help="Give exit status 1 where a program comes to no step."
)
@choosing
@reporting
@finding
@speaking
@click.pass_context
def command(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    entry: str | None,
    device: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    advice: bool,
    fail_on: str | None,
    config: str | None,
    isolated: bool,
    exclude: tuple[str, ...],
    force_exclude: bool,
    **manner: Any,
) -> None:
    """Run scripts and notebooks up to their first inference step, and judge every finding.

    This runs your code, in a process of its own, within limits, without network and without
    writing files. Words behind `--` reach the script: `pyrolint confirm train.py -- --epochs 1`.

    Exit status: 0 for nothing at or above --fail-on, refuted findings left out; 1 for findings;
    2 for a run that failed.
    """
    arguments = context.meta[__name__]
    overrides = {name: manner.pop(name) for name in _SETTINGS}
    overrides = {name: value for name, value in overrides.items() if is_given(context, name)}
    if not paths and entry is None:
        click.echo(context.get_help())
        context.exit(FAILED)
    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    if "-" in paths:
        raise click.UsageError("a program on stdin cannot be run; give its path")
    options = Options(
        select=select if is_given(context, "select") else None,
        extend_select=extend_select,
        ignore=ignore,
        advice=advice,
        fail_on=fail_on,
    )
    try:
        finder = SettingsFinder(options, config=config, isolated=isolated)
        advised = SettingsFinder(replace(options, advice=True), config=config, isolated=isolated)
        discovery = Discovery(finder, exclude=exclude, force_exclude=force_exclude, cwd=os.getcwd())
        found = list(discovery.files(paths))
        files = [each for each in found if isinstance(each, str)]
        if arguments is not None and len(files) != 1:
            raise click.UsageError("words behind -- need exactly one script to go to")
        chosen = device or finder.of_folder(os.getcwd()).confirm.device
        confirmed = _confirm(
            finder, advised, files, arguments, entry, _devices(chosen), overrides, Manner(**manner)
        )
    except (SettingsError, RegistryError) as error:
        raise RunFailed(str(error)) from error
    unreadable = [unreadable_failure(each) for each in found if not isinstance(each, str)]
    context.exit(_reported(confirmed, finder, files, unreadable, Manner(**manner)))


def _confirm(
    finder: SettingsFinder,
    advised: SettingsFinder,
    files: list[str],
    arguments: tuple[str, ...] | None,
    entry: str | None,
    devices: tuple[str, ...],
    overrides: dict[str, object],
    manner: Manner,
) -> Confirmed:
    from pyrolint.dynamic.confirm import Request, confirm

    style = Style(os.getcwd())

    def progress(path: str) -> None:
        if not manner.quiet and sys.stderr.isatty():
            click.echo(f"running {style.path(path)}", err=True)

    request = Request(tuple(files), arguments, entry, devices, overrides, progress)
    return confirm(request, finder, advised)


def _devices(chosen: str) -> tuple[str, ...]:
    """The devices to run on; RunFailed where CUDA is asked for and there is none."""
    if chosen == "cpu":
        return ("cpu",)
    # Torch is asked in a process of its own: it takes seconds to import, and a process that has
    # started CUDA must not fork.
    question = "import torch; print(torch.cuda.is_available())"
    answer = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        raise RunFailed(_NO_TORCH)
    has_cuda = answer.stdout.strip() == "True"
    if chosen == "auto":
        if not has_cuda:
            click.echo("note: torch sees no CUDA device here; running on the CPU", err=True)
        return ("cuda",) if has_cuda else ("cpu",)
    if not has_cuda:
        raise RunFailed(_NO_CUDA.format(device=chosen))
    return ("cuda",) if chosen == "cuda" else ("cpu", "cuda")


def _reported(
    confirmed: Confirmed,
    finder: SettingsFinder,
    files: Sequence[str],
    unreadable: Sequence[Any],
    manner: Manner,
) -> int:
    """Write findings, page and closing lines; the exit status."""
    outcome = confirmed.outcome
    counted_ones = tuple(each for each in outcome.diagnostics if not _is_refuted(each))
    shown = outcome.diagnostics if manner.verbose else counted_ones
    outcome = replace(outcome, diagnostics=shown, failures=(*unreadable, *outcome.failures))
    settings = finder.of(files[0]) if files else finder.of_folder(os.getcwd())
    Reporter(
        outcome,
        manner.output_format or settings.output_format,
        statistics=False,
        quiet=manner.quiet,
        is_beside_source=False,
    ).write(manner.output_file)
    if manner.report is not None:
        _write_page(confirmed, manner.report)
    if not manner.quiet:
        for line in _told(confirmed):
            click.echo(escaped(line), err=True)
        for warning in outcome.warnings:
            click.echo(f"warning: {escaped(warning)}", err=True)
    if manner.verbose:
        tell(files, finder)
    if name_failures(outcome.failures, verbose=manner.verbose):
        return FAILED
    if any(run.report.reason is Reason.NOT_AVAILABLE for run in confirmed.runs):
        complain(_NO_TORCH)
        return FAILED
    if manner.exit_zero:
        return 0
    if manner.require_verdict and confirmed.unreached:
        return FINDINGS
    return FINDINGS if fails(counted_ones, finder) else 0


def _is_refuted(diagnostic: Diagnostic) -> bool:
    return diagnostic.confirmation is not None and diagnostic.confirmation.verdict == "refuted"


def _told(confirmed: Confirmed) -> Iterator[str]:
    """A line for each program that was run, and one for all verdicts together."""
    style = Style(os.getcwd())
    for run in confirmed.runs:
        yield f"{style.path(run.path)}: {_came_to(run)}"
    if not confirmed.runs:
        yield "Nothing was run: no file here that can be read imports Pyro."
    verdicts = Counter(
        each.confirmation.verdict
        for each in confirmed.outcome.diagnostics
        if each.confirmation is not None and each.code != CONFIRM_FAILED
    )
    if verdicts:
        words = (f"{verdicts[each]} {each}" for each in ("confirmed", "refuted", "unknown"))
        yield f"{counted(sum(verdicts.values()), 'finding')}: {', '.join(words)}"


def _came_to(run: ProgramRun) -> str:
    step = run.report.step
    if step is None:
        assert run.report.reason is not None
        return run.report.reason.value
    what = f"{step.inference} step"
    if step.model is not None:
        what += f" of {step.model}" + (f" and {step.guide}" if step.guide is not None else "")
    measures = step.measures
    made_up = ", with made-up arguments" if step.made_up_arguments else ""
    return (
        f"{what} after {measures.seconds_to_step:.1f} s on {run.device} "
        f"({1e3 * measures.step_seconds:.0f} ms, looked at for "
        f"{1e3 * measures.analysis_seconds:.0f} ms{made_up})"
    )


def _write_page(confirmed: Confirmed, path: str) -> None:
    from pyrolint.cli.page import page_runs
    from pyrolint.report.page import render

    text = render(tuple(page_runs(confirmed)), pyrolint.__version__)
    try:
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise unwritable(path, error) from error
