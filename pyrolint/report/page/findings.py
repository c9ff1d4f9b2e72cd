"""Findings as cards: what is wrong, where, and what each device's run shows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyrolint.dynamic.messages import Verdict
from pyrolint.report.drawing.graph import Badge
from pyrolint.report.markup import plain
from pyrolint.report.page.run import PageFinding, PageRun
from pyrolint.report.page.text import breakable, counted, figure, listed, prose, words

TONES = ("confirmed", "unknown", "unmeasured", "refuted")
_MEANING = {
    "confirmed": "the run shows the fault",
    "unknown": "the run could not tell",
    "unmeasured": "found in the source, not measured",
    "refuted": "the run shows that it does no harm",
}
_SEVERITIES = {"error": 0, "warning": 1, "advice": 2}
_LONG = 40


@dataclass(frozen=True, slots=True)
class Numbered:
    """A finding under its number on the page, as each of the program's runs judged it."""

    number: int
    anchor: str
    finding: PageFinding
    judged: tuple[tuple[str, PageFinding], ...]

    @property
    def tone(self) -> str:
        """The gravest verdict of the devices."""
        return min((tone(finding) for _, finding in self.judged), key=TONES.index)

    @property
    def badge(self) -> Badge:
        """Its mark on the graph."""
        title = f"Finding {self.number}: {self.finding.code} {self.finding.name}, {self.tone}"
        return Badge(str(self.number), self.tone, title, f"#{self.anchor}")


def tone(finding: PageFinding) -> str:
    """The verdict as the style sheet names it."""
    return "unmeasured" if finding.verdict is None else finding.verdict.value


def numbered(runs: Sequence[PageRun], anchor: str) -> list[Numbered]:
    """The findings of one program's runs, equal ones as one, the confirmed ones first."""
    same: dict[tuple[object, ...], list[tuple[str, PageFinding]]] = {}
    for run in runs:
        # One run may hold several findings that differ in their messages alone.
        met: Counter[tuple[object, ...]] = Counter()
        for finding in run.findings:
            key = (
                finding.code,
                finding.filename,
                finding.row,
                finding.cell,
                finding.site,
                finding.argument,
            )
            same.setdefault((*key, met[key]), []).append((run.device, finding))
            met[key] += 1
    ordered = sorted(
        same.values(),
        key=lambda judged: (
            min(TONES.index(tone(finding)) for _, finding in judged),
            _SEVERITIES.get(judged[0][1].severity, len(_SEVERITIES)),
            judged[0][1].filename,
            judged[0][1].cell or 0,
            judged[0][1].row,
            judged[0][1].code,
        ),
    )
    return [
        Numbered(number, f"{anchor}-finding-{number}", judged[0][1], tuple(judged))
        for number, judged in enumerate(ordered, 1)
    ]


def counts(tones: Iterable[str]) -> dict[str, int]:
    """How many findings there are of each verdict, none left out."""
    found = list(tones)
    return {each: found.count(each) for each in TONES}


def chip(name: str, prefix: str = "") -> str:
    """A verdict as a small label."""
    text = "not measured" if name == "unmeasured" else name
    before = f"<span class=device>{plain(prefix)}</span> " if prefix else ""
    return f'<span class="chip {name}" title="{_MEANING[name]}">{before}{text}</span>'


def cards(findings: Sequence[Numbered], devices: int, reached: int) -> str:
    """The findings of one program, in full; ``reached`` of its runs came to a step."""
    if not findings:
        return '<p class="calm">No findings.</p>' if reached else "<p class=soft>No findings.</p>"
    items = "".join(_card(finding, devices) for finding in findings)
    return f'<ol class="findings">{items}</ol>'


def _card(entry: Numbered, devices: int) -> str:
    """One finding: head, message, and each device's evidence."""
    finding = entry.finding
    named = devices > 1
    verdicts = _same((tone(each), device) for device, each in entry.judged)
    chips = " ".join(chip(verdict, listed(on) if named else "") for verdict, on in verdicts.items())
    target = []
    if finding.site is not None:
        target.append(f"site <code>{breakable(finding.site)}</code>")
    if finding.argument is not None:
        target.append(f"argument <code>{breakable(finding.argument)}</code>")
    target.append(f"<code>{breakable(finding.place)}</code>")
    seen = _same((_evidence(each), device) for device, each in entry.judged)
    evidence = "".join(
        f'<div class="evidence">{_device_head(on) if len(seen) > 1 else ""}{text}</div>'
        for text, on in seen.items()
        if text
    )
    return (
        f'<li class="finding {entry.tone}" id="{plain(entry.anchor)}" value="{entry.number}">'
        f'<header><span class="number" aria-hidden="true">{entry.number}</span>'
        f"<h4><span class=code>{plain(finding.code)}</span> {plain(finding.name)}</h4>"
        f'<span class="chips">{chips}</span></header>'
        f"<p class=message>{prose(finding.message)}</p>"
        f'<p class="where"><span class=severity>{plain(finding.severity)}</span> · '
        f"{' · '.join(target)}</p>{evidence}</li>"
    )


def _same(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The devices that gave each text."""
    devices: dict[str, list[str]] = {}
    for text, device in pairs:
        devices.setdefault(text, []).append(device)
    return devices


def _device_head(devices: Sequence[str]) -> str:
    return f"<h5>On {plain(listed(devices))}</h5>"


def _evidence(finding: PageFinding) -> str:
    """What a run shows of the finding: a sentence, its figures, or why there are none."""
    parts = []
    if finding.evidence:
        parts.append(f"<p>{prose(finding.evidence)}</p>")
    if finding.reason is not None and finding.verdict is not Verdict.CONFIRMED:
        parts.append(f"<p>No verdict: {plain(finding.reason.value)}.</p>")
    if finding.figures:
        parts.append(_figures(finding))
    return "".join(parts)


def _figures(finding: PageFinding) -> str:
    """The figures by name, those that need a line of their own last."""
    pairs = [(words(key), figure(value)) for key, value in finding.figures.items()]
    pairs.sort(key=lambda pair: len(pair[1]) > _LONG)
    rows = "".join(
        f"<div{' class=long' if len(value) > _LONG else ''}>"
        f"<dt>{plain(key)}</dt><dd>{plain(value)}</dd></div>"
        for key, value in pairs
    )
    return f'<dl class="facts" aria-label="{counted(len(pairs), "figure")}">{rows}</dl>'
