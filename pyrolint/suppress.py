"""Suppression comments: what they hide, and which of them hide nothing.

``# pyrolint: ignore[CODES] reason`` and ``# noqa: CODES`` hold for the simple statement, or the
header and decorators of the compound statement, on whose lines they stand;
``# pyrolint: ignore-file[CODES]`` holds for the file. Codes may be prefixes or rules' names, and
without codes a comment holds for every rule.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pyrolint.diagnostic import LocatedFix, Span, TextEdit
from pyrolint.registry import SYNTAX_ERROR, Described, Registry
from pyrolint.settings_values import nearest

_MARKER = re.compile(r"#\s*(?:pyrolint\s*:|noqa)", re.IGNORECASE)
_OWN = re.compile(r"#\s*pyrolint\s*:")
_KNOWN = re.compile(
    r"#\s*pyrolint\s*:\s*(ignore-file|ignore)(?:\s*\[([^\[\]#]*)\]|(?=\s+(?![A-Z]{3,4}\d)[^\s\[]|\s*$))"
)
_NOQA = re.compile(r"#\s*noqa(?![\w-])(?:\s*:((?:[\s,]*[A-Za-z][\w-]*)*))?", re.IGNORECASE)
MISSPELT = "misspelt"
_WORD = re.compile(r"[^\s,]+")
_FOREIGN = re.compile(r"[A-Z]+[0-9]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A code, prefix or name in a comment, at the columns it stands in."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """One suppression comment; ``span`` reaches from its ``#`` to its end or the next ``#``.

    ``words`` is empty for a comment without codes. ``foreign`` are other linters' codes in a
    ``noqa``. ``codes`` is the range of all of them. ``alone`` tells that nothing else stands on
    its line. A comment of the kind ``misspelt`` is meant for pyrolint, and hides nothing.
    """

    kind: str
    span: Span
    words: tuple[Word, ...] = ()
    foreign: tuple[str, ...] = ()
    codes: Span | None = None
    alone: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether it names no codes and so holds for every rule."""
        return not self.words and not self.foreign and self.kind != MISSPELT

    def hides(self, word: Word, rule: Described) -> bool:
        """Whether ``word`` stands for ``rule``."""
        return rule.name == word.text or (
            word.text[:1].isupper() and rule.code.startswith(word.text)
        )

    def covers(self, span: Span, first_row: int, last_row: int) -> bool:
        """Whether it stands where it can hide a finding of that statement."""
        if self.kind == "ignore-file":
            return span.filename == self.span.filename
        return (
            span.filename == self.span.filename
            and span.cell == self.span.cell
            and first_row <= self.span.row <= last_row
        )


def may_hold_comments(text: str) -> bool:
    """Whether looking for comments in ``text`` is worth while."""
    return bool(_MARKER.search(text))


def comment_tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """Row (from 1), column (from 1) and text of the comments in Python source.

    Where the running Python's tokenizer stumbles over source that parses elsewhere, the comments
    before that place are given.
    """
    import tokenize

    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.start[1] + 1, token.string
    except (tokenize.TokenError, SyntaxError):
        return


def read_comment(text: str, span: Span, registry: Registry, *, alone: bool) -> Iterator[Comment]:
    """The suppressions in one comment of source, whose whole range is ``span``."""
    for part in re.finditer(r"#[^#]*", text):
        stripped = part.group().rstrip()

        def at(start: int, end: int, offset: int = part.start()) -> Span:
            column = span.column + offset
            row = span.row
            return Span(span.filename, span.cell, row, column + start, row, column + end)

        whole = at(0, len(stripped))
        is_alone = alone and stripped == text.rstrip()
        if _OWN.match(stripped):
            own = _KNOWN.match(stripped)
            words = tuple(_words(own, 2, at)) if own is not None else ()
            if own is None or (own.group(2) is not None and not words):
                yield Comment(MISSPELT, whole, alone=is_alone)
            else:
                codes = at(*own.span(2)) if words else None
                yield Comment(own.group(1), whole, words, codes=codes, alone=is_alone)
        elif noqa := _NOQA.match(stripped):
            # What follows the codes is a reason.
            named = tuple(
                itertools.takewhile(lambda word: _is_code(word.text, registry), _words(noqa, 1, at))
            )
            ours = tuple(word for word in named if _is_ours(word.text, registry))
            foreign = tuple(word.text for word in named if not _is_ours(word.text, registry))
            # A colon with no code behind it is somebody's sentence, not a blanket suppression.
            if named or noqa.group(1) is None:
                yield Comment("noqa", whole, ours, foreign, _around(named), is_alone)


def _words(match: re.Match[str], group: int, at: Callable[[int, int], Span]) -> Iterator[Word]:
    """The words in one group of a comment's match."""
    for word in _WORD.finditer(match.group(group) or ""):
        start = match.start(group)
        yield Word(word.group(), at(start + word.start(), start + word.end()))


def _is_ours(text: str, registry: Registry) -> bool:
    return registry.find(text) is not None or text.startswith(tuple(registry.prefixes))


def _is_code(text: str, registry: Registry) -> bool:
    return _is_ours(text, registry) or _FOREIGN.fullmatch(text) is not None


def _around(words: tuple[Word, ...]) -> Span | None:
    if not words:
        return None
    first, last = words[0].span, words[-1].span
    return replace(first, end_row=last.end_row, end_column=last.end_column)


def hiding(
    comments: Iterable[Comment], rule: Described, span: Span, first_row: int, last_row: int
) -> Iterator[tuple[Comment, Word | None]]:
    """The comments that hide a finding, each with the word that does; none hides PYR000."""
    if rule.code == SYNTAX_ERROR:
        return
    for comment in comments:
        if not comment.covers(span, first_row, last_row):
            continue
        if comment.is_bare:
            yield comment, None
        for word in comment.words:
            if comment.hides(word, rule):
                yield comment, word


def unknown_words(comment: Comment, registry: Registry) -> Iterator[tuple[Word, str]]:
    """The words that stand for no rule, with a sentence on each."""
    for word in comment.words:
        if not any(comment.hides(word, rule) for rule in registry.described):
            hint = nearest(word.text, registry.words) or "; remove it"
            yield word, f"{word.text!r} in this comment names no rule, so it hides nothing{hint}"


def without(comment: Comment, unused: Iterable[Word], line: str, *, is_last: bool) -> LocatedFix:
    """The safe fix that takes ``unused`` words out of a comment, or all of it where none is left.

    ``line`` is the text of the comment's line, without its end; ``is_last`` tells that no line
    follows it.
    """
    span = comment.span
    dropped = set(unused)
    kept = (*comment.foreign, *(word.text for word in comment.words if word not in dropped))
    if kept and comment.codes is not None:
        edit = TextEdit(comment.codes, ", ".join(kept))
        return LocatedFix("Take the unused codes out of the comment", (edit,), safe=True)
    before, after = line[: span.column - 1], line[span.end_column - 1 :]
    if comment.alone and not is_last:
        removed = replace(span, column=1, end_row=span.row + 1, end_column=1)
    elif after.strip():
        # Another comment follows: the blanks before this one serve that one.
        blanks = len(after) - len(after.lstrip())
        removed = replace(span, end_column=span.end_column + blanks)
    else:
        removed = replace(span, column=len(before.rstrip()) + 1, end_column=len(line) + 1)
    return LocatedFix("Remove the unused suppression", (TextEdit(removed, ""),), safe=True)
