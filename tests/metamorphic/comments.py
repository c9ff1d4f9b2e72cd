"""Write comments and blank lines wherever Python takes them."""

from __future__ import annotations

import io
import tokenize

from metamorphic.program import Files, Transformed

# Comments that would matter to whoever read them as code.
TRAILING = "  # constraint=constraints.positive"
OWN_LINE = "# import pyro; pyro.param('scale', torch.tensor(-1.0))"


def add_comments(files: Files) -> Transformed:
    """A comment at the end of each line and one, after a blank line, above each statement."""
    return Transformed({path: _commented(text) for path, text in files.items()})


def _commented(text: str) -> str:
    lines = text.splitlines()
    starts_statement = True
    above: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        row = token.start[0] - 1
        if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT):
            continue
        if token.type in (tokenize.NEWLINE, tokenize.NL):
            if row < len(lines) and lines[row].strip() and "#" not in lines[row]:
                lines[row] += TRAILING
            starts_statement = starts_statement or token.type == tokenize.NEWLINE
        elif token.type != tokenize.ENDMARKER and starts_statement:
            above[row] = " " * token.start[1] + OWN_LINE
            starts_statement = False
    commented: list[str] = []
    for row, line in enumerate(lines):
        if row in above:
            commented += ["", above[row]]
        commented.append(line)
    return "\n".join(commented) + "\n"
