"""The page as a whole: its head, the summary, and a section for each program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from pyrolint.dynamic.messages import StepSummary
from pyrolint.report.drawing import svg
from pyrolint.report.markup import plain
from pyrolint.report.page import findings, plots
from pyrolint.report.page.description import model_and_guide
from pyrolint.report.page.reasons import help_for
from pyrolint.report.page.run import PageRun, place
from pyrolint.report.page.text import (
    MISSING,
    breakable,
    counted,
    listed,
    number,
    prose,
    seconds,
    size,
)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class _Program:
    """One program with all of its runs, and its findings under their numbers."""

    anchor: str
    title: str
    runs: tuple[PageRun, ...]
    findings: tuple[findings.Numbered, ...]


def render(runs: Sequence[PageRun], version: str) -> str:
    """One self-contained HTML page of these runs; ``version`` is pyrolint's own.

    Runs of the same program (on several devices) share a section.
    """
    programs = _programs(runs)
    sheet = files(__package__).joinpath("page.css").read_text("utf-8") + svg.style()
    title = programs[0].title if len(programs) == 1 else counted(len(programs), "program")
    sections = "".join(_program(program) for program in programs)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        '<link rel="icon" href="data:,">'
        f"<title>{plain(title)} · pyrolint confirm</title><style>{sheet}</style></head>\n"
        f"<body><header class=top><p class=brand>pyrolint confirm</p>"
        f"<h1>What the first inference step shows</h1></header>\n<main>"
        f"{_summary(programs)}{sections}</main>\n"
        f"<footer>Written by pyrolint {plain(version)}. {_LEGEND}</footer></body></html>\n"
    )


_LEGEND = (
    "<b>Confirmed</b>: the run shows the fault. <b>Refuted</b>: the run shows, with a structural "
    "reason, that it does no harm. <b>Unknown</b>: the run could not tell, for the reason given. "
    "Only the program's first inference step was observed."
)


def _programs(runs: Sequence[PageRun]) -> list[_Program]:
    """The runs by program, in the order in which programs first appear."""
    grouped: dict[str, list[PageRun]] = {}
    for run in runs:
        grouped.setdefault(run.program, []).append(run)
    programs = []
    for index, (title, own) in enumerate(grouped.items(), 1):
        anchor = f"program-{index}"
        entries = tuple(findings.numbered(own, anchor))
        programs.append(_Program(anchor, title, tuple(own), entries))
    return programs


def _summary(programs: Sequence[_Program]) -> str:
    """The counts by verdict, and each run with how far it came and how long it took."""
    total = findings.counts(entry.tone for program in programs for entry in program.findings)
    tiles = "".join(
        f'<div class="tile {tone}"><dt>{label}</dt><dd>{total[tone]}</dd></div>'
        for tone, label in _TILES
        if tone != "unmeasured" or total[tone]
    )
    runs = [run for program in programs for run in program.runs]
    reached = sum(run.report.step is not None for run in runs)
    rows = "".join(_run_row(program, run) for program in programs for run in program.runs)
    heads = ("Program", "Device", "First step", "To the step", "Step", "Analysis", "Memory")
    head = "".join(f"<th scope=col>{text}</th>" for text in heads)
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    lead = (
        f"{counted(len(programs), 'program')}, {counted(len(runs), 'run')}; "
        f"{reached} of {len(runs)} reached an inference step."
        if runs
        else "No program was run."
    )
    return (
        f'<section aria-labelledby="summary"><h2 id="summary" class="hidden">Summary</h2>'
        f'<dl class="tiles">{tiles}</dl><p class="lead">{lead}</p>{table if runs else ""}'
        f"{_environment(runs)}</section>"
    )


_TILES = (
    ("confirmed", "confirmed"),
    ("unknown", "unknown"),
    ("unmeasured", "not measured"),
    ("refuted", "refuted"),
)


def _run_row(program: _Program, run: PageRun) -> str:
    """A run in the summary's table."""
    report, step = run.report, run.report.step
    link = f'<a href="#{program.anchor}">{breakable(program.title)}</a>'
    start = f"<tr><th scope=row>{link}</th><td>{plain(run.device)}</td>"
    memory = f"<td class=num>{size(report.peak_memory)}</td></tr>"
    if step is None:
        return f"{start}<td class=missed colspan=4>{_reason(run)}</td>{memory}"
    measures = step.measures
    times = (measures.seconds_to_step, measures.step_seconds, measures.analysis_seconds)
    cells = "".join(f"<td class=num>{seconds(value)}</td>" for value in times)
    return f"{start}<td>{plain(step.inference)}</td>{cells}{memory}"


def _environment(runs: Sequence[PageRun]) -> str:
    """Versions and seeds; what differs between runs is listed in full."""
    facts: dict[str, dict[str, None]] = {}
    for run in runs:
        for name, version in run.report.versions.items():
            facts.setdefault(name, {})[version] = None
        facts.setdefault("seed", {})[str(run.seed)] = None
    shown = (f"{plain(name)} {plain(', '.join(values))}" for name, values in facts.items())
    return f'<p class="environment">{" · ".join(shown)}</p>' if facts else ""


def _program(program: _Program) -> str:
    """A program's section."""
    reached = [(run, run.report.step) for run in program.runs if run.report.step is not None]
    named = len(program.runs) > 1
    arrivals: dict[str, list[str]] = {}
    for run in program.runs:
        arrivals.setdefault(_arrival(run), []).append(run.device)
    parts = [
        f"{_device_head(devices) if named else ''}{text}" for text, devices in arrivals.items()
    ]
    if reached:
        parts.append(_comparison([run for run, _ in reached]))
    parts.append(_graphs(program, reached, named))
    heading = f'<h3 id="{program.anchor}-findings">Findings</h3>'
    parts.append(heading + findings.cards(program.findings, len(program.runs), len(reached)))
    parts.append(_measured(reached))
    return (
        f'<section class="program" aria-labelledby="{program.anchor}">'
        f'<h2 id="{program.anchor}">{breakable(program.title)}</h2>{"".join(parts)}</section>\n'
    )


def _arrival(run: PageRun) -> str:
    """Where the run came to its first step, or why it did not and what helps."""
    step, report = run.report.step, run.report
    if step is None:
        detail = (
            f'<p class="detail"><code>{plain(report.detail)}</code></p>' if report.detail else ""
        )
        where = ""
        if report.position is not None:
            spot = report.position
            where = f" At <code>{breakable(place(spot.filename, spot.row, spot.cell))}</code>."
        advice = "" if report.reason is None else prose(help_for(report.reason))
        return (
            f'<div class="missed-step"><p><strong>No inference step was reached</strong>: '
            f"{_reason(run)}.{where}</p>{detail}"
            f"{f'<p>{advice}</p>' if advice else ''}"
            "</div>"
        )
    functions = [
        f"{role} <code>{breakable(name)}</code>"
        for role, name in (("model", step.model), ("guide", step.guide))
        if name is not None
    ]
    text = f"First step of <b>{plain(step.inference)}</b>"
    if functions:
        text += f" with {' and '.join(functions)}"
    if step.position is not None:
        spot = step.position
        text += f", at <code>{breakable(place(spot.filename, spot.row, spot.cell))}</code>"
    notes = []
    if step.made_up_arguments:
        notes.append("The arguments were made up, so nothing is said of scales and data.")
    if step.after_failed_cell:
        notes.append("An earlier cell failed, so the values may not be those of a whole run.")
    note = f'<p class="note">{" ".join(notes)}</p>' if notes else ""
    return f'<p class="arrival">{text}.</p>{note}'


def _reason(run: PageRun) -> str:
    """Why there is no step, as a clause."""
    reason = run.report.reason
    return plain("it is not known why" if reason is None else reason.value)


def _comparison(runs: Sequence[PageRun]) -> str:
    """The step's figures, with a column for each device."""
    measured: list[tuple[str, Callable[[PageRun], str]]] = [
        ("To the step", lambda run: seconds(_step(run).measures.seconds_to_step)),
        ("The step itself", lambda run: seconds(_step(run).measures.step_seconds)),
        ("Analysis", lambda run: seconds(_step(run).measures.analysis_seconds)),
        ("Whole run", lambda run: seconds(run.report.seconds)),
        ("Loss at the step", lambda run: number(_step(run).measures.loss)),
        ("Peak memory", lambda run: size(run.report.peak_memory)),
        ("Seed", lambda run: str(run.seed)),
    ]
    if len(runs) == 1:
        facts = [(name, value(runs[0])) for name, value in measured]
        shown = "".join(
            f"<div><dt>{name}</dt><dd>{plain(text)}</dd></div>"
            for name, text in facts
            if text != MISSING
        )
        return f'<dl class="facts times">{shown}</dl>'
    head = "".join(f"<th scope=col>{plain(run.device)}</th>" for run in runs)
    rows = "".join(
        f"<tr><th scope=row>{name}</th>"
        f"{''.join(f'<td class=num>{plain(value(run))}</td>' for run in runs)}</tr>"
        for name, value in measured
    )
    return (
        '<table class="devices"><caption>Devices side by side</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _step(run: PageRun) -> StepSummary:
    """The step of a run that is known to have one."""
    assert run.report.step is not None
    return run.report.step


def _graphs(program: _Program, reached: Sequence[tuple[PageRun, StepSummary]], named: bool) -> str:
    """The graph of model and guide; devices that saw the same graph share one."""
    marks = [(entry.finding, entry.badge) for entry in program.findings]
    drawn: dict[str, list[str]] = {}
    heading = "Model"
    for run, step in reached:
        graphs = model_and_guide(step, marks)
        if graphs:
            heading = "Model and guide" if len(graphs) > 1 else heading
            label = "Graph of " + " and ".join(graph.title for graph in graphs)
            drawn.setdefault(svg.draw(graphs, label), []).append(run.device)
    if not drawn:
        return ""
    figures = []
    for picture, devices in drawn.items():
        caption = f"<figcaption>On {plain(listed(devices))}</figcaption>"
        figures.append(
            '<figure class="graph"><div class="scroll" tabindex="0" role="region" '
            f'aria-label="Graph, scrolls sideways">{picture}</div>'
            f"{caption if named and len(drawn) > 1 else ''}</figure>"
        )
    links = ", ".join(f'<a href="#{entry.anchor}">{entry.number}</a>' for entry in program.findings)
    below = f" Numbers lead to findings: {links}." if links else ""
    return (
        f"<h3>{heading}</h3>{''.join(figures)}<p class=key>Ellipses are sites, shaded where "
        "observed and dashed where computed; squares are parameters; rounded frames are plates."
        f"{below}</p>"
    )


def _measured(reached: Sequence[tuple[PageRun, StepSummary]]) -> str:
    """The plots of a program, the devices side by side where they differ."""
    sections = []
    for same in zip(*(plots.plots(step) for _, step in reached), strict=True):
        bodies: dict[str, list[str]] = {}
        for (run, _), plot in zip(reached, same, strict=True):
            if plot.body:
                bodies.setdefault(plot.body, []).append(run.device)
        if not bodies:
            continue
        parts = [
            f"<div>{_device_head(devices) if len(bodies) > 1 else ''}{body}</div>"
            for body, devices in bodies.items()
        ]
        sections.append(
            f'<section class="figure"><h4>{plain(same[0].title)}</h4>'
            f"<p>{plain(next(plot.note for plot in same if plot.body))}</p>"
            f'<div class="{"beside" if len(parts) > 1 else "alone"}">{"".join(parts)}</div>'
            "</section>"
        )
    return f"<h3>Measured at the step</h3>{''.join(sections)}" if sections else ""


def _device_head(devices: Sequence[str]) -> str:
    return f'<p class="on-device">On {plain(listed(devices))}</p>'
