"""Source that the native parser would crash or hang on, found by a scan that costs next to nothing.

The parser recurses into brackets, operators and ``elif`` and overflows its stack on some thousands
of them, and it takes quadratic time over long chains. All but the ``elif`` lie within one logical
line, so a first pass only measures logical lines; the few long ones are looked at token by token.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pyrolint.syntax.scan import LINE_END, STRING_OR_COMMENT

NESTING_LIMIT = 100
LINK_LIMIT = 500
OPERATOR_LIMIT = 1000
STRING_LIMIT = 3000
ELEMENT_LIMIT = 50_000
ELIF_LIMIT = 1000

# No statement under both of these comes near a limit that matters to the parser.
_LONG = 300
_MANY_BRACKETS = 50

_TOKEN = re.compile(
    r'(?P<string>[bBfFrRtTuU]{0,2}"")|(?P<operand>\d[\w.]*|\w+)|(?P<open>[(\[{])|(?P<close>[)\]}])'
    r"|(?P<dot>\.)|(?P<comma>,)|(?P<reset>[=;](?!=))|(?P<colon>:)|(?P<operator>\*\*|//|<<|>>|[-+*/%@&|^~<>])"
)
_PREFIXES = frozenset("ftFT")
_BRACES = re.compile(r"\{\{|\}\}|[{}]")
_ELIF = re.compile(r"[ \t]*(?:(?P<elif>elif\b)|(?P<else>else\b)|(?P<blank>\Z))?")


@dataclass(frozen=True, slots=True)
class Excess:
    """Where a limit is passed, as an offset in the text, and what there is too much of."""

    offset: int
    what: str


def excess(text: str) -> Excess | None:
    """Return the first place of ``text`` that the parser must not see, or None."""
    if text.count("elif") > ELIF_LIMIT and (found := _excess_of_elif(text)):
        return found
    masked, formatted = _masked(text)
    for start, end in formatted:
        for field in _replacement_fields(text[start:end]):
            if found := excess(field):
                return Excess(start, found.what)
    for start, end in _long_statements(masked):
        if found := _statement_excess(masked[start:end]):
            return _exact(text, found)
    return None


def _masked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text with empty strings and no comments, and where long f-strings stand in it."""
    pieces: list[str] = []
    formatted: list[tuple[int, int]] = []
    position = 0
    for match in STRING_OR_COMMENT.finditer(text):
        start, end = match.span()
        pieces.append(text[position:start])
        if text[start] != "#":
            pieces.append('""')
            if end - start > _LONG and _PREFIXES.intersection(text[max(0, start - 2) : start]):
                formatted.append((start, end))
        position = end
    pieces.append(text[position:])
    return "".join(pieces), formatted


def _replacement_fields(literal: str) -> Iterator[str]:
    """Yield what stands in the outermost braces of a formatted string's literal."""
    depth = start = 0
    for brace in _BRACES.finditer(literal):
        if brace.group() == "{":
            depth += 1
            if depth == 1:
                start = brace.end()
        elif brace.group() == "}" or (brace.group() == "}}" and depth):
            depth = max(0, depth - len(brace.group()))
            if depth == 0:
                yield literal[start : brace.start()]
        elif brace.group() == "{{" and depth:
            depth += 2
    if depth:
        yield literal[start:]


def _long_statements(masked: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the logical lines that are long or full of brackets."""
    plain = masked.replace("[", "(").replace("{", "(").replace("]", ")").replace("}", ")")
    if "\r" in plain:
        plain = plain.replace("\r\n", " \n").replace("\r", "\n")
    start = position = depth = brackets = 0
    for line in plain.split("\n"):
        position += len(line) + 1
        if "(" in line or ")" in line:
            opened = line.count("(")
            brackets += opened
            depth += opened - line.count(")")
        if depth <= 0 and not line.endswith("\\"):
            if position - start > _LONG or brackets > _MANY_BRACKETS:
                yield start, position
            start = position
            depth = brackets = 0
    if depth > 0:
        yield start, position


class _Level:
    """The expression at hand between two brackets: how long its parts have grown."""

    __slots__ = ("lambdas", "links", "operators", "strings")

    def __init__(self) -> None:
        self.links = self.operators = self.strings = self.lambdas = 0


def _statement_excess(statement: str) -> Excess | None:
    """Return the first excess within one logical line, without strings and comments."""
    level = _Level()
    outer: list[_Level] = []
    operators = elements = 0
    after_operand = False
    previous = ""
    for token in _TOKEN.finditer(statement):
        kind = token.lastgroup
        what = None
        if kind == "open":
            if after_operand:
                level.links += 1
                if level.links > LINK_LIMIT:
                    what = f"a chain of more than {LINK_LIMIT} attributes and calls"
            outer.append(level)
            level = _Level()
            if len(outer) > NESTING_LIMIT:
                what = f"brackets nested more than {NESTING_LIMIT} deep"
        elif kind == "close":
            if outer:
                operators -= level.operators
                level = outer.pop()
        elif kind == "dot":
            level.links += 1
            if level.links > LINK_LIMIT:
                what = f"a chain of more than {LINK_LIMIT} attributes and calls"
        elif kind == "comma" or kind == "reset":
            elements += kind == "comma"
            operators -= level.operators - level.lambdas
            level.operators = level.lambdas
            if elements > ELEMENT_LIMIT:
                what = f"a literal or call of more than {ELEMENT_LIMIT:,} elements"
        elif kind == "string":
            level.strings = level.strings + 1 if previous == "string" else 1
            if level.strings > STRING_LIMIT:
                what = f"more than {STRING_LIMIT:,} strings side by side"
        elif kind == "operator" or (kind == "operand" and keyword.iskeyword(token.group())):
            level.operators += 1
            level.lambdas += token.group() == "lambda"
            operators += 1
            if operators > OPERATOR_LIMIT:
                what = f"an expression of more than {OPERATOR_LIMIT:,} operators"
            kind = "operator"
        elif kind == "operand" and previous != "dot":
            level.links = 0
        if what is not None:
            return Excess(token.start(), what)
        after_operand = kind in ("operand", "close", "string")
        previous = kind or ""
    return None


def _excess_of_elif(text: str) -> Excess | None:
    counts: dict[str, int] = {}
    offset = 0
    masked = STRING_OR_COMMENT.sub(_blanked, text)
    ends = LINE_END.finditer(f"{masked}\n")
    for line, end in zip(LINE_END.split(masked), ends, strict=True):
        match = _ELIF.match(line)
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if match and match["elif"]:
            counts[indent] = counts.get(indent, 0) + 1
            if counts[indent] > ELIF_LIMIT:
                return Excess(offset, f"an if with more than {ELIF_LIMIT:,} elif")
        elif not (match and (match["else"] or match["blank"] is not None)):
            counts = {
                deeper: count for deeper, count in counts.items() if len(deeper) < len(indent)
            }
        offset = end.end()
    return None


def _exact(text: str, found: Excess) -> Excess:
    """Find again, with its offset in the text, an excess found in the shortened text."""
    masked = STRING_OR_COMMENT.sub(_blanked, text)
    for start, end in _long_statements(masked):
        if again := _statement_excess(masked[start:end]):
            return Excess(start + again.offset, again.what)
    return found


def _blanked(match: re.Match[str]) -> str:
    """Keep the length of a string or comment; of a string the empty string at its start."""
    length = match.end() - match.start()
    return " " * length if match.group()[0] == "#" else '""'.ljust(length)[:length]
