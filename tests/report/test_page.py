"""What the page of `confirm --report` promises whatever a run holds, and that it says it all."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pyrolint.dynamic.messages import (
    Measures,
    Position,
    Reason,
    Report,
    SiteSummary,
    StepSummary,
    Verdict,
)
from pyrolint.report.page import PageFinding, PageRun, render

HERE = Path(__file__).parent
VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}
INLINE = {"a", "b", "code", "span", "strong", "wbr"}
HOSTILE = "<script>alert('x')</script>\"&\x1b[31m\x00\u202e\udc80`</code>`]]>-->{}"


def sample(name: str) -> list[PageRun]:
    return msgspec.json.decode((HERE / f"page_{name}.json").read_bytes(), type=list[PageRun])


@dataclass
class Element:
    tag: str
    attributes: Mapping[str, str]
    content: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "", kind: str = "") -> list[Element]:
        """Every element below of this tag and class."""
        found = []
        for child in self.content:
            if isinstance(child, str):
                continue
            fits = child.tag == tag if tag else True
            if fits and (not kind or kind in child.attributes.get("class", "").split()):
                found.append(child)
            found.extend(child.all(tag, kind))
        return found

    @property
    def text(self) -> str:
        inside = "".join(each if isinstance(each, str) else each.text for each in self.content)
        return inside if self.tag in INLINE else f" {inside} "


class Reader(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].content.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, (self.open[-1].tag, tag)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].content.append(data)


def read(runs: list[PageRun]) -> Element:
    reader = Reader()
    reader.feed(render(runs, "0.1.0"))
    reader.close()
    assert len(reader.open) == 1
    return reader.root


def shown(element: Element) -> str:
    return " ".join(element.text.split())


def hostile(value: Any) -> Any:
    """The value with every string in it replaced by one that tries to break out."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, list):
        return [hostile(item) for item in value]
    if isinstance(value, dict):
        return {f"{key}{HOSTILE}": hostile(item) for key, item in value.items()}
    return value


def attacked() -> list[PageRun]:
    (run,) = sample("rich")
    step = run.report.step
    assert step is not None
    measures = step.measures
    sites = tuple(
        msgspec.structs.replace(
            site,
            name=site.name + HOSTILE,
            family=HOSTILE,
            support=HOSTILE + site.role,
            plates=tuple(plate + HOSTILE for plate in site.plates),
            parents=tuple(parent + HOSTILE for parent in site.parents),
            position=Position(HOSTILE, 3),
        )
        for site in step.sites
    )
    step = StepSummary(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        Position(HOSTILE, 1, 2),
        sites,
        msgspec.structs.replace(
            measures,
            signal_to_noise=hostile(measures.signal_to_noise),
            columns=hostile(measures.columns),
            settings=hostile(measures.settings),
        ),
    )
    findings = tuple(
        PageFinding(
            HOSTILE,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            finding.row,
            finding.cell,
            f"{finding.site}{HOSTILE}",
            HOSTILE,
            finding.verdict,
            finding.reason,
            HOSTILE,
            {**hostile(dict(finding.figures)), HOSTILE: [HOSTILE, {HOSTILE: HOSTILE}]},
        )
        for finding in run.findings
    )
    versions = {HOSTILE: HOSTILE}
    reached = msgspec.structs.replace(run.report, step=step, versions=versions)
    missed = Report(Reason.RAISED, HOSTILE, Position(HOSTILE, 1))
    return [
        PageRun(HOSTILE, reached, HOSTILE, findings),
        PageRun(HOSTILE, missed, HOSTILE + "2", findings),
    ]


@pytest.mark.parametrize("runs", [sample("rich"), sample("many"), attacked(), []])
def test_nothing_is_fetched_or_run(runs: list[PageRun]) -> None:
    page = read(runs)
    for element in page.all():
        assert element.tag not in {"script", "iframe", "img", "object", "embed", "form", "base"}
        for name, value in element.attributes.items():
            assert name not in {"src", "srcset", "action", "poster", "ping"}
            assert not name.startswith("on")
            if name in {"href", "xlink:href"}:
                assert value.startswith("#") or value == "data:,"
            if name not in {"xmlns", "title", "aria-label"}:
                assert "//" not in value
    sheets = " ".join(element.text for element in page.all("style"))
    assert "@import" not in sheets
    assert "url(" not in sheets
    policy = [e for e in page.all("meta") if "http-equiv" in e.attributes]
    assert policy[0].attributes["content"].startswith("default-src 'none'")


def test_what_users_wrote_stays_text() -> None:
    html = render(attacked(), "0.1.0")
    page = read(attacked())
    assert "<script>alert('x')</script>" in page.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", html)
    html.encode("utf-8")


@pytest.mark.parametrize("runs", [sample("rich"), sample("many"), attacked()])
def test_every_link_leads_somewhere(runs: list[PageRun]) -> None:
    page = read(runs)
    counted = Counter(e.attributes["id"] for e in page.all() if "id" in e.attributes)
    # Each drawing brings its own arrow head.
    assert {name for name, count in counted.items() if count > 1} <= {"pg-arrow"}
    targets = [e.attributes["href"] for e in page.all("a")]
    assert targets
    assert {target[1:] for target in targets} <= set(counted)
    for reference in re.findall(r"(?:aria-labelledby=\"|url\(#)([^\")]+)", render(runs, "0")):
        assert reference in counted


def test_each_finding_is_linked_from_the_graph() -> None:
    page = read(sample("rich"))
    (figure,) = page.all("figure")
    program = page.all("section", "program")[0]
    links = {e.attributes["href"] for e in program.all("a")}
    cards = {f"#{e.attributes['id']}" for e in page.all("li", "finding")}
    assert len(cards) == len(sample("rich")[0].findings)
    assert cards <= links
    badges = {}
    for node in figure.all("g", "pg-node"):
        for link in node.all("a"):
            target = link.attributes["href"][1:]
            (card,) = (e for e in page.all("li") if e.attributes.get("id") == target)
            badges[shown(card.all("h4")[0]).split()[0]] = shown(node.all("title")[0])
    # The finding on a parameter's line stands at the parameter, not at the site it feeds.
    assert badges["PYR101"].startswith("parameter mu_scale")
    assert badges["PYR102"].startswith("site sigma, Normal, support real")
    assert "encoder" not in badges["PYR301"]
    # A finding about the whole program has no node.
    assert "PYR501" not in badges


def test_a_rich_run_has_every_section() -> None:
    page = read(sample("rich"))
    headings = [shown(e) for level in ("h2", "h3", "h4") for e in page.all(level)]
    for wanted in (
        "Summary",
        "regression.py",
        "Model and guide",
        "Findings",
        "Supports and initial spreads",
        "Gradient signal-to-noise",
        "Column scales",
        "Settings",
    ):
        assert wanted in headings
    text = shown(page)
    for wanted in ("12.4 ms", "2.31 s", "412 MiB", "torch 2.13.0", "seed 0", "pyrolint 0.1.0"):
        assert wanted in text
    tiles = {shown(e.all("dt")[0]): shown(e.all("dd")[0]) for e in page.all("div", "tile")}
    assert tiles == {"confirmed": "4", "unknown": "1", "not measured": "1", "refuted": "1"}
    rows = {shown(e.all("th")[0]): e for e in page.all("tr") if len(e.all("th")) == 1}
    assert rows["mu_scale"].all("rect", "flagged")
    assert rows["mu_scale"].all("line", "threshold")
    assert not rows["sigma_loc"].all("rect", "flagged")
    assert "greater_than(0) guide: real" in shown(rows["sigma"])
    assert "14.8" in shown(rows["theta"].all("td", "flagged")[0])
    assert rows["column 3"].all("circle", "flagged")
    assert not rows["column 2"].all("circle", "flagged")


def test_without_a_step_the_page_says_why_and_what_helps() -> None:
    finding = PageFinding(
        "PYR101",
        "unconstrained-parameter",
        "error",
        "It is.",
        "a.py",
        1,
        verdict=Verdict.UNKNOWN,
        reason=Reason.NEEDS_ARGUMENTS,
    )
    report = Report(Reason.NEEDS_ARGUMENTS, "usage: a.py --data FILE", Position("/p/a.py", 9))
    page = read([PageRun("a.py", report, "cpu", (finding,))])
    text = shown(page)
    assert "0 of 1 reached an inference step" in text
    assert "No inference step was reached" in text
    assert Reason.NEEDS_ARGUMENTS.value in text
    assert "usage: a.py --data FILE" in text
    assert "arguments after --" in text
    assert len(page.all("li", "finding")) == 1
    assert not page.all("svg")
    assert "Measured at the step" not in text


@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_reason_can_be_shown(reason: Reason | None) -> None:
    page = read([PageRun("a.py", Report(reason), "cpu")])
    if reason is not None:
        assert reason.value in shown(page)
    assert "None" not in shown(page)


def test_no_runs_are_a_page_too() -> None:
    assert "No program was run" in shown(read([]))


BAD: tuple[Any, ...] = (None, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0, 10**400)


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("other", [1.0, 0.0, math.nan, 1e308])
def test_numbers_that_are_none_leave_the_drawings_whole(value: Any, other: Any) -> None:
    prior = SiteSummary("z", "sample", "model", mean=value, deviation=other)
    guide = SiteSummary("z", "sample", "guide", mean=other, deviation=value)
    measures = Measures(
        step_seconds=value,
        loss=value,
        signal_to_noise={"a": value, "b": other},
        columns={"x": [(value, other), (other, value)], "empty": []},
    )
    step = StepSummary("SVI", None, None, None, (prior, guide), measures)
    figures = {"bound": value, "several": [value, other, None], "nested": {"a": value}}
    finding = PageFinding(
        "PYR301", "wide-start", "warning", "It is.", "a.py", 1, site="z", figures=figures
    )
    runs = [PageRun("a.py", Report(step=step), "cpu", (finding,))]
    page = read(runs)
    for element in page.all():
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "d"):
            drawn = element.attributes.get(name, "")
            assert "nan" not in drawn
            assert "inf" not in drawn
            assert not drawn.startswith("-") or element.tag == "line"
    text = shown(page)
    assert not re.search(r"\b(nan|None|inf)\b", text)
    if isinstance(value, float) and math.isnan(value):
        assert "not a number" in text


def test_devices_stand_side_by_side() -> None:
    page = read(sample("many"))
    both = page.all("section", "program")[0]
    assert len(both.all("li", "finding")) == len(sample("rich")[0].findings)
    (devices,) = both.all("table", "devices")
    assert [shown(e) for e in devices.all("th")][:2] == ["cpu", "cuda"]
    assert "The step itself 12.4 ms 4.1 ms" in shown(devices)
    chips = [[shown(c) for c in e.all("span", "chip")] for e in both.all("li", "finding")]
    assert ["cpu confirmed", "cuda unknown"] in chips
    (unequal,) = (e for e in both.all("li", "finding") if len(e.all("span", "chip")) == 2)
    on_cpu, on_cuda = (shown(e) for e in unequal.all("div", "evidence"))
    assert on_cpu.startswith("On cpu The first draws of theta spread over 152")
    assert on_cuda == f"On cuda No verdict: {Reason.NOT_REPEATABLE.value}."
    # Where the devices agree, it is said once.
    assert sum(len(each) == 1 for each in chips) == len(chips) - 1
    assert len(both.all("figure")) == 1
    titles = [shown(e) for e in both.all("h4")]
    assert titles.count("Gradient signal-to-noise") == 1


def test_devices_that_differ_show_both_plots() -> None:
    first, second = sample("many")[:2]
    step = second.report.step
    assert step is not None
    measures = msgspec.structs.replace(step.measures, signal_to_noise={"mu_loc": 0.5})
    step = msgspec.structs.replace(step, measures=measures, sites=step.sites[:2])
    second = replace(second, report=msgspec.structs.replace(second.report, step=step))
    page = read([first, second])
    assert len(page.all("figure")) == 2
    assert len(page.all("div", "beside")) == 1
    assert len(page.all("line", "threshold")) == len(first.report.step.measures.signal_to_noise) + 1  # type: ignore[union-attr]


def test_findings_alike_on_one_device_are_all_kept() -> None:
    finding = sample("rich")[0].findings[0]
    report = sample("rich")[0].report
    pair = (finding, replace(finding, message="Another."), replace(finding, message="A third."))
    page = read([PageRun("a.py", report, "cpu", pair), PageRun("a.py", report, "cuda", pair)])
    assert len(page.all("li", "finding")) == 3


def test_confirmed_findings_come_first_and_errors_before_warnings() -> None:
    runs = sample("rich")
    shuffled = replace(runs[0], findings=tuple(reversed(runs[0].findings)))
    page = read([shuffled])
    kinds = [e.attributes["class"].split()[1] for e in page.all("li", "finding")]
    assert kinds == ["confirmed"] * 4 + ["unknown", "unmeasured", "refuted"]
    severities = [shown(e) for e in page.all("span", "severity")][:4]
    assert severities == ["error", "error", "warning", "warning"]


def test_many_columns_are_cut_with_the_flagged_ones_kept() -> None:
    pairs = [(0.0, 1.0)] * 400 + [(250.0, 1.0)] + [(0.0, 1.0)] * 383
    step = StepSummary("SVI", None, None, None, (), Measures(columns={"pixels": pairs}))
    page = read([PageRun("a.py", Report(step=step), "cpu")])
    rows = [shown(e.all("th")[0]) for e in page.all("tr") if e.all("svg", "plot")]
    assert len(rows) == 24
    assert "column 401" in rows
    assert "760 more columns" in shown(page)


def test_a_program_without_findings_is_told_so() -> None:
    run = replace(sample("rich")[0], findings=())
    assert "No findings" in shown(read([run]))


def test_letters_stand_out_from_their_ground() -> None:
    """WCAG's contrast for small text, in both colour schemes."""
    sheet = render([], "0").split("<style>")[1]
    pattern = r"(:root|\.pg) \{(.*?)\}"
    blocks = [
        (name, dict(re.findall(r"--([\w-]+): (#\w{6})", body)))
        for name, body in re.findall(pattern, sheet, re.DOTALL)
    ]
    page = [colours for name, colours in blocks if name == ":root" and colours]
    graph = [colours for name, colours in blocks if name == ".pg" and colours]
    assert len(page) == 2
    assert len(graph) == 2
    for scheme in page:
        for ground in ("paper", "card"):
            for ink in ("ink", "soft", "accent", "confirmed", "unknown", "refuted"):
                assert contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
        for tone in ("confirmed", "unknown", "refuted", "unmeasured"):
            assert contrast(scheme[tone], scheme[f"{tone}-back"]) >= 4.5, tone
        for back in ("unknown-back", "refuted-back"):
            assert contrast(scheme["soft"], scheme[back]) >= 4.5, back
    for scheme in graph:
        for ground in ("pg-paper", "pg-latent", "pg-observed"):
            assert contrast(scheme["pg-ink"], scheme[ground]) >= 4.5
        for tone in ("confirmed", "unknown", "refuted", "unmeasured"):
            assert contrast(scheme["pg-on-badge"], scheme[f"pg-{tone}"]) >= 4.5


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
