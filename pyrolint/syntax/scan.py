"""Regular expressions for the few tokens of Python that bound statements.

They tell code from strings and comments without a parser; what they cannot tell (the inside of a
formatted string, say) their users treat on the safe side.
"""

from __future__ import annotations

import re

# Each alternative is written so that it cannot fail once its quote has matched, and so that no
# character can be matched in two ways: the search stays linear on any input.
STRING = (
    r'"""[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*(?:"""|\\?\Z)'
    r"|'''[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*(?:'''|\\?\Z)"
    r'|"[^"\\\r\n]*(?:\\(?:\r\n|[\s\S])[^"\\\r\n]*)*"?'
    r"|'[^'\\\r\n]*(?:\\(?:\r\n|[\s\S])[^'\\\r\n]*)*'?"
)
COMMENT = r"#[^\r\n]*"
LINE_END = re.compile(r"\r\n|\r|\n")

STRING_OR_COMMENT = re.compile(f"{STRING}|{COMMENT}")

_BOUND = re.compile(
    rf"(?P<skipped>{STRING}|{COMMENT}|\\(?:\r\n|\r|\n))"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>\r\n|\r|\n)"
)


def end_of_statement(text: str, start: int) -> int:
    """Return the offset after the logical line that begins at ``start``, its line end included."""
    depth = 0
    for match in _BOUND.finditer(text, start):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "end" and depth == 0:
            return match.end()
    return len(text)
