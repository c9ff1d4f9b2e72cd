"""One file's findings as diagnostics: levels, places, suppressions, and what these leave unused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pyrolint.diagnostic import Confirmation, Diagnostic, LocatedRelated, Span
from pyrolint.finding import Finding, Severity
from pyrolint.own_rules import SYNTAX_ERROR, UNKNOWN_CODE, UNUSED_SUPPRESSION
from pyrolint.registry import Described
from pyrolint.selection import Context
from pyrolint.source import Source
from pyrolint.suppress import (
    MISSPELT,
    Comment,
    Word,
    comment_tokens,
    hiding,
    may_hold_comments,
    read_comment,
    unknown_words,
    without,
)
from pyrolint.workspace import Workspace

NOT_UNDERSTOOD = (
    "this comment is meant for pyrolint but is not understood, so it hides nothing; "
    "write `# pyrolint: ignore[CODES]` or `# pyrolint: ignore-file[CODES]`"
)


@dataclass(frozen=True, slots=True)
class FileDiagnosis:
    """Makes one file's diagnostics.

    ``is_unused`` tells of a rule whether its silence about this file can be relied on, so that a
    suppression of it that hides nothing is unused.
    """

    path: str
    context: Context
    workspace: Workspace
    is_unused: Callable[[Described], bool]

    def diagnostics(self, found: Iterable[tuple[Described, Finding]]) -> list[Diagnostic]:
        """The diagnostics of the findings in this file that nothing hides, and of its comments."""
        made: list[Diagnostic] = []
        comments = list(self._comments())
        ignored = self.context.selection.ignored_in(self.path)
        used: set[tuple[Comment, Word | None]] = set()
        levelled = [
            (rule, finding, level)
            for rule, finding in found
            if (level := self.context.selection.severity(rule, finding.severity)) is not None
            and rule.code not in ignored
        ]
        self._prepare(finding for _, finding, _ in levelled)
        for rule, finding, level in levelled:
            span = self.workspace.span(finding.place)
            rows = self.workspace.statement_rows(finding.place)
            hidden = set(hiding(comments, rule, span, *rows))
            used |= hidden
            if not hidden:
                made.append(self._located(rule, finding, level, span, rows[1]))
        for comment in comments:
            for rule_code, diagnostic in self._about(comment, used):
                rule = self._own(rule_code)
                level = self.context.selection.severity(rule)
                row = comment.span.row
                hidden = set(hiding(comments, rule, comment.span, row, row))
                if level is not None and rule_code not in ignored and not hidden:
                    made.append(diagnostic)
        return made

    def syntax_error(self, message: str, span: Span) -> Diagnostic:
        """The diagnostic of a file that does not parse."""
        rule = self._own(SYNTAX_ERROR)
        level = self.context.selection.severity(rule) or rule.severity
        return Diagnostic(
            rule.code,
            rule.name,
            level,
            message,
            span,
            noqa_row=None,
            url=None,
            fingerprint=_fingerprint(rule.code, message),
        )

    def measured(
        self,
        rule: Described,
        message: str,
        rows: tuple[int, int],
        cell: int | None,
        level: Severity,
        confirmation: Confirmation,
        site: str | None = None,
        argument: str | None = None,
    ) -> Diagnostic | None:
        """The diagnostic of a fault that a run showed, unless it is off or a comment hides it.

        ``rows`` are those of the statement. Advice that was measured is shown without asking.
        """
        ignored = self.context.selection.ignored_in(self.path)
        if not self.context.selection.runs(rule) or rule.code in ignored:
            return None
        source = self.workspace.source(self.path)
        first, last = source.line(rows[0], cell), source.line(rows[1], cell)
        column = len(first) - len(first.lstrip()) + 1
        span = Span(self.path, cell, rows[0], column, rows[1], len(last.rstrip()) + 1)
        if any(True for _ in hiding(self._comments(), rule, span, *rows)):
            return None
        line = " ".join(first.split())
        return Diagnostic(
            rule.code,
            rule.name,
            self.context.selection.measured_severity(rule, level),
            message,
            span,
            rows[1],
            url=None,
            tips=rule.tips,
            site=site,
            argument=argument,
            fingerprint=_fingerprint(rule.code, line, site or "", argument or ""),
            confirmation=confirmation,
        )

    def _own(self, code: str) -> Described:
        rule = self.context.registry.find(code)
        if rule is None:
            raise KeyError(code)
        return rule

    # --- places ------------------------------------------------------------------------------

    def _prepare(self, findings: Iterable[Finding]) -> None:
        """Locate all places at once: a walk finds many as fast as one."""
        places: dict[str, dict[int, None]] = {}
        primary: list[int] = []
        for finding in findings:
            primary.append(finding.place.at)
            for place in (finding.place, *(related.place for related in finding.related)):
                places.setdefault(place.path, {})[place.at] = None
        for path, addresses in places.items():
            statements = primary if path == self.path else ()
            self.workspace.locate(path, addresses, statements)

    def _located(
        self, rule: Described, finding: Finding, level: Severity, span: Span, noqa_row: int
    ) -> Diagnostic:
        from pyrolint.edits import render

        line = " ".join(self.workspace.source(self.path).line(span.row, span.cell).split())
        return Diagnostic(
            rule.code,
            rule.name,
            level,
            finding.message,
            span,
            noqa_row,
            url=None,
            tips=rule.tips,
            related=tuple(
                LocatedRelated(self.workspace.span(related.place), related.message)
                for related in finding.related
            ),
            fix=render(finding.fix, self.workspace) if finding.fix is not None else None,
            program=finding.program,
            site=finding.site,
            argument=finding.argument,
            fingerprint=_fingerprint(rule.code, line, finding.site or "", finding.argument or ""),
        )

    # --- suppression comments ----------------------------------------------------------------

    def _comments(self) -> Iterator[Comment]:
        source = self.workspace.source(self.path)
        if not may_hold_comments(source.text):
            return
        for row, column, text in comment_tokens(source.text):
            where = source.range(row, column, row, column + len(text))
            span = Span(self.path, *where)
            alone = not source.line(span.row, span.cell)[: span.column - 1].strip()
            yield from read_comment(text, span, self.context.registry, alone=alone)

    def _about(
        self, comment: Comment, used: set[tuple[Comment, Word | None]]
    ) -> Iterator[tuple[str, Diagnostic]]:
        """What is to be said of a comment's unknown and unused words."""
        registry = self.context.registry
        if comment.kind == MISSPELT:
            yield UNKNOWN_CODE, self._comment_diagnostic(UNKNOWN_CODE, NOT_UNDERSTOOD, comment.span)
        unknown = dict(unknown_words(comment, registry))
        for word, message in unknown.items():
            yield UNKNOWN_CODE, self._comment_diagnostic(UNKNOWN_CODE, message, word.span)
        unused = [
            word
            for word in comment.words
            if word not in unknown and (comment, word) not in used
            if all(self.is_unused(r) for r in registry.described if comment.hides(word, r))
        ]
        if unused:
            names = " and ".join(word.text for word in unused)
            verb = "finds" if len(unused) == 1 else "find"
            where = "in this file" if comment.kind == "ignore-file" else "here"
            message = (
                f"{names} {verb} nothing {where}, so this suppression would only hide a later "
                "fault; remove it"
            )
            if comment.alone and comment.kind != "ignore-file":
                message += (
                    ", or put it on a line of the statement it is for: a comment on a line of its "
                    "own does not hold for the statement below it"
                )
            source = self.workspace.source(self.path)
            line = source.line(comment.span.row, comment.span.cell)
            fix = without(comment, unused, line, is_last=self._is_last(source, comment.span))
            diagnostic = self._comment_diagnostic(UNUSED_SUPPRESSION, message, comment.span)
            yield UNUSED_SUPPRESSION, replace(diagnostic, fix=fix)

    def _is_last(self, source: Source, span: Span) -> bool:
        cell = next(cell for cell in source.cells if cell.index == span.cell)
        return span.row >= len(cell.lines)

    def _comment_diagnostic(self, code: str, message: str, span: Span) -> Diagnostic:
        rule = self._own(code)
        return Diagnostic(
            rule.code,
            rule.name,
            self.context.selection.severity(rule) or rule.severity,
            message,
            span,
            noqa_row=span.row,
            url=None,
            fingerprint=_fingerprint(code, message),
        )


def _fingerprint(*parts: str) -> str:
    """A digest of what stays when lines move: the code, the line's own text, site and argument."""
    import hashlib

    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
