"""The values of Python's number and string literals."""

from __future__ import annotations

import re
import unicodedata

_INTEGER_LIMIT = 2**63
_SIMPLE_ESCAPES = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\n": "",
    "\r": "",
    "\r\n": "",
}
_ESCAPE = re.compile(
    r"\\(?:(?P<simple>\r\n|[\\'\"abfnrtv\r\n])|(?P<octal>[0-7]{1,3})"
    r"|x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|N\{(?P<N>[^}]*)\})"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINE = re.compile(r"\r\n?")


def integer(text: str) -> int | float | None:
    """Return an integer literal's value; as a float past 64 bits, None past a float's range."""
    try:
        value = int(text, 0)
        return value if value < _INTEGER_LIMIT else float(value)
    except (ValueError, OverflowError):
        return None


def string(text: str) -> str | None:
    """Return the value of a string literal with its prefix and quotes; of bytes None."""
    if text[0] in "'\"":
        prefix = ""
    else:
        prefix = text[: min(position for quote in "'\"" if (position := text.find(quote)) > 0)]
        text = text[len(prefix) :]
    width = 3 if text[:3] in ('"""', "'''") else 1
    prefix = prefix.lower()
    if "b" in prefix:
        return None
    return content(text[width:-width], raw="r" in prefix)


def content(text: str, *, raw: bool) -> str | None:
    """Return what a literal's inside stands for; None for lone surrogates, which are no text."""
    if "\r" in text:
        text = _NEWLINE.sub("\n", text)
    if "\\" in text and not raw:
        text = _ESCAPE.sub(_unescaped, text)
        if _SURROGATE.search(text):
            return None
    return text


def _unescaped(escape: re.Match[str]) -> str:
    kind = escape.lastgroup
    spelling = escape[kind] if kind else ""
    if kind == "simple":
        return _SIMPLE_ESCAPES[spelling]
    if kind == "N":
        try:
            return unicodedata.lookup(spelling)
        except KeyError:
            return escape.group()
    code = int(spelling, 8 if kind == "octal" else 16)
    return chr(code) if code < 0x110000 else escape.group()
