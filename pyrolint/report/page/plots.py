"""The sections that show an observed step's figures: spreads, gradients, columns, settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyrolint.dynamic.messages import Measures, SiteSummary, StepSummary
from pyrolint.report.markup import plain
from pyrolint.report.page.charts import logarithmic, symmetric
from pyrolint.report.page.text import TIMES, breakable, counted, finite, number, words

QUIET_GRADIENT = 0.1
"""Below this signal-to-noise ratio an update is mostly chance."""
WIDE_START = 10.0
"""Over this ratio of deviations a guide starts far wider than the prior."""
LARGE_SCALE = 100.0
"""Over this mean or deviation a column counts as raw; so do deviations that far apart."""
_ROWS = 24
_CHECKS = {
    "arguments": "arguments of distributions",
    "inference": "model against guide",
    "poutine": "traces",
    "warnings": "warnings shown",
}


@dataclass(frozen=True, slots=True)
class Plot:
    """A section's title, what it shows in words, and its drawing (empty: nothing to show)."""

    title: str
    note: str
    body: str


def plots(step: StepSummary) -> tuple[Plot, ...]:
    """All plots of a step, in the page's order; the same titles in the same places always."""
    measures = step.measures
    return (spreads(step), gradients(measures), columns(measures), settings(measures))


def spreads(step: StepSummary) -> Plot:
    """Supports and initial spreads of the guide against the prior, one latent a row."""
    prior = _latents(step, "model")
    guide = _latents(step, "guide")
    shared = [name for name in prior if name in guide]
    if not shared:
        return Plot("Supports and initial spreads", "", "")
    reach = [4.0]
    for name in shared:
        ends = _in_deviations(prior[name], guide[name])
        reach.extend(abs(end) for end in ends or ())
    axis = symmetric(max(reach))
    rows = []
    for name in shared:
        one, other = prior[name], guide[name]
        ends = _in_deviations(one, other)
        ratio = _ratio(one, other)
        wide = ratio is not None and ratio > WIDE_START
        marks = [axis.band(-2, 2, "prior")]
        label = "no finite mean and deviation to compare"
        if ends is not None:
            marks.append(axis.interval(ends[0], sum(ends) / 2, ends[1], "flagged" if wide else ""))
            label = (
                f"The guide reaches from {number(ends[0])} to {number(ends[1])} prior deviations "
                "around the prior's mean"
            )
        rows.append(
            [
                f"<th scope=row><code>{breakable(name)}</code></th>",
                f"<td>{_supports(one, other)}</td>",
                f"<td class=chart>{axis.row(marks, label)}</td>",
                _value(ratio, wide, TIMES),
            ]
        )
    note = (
        "The shaded band is the prior's mean ± 2 deviations. The line is the guide's, as it "
        "starts, on the same scale: prior deviations, linear near 0 and logarithmic far out. "
        f"A guide that starts over {WIDE_START:g} times as wide as the prior is marked."
    )
    heads = ["Latent", "Support", axis.header(), "Width"]
    return Plot("Supports and initial spreads", note, _rows("", heads, rows, ()))


def gradients(measures: Measures) -> Plot:
    """The gradients' signal-to-noise ratio, the noisiest parameter first."""
    if not measures.signal_to_noise:
        return Plot("Gradient signal-to-noise", "", "")
    items = sorted(
        measures.signal_to_noise.items(),
        key=lambda item: (finite(item[1]) is not None, finite(item[1]) or 0.0, item[0]),
    )
    finites = [value for _, ratio in items if (value := finite(ratio)) is not None]
    axis = logarithmic(finites, QUIET_GRADIENT / 10, 10.0)
    rows = []
    for name, ratio in items[:_ROWS]:
        value = finite(ratio)
        quiet = value is None or value < QUIET_GRADIENT
        marks = [axis.threshold(QUIET_GRADIENT)]
        if value is not None:
            marks.insert(0, axis.bar(value, "flagged" if quiet else ""))
        shown = number(ratio)
        rows.append(
            [
                f"<th scope=row><code>{breakable(name.replace('$$$', '.'))}</code></th>",
                f"<td class=chart>{axis.row(marks, f'signal-to-noise ratio {shown}')}</td>",
                _value(ratio, quiet),
            ]
        )
    note = (
        "Size of the mean gradient over its deviation between draws, on a logarithmic scale. "
        f"Left of the dashed line at {QUIET_GRADIENT:g} an update is mostly chance."
    )
    rest = len(items) - _ROWS
    remarks = [f"{counted(rest, 'more parameter')} with higher ratios."] if rest > 0 else []
    heads = ["Parameter", axis.header(), "Ratio"]
    return Plot("Gradient signal-to-noise", note, _rows("", heads, rows, remarks))


def columns(measures: Measures) -> Plot:
    """Mean and deviation of each column of the arrays that reach a site."""
    body = "".join(_array(name, pairs) for name, pairs in measures.columns.items() if pairs)
    note = (
        "Mean ± deviation of each column of the data that reaches a site, linear near 0 and "
        f"logarithmic far out. The band reaches to ±{LARGE_SCALE:g}; a mean or deviation over "
        "that is marked: standardise such columns."
    )
    return Plot("Column scales", note, body)


def settings(measures: Measures) -> Plot:
    """The validation settings as the program left them."""
    rows = [
        f"<div><dt>{plain(_CHECKS.get(name, words(name)))}</dt>"
        f"<dd>{'on' if value else '<strong>off</strong>'}</dd></div>"
        for name, value in measures.settings.items()
    ]
    body = f'<dl class="facts">{"".join(rows)}</dl>' if rows else ""
    note = "Which checks Pyro and torch make, as the program left them at its first step."
    return Plot("Settings", note, body)


def _array(name: str, pairs: Sequence[tuple[float, float]]) -> str:
    """One array's columns: the marked ones first, and of many the rest as one line."""
    known = [
        (index, mean, deviation)
        for index, pair in enumerate(pairs)
        if (mean := finite(pair[0])) is not None and (deviation := finite(pair[1])) is not None
    ]
    lost = len(pairs) - len(known)
    flagged = [item for item in known if _is_large(item)]
    plain_ones = [item for item in known if not _is_large(item)]
    shown = sorted((flagged + plain_ones)[:_ROWS])
    left_out = (flagged + plain_ones)[_ROWS:]
    reach = max((abs(mean) + deviation for _, mean, deviation in known), default=1.0)
    axis = symmetric(max(reach, 2 * LARGE_SCALE))
    rows = []
    for item in shown:
        index, mean, deviation = item
        large = _is_large(item)
        text = f"{number(mean)} ± {number(deviation)}"
        label = f"mean {number(mean)}, deviation {number(deviation)}"
        marks = [
            axis.band(-LARGE_SCALE, LARGE_SCALE, "ordinary"),
            axis.interval(mean - deviation, mean, mean + deviation, "flagged" if large else ""),
        ]
        value = f"<strong>{plain(text)}</strong>" if large else plain(text)
        rows.append(
            [
                f"<th scope=row>column {index + 1}</th>",
                f"<td class=chart>{axis.row(marks, label)}</td>",
                f'<td class="value{" flagged" if large else ""}">{value}</td>',
            ]
        )
    remarks = []
    if left_out:
        low, high = min(item[1] for item in left_out), max(item[1] for item in left_out)
        least, most = min(item[2] for item in left_out), max(item[2] for item in left_out)
        remarks.append(
            f"{counted(len(left_out), 'more column')}: means from {number(low)} to {number(high)}, "
            f"deviations from {number(least)} to {number(most)}."
        )
    if lost:
        remarks.append(f"{counted(lost, 'column')} without a finite mean and deviation.")
    positive = [deviation for _, _, deviation in known if deviation > 0]
    if positive and max(positive) > LARGE_SCALE * min(positive):
        factor = number(max(positive) / min(positive))
        remarks.append(f"The deviations lie a factor {factor} apart.")
    return _rows(
        f"{name} · {counted(len(pairs), 'column')}",
        ["Column", axis.header(), "Mean ± deviation"],
        rows,
        remarks,
    )


def _is_large(item: tuple[int, float, float]) -> bool:
    return abs(item[1]) > LARGE_SCALE or item[2] > LARGE_SCALE


def _latents(step: StepSummary, role: str) -> dict[str, SiteSummary]:
    return {
        site.name: site
        for site in step.sites
        if site.role == role and site.kind == "sample" and not site.observed
    }


def _ratio(prior: SiteSummary, guide: SiteSummary) -> float | None:
    """The guide's deviation in prior deviations."""
    wide, narrow = finite(guide.deviation), finite(prior.deviation)
    return wide / narrow if wide is not None and narrow else None


def _in_deviations(prior: SiteSummary, guide: SiteSummary) -> tuple[float, float] | None:
    """The guide's mean ± 2 deviations in prior deviations around the prior's mean."""
    ratio = _ratio(prior, guide)
    centre, mean = finite(prior.mean), finite(guide.mean)
    unit = finite(prior.deviation)
    if ratio is None or centre is None or mean is None or not unit:
        return None
    middle = (mean - centre) / unit
    ends = (middle - 2 * ratio, middle + 2 * ratio)
    return ends if finite(ends[0]) is not None and finite(ends[1]) is not None else None


def _supports(prior: SiteSummary, guide: SiteSummary) -> str:
    """The supports in words, both where they differ."""
    one, other = prior.support or "unknown", guide.support or "unknown"
    if one == other:
        return f"<span class=support>{plain(one)}</span>"
    return (
        f"<span class=support>{plain(one)}</span> "
        f'<span class="support differs"><span class=soft>guide:</span> {plain(other)}</span>'
    )


def _value(value: float | None, flagged: bool, unit: str = "") -> str:
    """The last cell of a row: the number that the plot shows."""
    exact = finite(value)
    text = plain(number(value))
    if exact is not None:
        text = plain(number(float(f"{exact:.3g}"))) + (f"&#8239;{unit}" if unit else "")
    return (
        f'<td class="value flagged"><strong>{text}</strong></td>'
        if flagged
        else (f'<td class="value">{text}</td>')
    )


def _rows(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], remarks: Sequence[str]
) -> str:
    """A plotted table with its axis in the head."""
    named = f"<caption>{breakable(caption)}</caption>" if caption else ""
    head = "".join(
        f"<td class=chart>{text}</td>" if text.startswith("<svg") else f"<th scope=col>{text}</th>"
        for text in heads
    )
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    below = f'<p class="remark">{plain(" ".join(remarks))}</p>' if remarks else ""
    return (
        f'<table class="plots">{named}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{below}"
    )
