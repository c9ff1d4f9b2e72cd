"""Text for HTML: escaping, numbers, durations and sizes as people read them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pyrolint.report.markup import plain

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
_SHOWN = 12
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SEPARATOR = re.compile(r"(?<=.)([/.:_\\])(?=.)")
_CODE = re.compile(r"`([^`]+)`")


def prose(value: str) -> str:
    """A sentence for users: escaped, and what stands in backticks set as code."""
    return _CODE.sub(r"<code>\1</code>", plain(value))


def breakable(value: str) -> str:
    """A name or path that may wrap after each separator."""
    return _SEPARATOR.sub(r"\1<wbr>", plain(value))


def finite(value: object) -> float | None:
    """``value`` as a float where it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def number(value: object) -> str:
    """A number at up to four significant digits; what is none is named."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) < 10**7:
        return str(value)
    if isinstance(value, str):
        return value
    exact = finite(value)
    if exact is None:
        return _unbounded(value)
    if exact != 0 and not 1e-3 <= abs(exact) < 1e6:
        mantissa, exponent = f"{exact:.2e}".split("e")
        short = mantissa.rstrip("0").rstrip(".")
        return f"{short.replace('-', MINUS)} {TIMES} 10{power(int(exponent))}"
    shown = f"{exact:.4g}" if abs(exact) < 1e4 else f"{exact:,.0f}"
    return shown.replace("-", MINUS)


def power(exponent: int) -> str:
    """An exponent as superscript characters, which need no markup."""
    return str(exponent).translate(_SUPERSCRIPT)


def _unbounded(value: object) -> str:
    """The words for NaN, infinities, and integers past any float."""
    if isinstance(value, float) and math.isnan(value):
        return "not a number"
    if isinstance(value, (int, float)):
        return "∞" if value > 0 else f"{MINUS}∞"
    return str(value)


def figure(value: Any) -> str:
    """Any JSON value in one line: numbers rounded, long lists cut."""
    if isinstance(value, Mapping):
        pairs = [f"{key}: {figure(item)}" for key, item in value.items()]
        return _cut(pairs)
    if isinstance(value, (list, tuple)):
        return _cut([figure(item) for item in value])
    return number(value)


def _cut(items: list[str]) -> str:
    """Items with commas; of a long list its head and its length."""
    if not items:
        return "none"
    if len(items) <= _SHOWN:
        return ", ".join(items)
    return f"{', '.join(items[:_SHOWN])}, … ({len(items)} in all)"


def words(name: str) -> str:
    """A key as words: ``seconds_to_step`` reads ``seconds to step``."""
    return name.replace("_", " ").strip() or name


def seconds(value: float | None) -> str:
    """A duration in µs, ms or s; zero and what is no number read as not measured."""
    exact = finite(value)
    if exact is None or exact <= 0:
        return MISSING
    if exact < 1e-3:
        return f"{exact * 1e6:.3g} µs"
    if exact < 1:
        return f"{exact * 1e3:.3g} ms"
    return f"{exact:.3g} s" if exact < 100 else f"{exact:.0f} s"


def size(octets: int) -> str:
    """A size in MiB or GiB; zero reads as not measured."""
    if octets <= 0:
        return MISSING
    mebibytes = octets / 2**20
    return f"{mebibytes:.0f} MiB" if mebibytes < 1024 else f"{mebibytes / 1024:.1f} GiB"


def listed(names: Sequence[str]) -> str:
    """``cpu``, ``cpu and cuda``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def counted(count: int, noun: str) -> str:
    """``1 step``, ``2 steps``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
