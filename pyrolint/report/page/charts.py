"""Plots as table rows: intervals and bars on axes that hold several orders of magnitude.

Positions are percentages of the plot's width, so that plots follow the page's width while their
lines and letters keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pyrolint.report.markup import plain
from pyrolint.report.page.text import MINUS, power

HEIGHT = 22
_INSET = 3.0
_MOST_TICKS = 7
_CLEARANCE = 0.2
_FARTHEST = 1e15


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from ``low`` to ``high`` (in the data's unit) and the values that are marked."""

    low: float
    high: float
    forward: Callable[[float], float]
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """Where a value stands, in percent of the width; values outside stand at the edge."""
        low, high = self.forward(self.low), self.forward(self.high)
        share = (self.forward(value) - low) / (high - low)
        return _INSET + (100 - 2 * _INSET) * min(1.0, max(0.0, share))

    def header(self) -> str:
        """The axis's numbers, for the table's head."""
        parts = [
            f'<text x="{self.at(value):.2f}%" y="12">{plain(label)}</text>'
            for value, label in self.ticks
        ]
        return f'<svg class="axis" height="16" aria-hidden="true">{"".join(parts)}</svg>'

    def row(self, marks: Iterable[str], label: str) -> str:
        """A row's plot over the axis's lines; ``label`` says it in words."""
        lines = "".join(
            f'<line class="grid" x1="{self.at(value):.2f}%" x2="{self.at(value):.2f}%" '
            f'y1="0" y2="{HEIGHT}"/>'
            for value, _ in self.ticks
        )
        return (
            f'<svg class="plot" height="{HEIGHT}" role="img" aria-label="{plain(label)}">'
            f"{lines}{''.join(marks)}</svg>"
        )

    def band(self, start: float, end: float, tone: str) -> str:
        """A shaded range over the row's whole height."""
        left, right = self.at(start), self.at(end)
        return (
            f'<rect class="band {tone}" x="{left:.2f}%" width="{right - left:.2f}%" y="0" '
            f'height="{HEIGHT}"/>'
        )

    def interval(self, start: float, middle: float, end: float, tone: str) -> str:
        """A line from start to end with a dot in its middle."""
        y = HEIGHT / 2
        return (
            f'<line class="interval {tone}" x1="{self.at(start):.2f}%" '
            f'x2="{self.at(end):.2f}%" y1="{y}" y2="{y}"/>'
            f'<circle class="dot {tone}" cx="{self.at(middle):.2f}%" cy="{y}" r="4"/>'
        )

    def bar(self, value: float, tone: str) -> str:
        """A bar from the left edge to the value."""
        left, right = self.at(self.low), self.at(value)
        return (
            f'<rect class="bar {tone}" x="{left:.2f}%" width="{max(right - left, 0.4):.2f}%" '
            f'y="5" height="{HEIGHT - 10}" rx="2"/>'
        )

    def threshold(self, value: float) -> str:
        """A dashed line at a limit."""
        x = self.at(value)
        return f'<line class="threshold" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="{HEIGHT}"/>'


def symmetric(extent: float, unit: float = 1.0) -> Axis:
    """An axis around zero: linear within ``unit``, logarithmic from there to ``extent``."""
    extent = min(max(extent, unit), unit * _FARTHEST)
    decades = max(0, math.floor(math.log10(extent / unit)))
    step = max(1, math.ceil((decades + 1) / ((_MOST_TICKS - 1) // 2)))
    outer = [unit * 10.0**exponent for exponent in range(decades, -1, -step)][::-1]
    # A tick next to zero would stand on zero's own number.
    clear = _CLEARANCE * math.asinh(extent / unit)
    outer = [value for value in outer if math.asinh(value / unit) >= clear]
    ticks = [*(-value for value in reversed(outer)), 0.0, *outer]
    return Axis(
        -extent,
        extent,
        lambda value: math.asinh(value / unit),
        tuple((value, short(value)) for value in ticks),
    )


def logarithmic(values: Sequence[float], low: float, high: float) -> Axis:
    """A logarithmic axis over the positive values, and over low to high at least."""
    positive = [min(max(value, 1 / _FARTHEST), _FARTHEST) for value in values if value > 0]
    first = math.floor(math.log10(min([*positive, low])))
    last = math.ceil(math.log10(max([*positive, high])))
    step = max(1, math.ceil((last - first) / (_MOST_TICKS - 1)))
    exponents = range(first, last + 1, step)
    start, end = 10.0**first, 10.0**last
    return Axis(
        start,
        end,
        lambda value: math.log10(max(value, start)),
        tuple((10.0**exponent, short(10.0**exponent)) for exponent in exponents),
    )


def short(value: float) -> str:
    """A tick's number: plain from a hundredth to a thousand, else a power of ten."""
    if value == 0:
        return "0"
    sign = MINUS if value < 0 else ""
    size = abs(value)
    if 0.01 <= size < 10_000:
        return f"{sign}{size:g}"
    exponent = round(math.log10(size))
    return f"{sign}10{power(exponent)}"
