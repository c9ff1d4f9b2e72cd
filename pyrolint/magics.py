"""IPython's extensions of Python in a notebook's cell, put out of the parser's way.

Rows stay where they are, and so do the columns of the Python that a magic carries
(``%time svi.step(x)``).
"""

from __future__ import annotations

import re

from pyrolint.syntax.scan import LINE_END, end_of_statement

# Magics that run their argument, and cell magics that run their body, as Python in the notebook's
# own namespace. Any other cell magic hands its body to something else.
_RUNS_PYTHON = r"(?:timeit|time|prun|memit|mprun|lprun|snakeviz)"
_PYTHON_CELLS = frozenset(
    {"capture", "lprun", "memit", "mprun", "prun", "snakeviz", "time", "timeit"}
)

_CONTINUED = r"(?:[^\\\r\n]|\\(?:\r\n|[\s\S]|\Z))*"
_EXTENSION = re.compile(r"(?:\A|[\r\n])[ \t]*[%!?]|=[ \t]*[%!]|\?[ \t]*(?:[\r\n]|\Z)")
_CELL_MAGIC = re.compile(r"(?P<before>(?:[ \t]*(?:\r\n|\r|\n))*)%%(?P<name>\w*)[^\r\n]*")
_ESCAPE = re.compile(rf"(?P<before>[ \t]*)(?P<command>[%!?]{_CONTINUED})")
_ASSIGNED = re.compile(rf"(?P<before>[\w.,*\[\]() \t]+=[ \t]*)(?P<command>[%!]{_CONTINUED})")
_HELP = re.compile(r"(?P<before>[ \t]*)(?P<command>[^\s\"'#][^\r\n\"'#]*\?)[ \t]*(?=[\r\n]|\Z)")
_TIMED = re.compile(rf"%{_RUNS_PYTHON}(?:[ \t]+-{{1,2}}\w+(?:[ \t]+\d+)?)*[ \t]+(?=[^\s-])")
_COMPOUND = re.compile(r"(?:async|class|def|for|if|try|while|with)\b")


def without_magics(cell: str) -> str | None:
    """Return the cell's Python with as many rows, or None where the cell isn't Python at all."""
    if not _EXTENSION.search(cell):
        return cell
    done: list[str] = []
    position = 0
    while magic := _CELL_MAGIC.match(cell, position):
        if magic["name"] not in _PYTHON_CELLS:
            return None
        done.append(f"{magic['before']}pass")
        position = magic.end()
        if end := LINE_END.match(cell, position):
            done.append(end.group())
            position = end.end()
    while position < len(cell):
        if escape := _ESCAPE.match(cell, position):
            done.append(escape["before"] + _statement(escape["command"]))
            position = escape.end()
        elif assigned := _ASSIGNED.match(cell, position):
            done.append(assigned["before"] + _value(assigned["command"]))
            position = assigned.end()
        elif asked := _HELP.match(cell, position):
            done.append(f"{asked['before']}pass")
            position = asked.end()
        end_of_line = end_of_statement(cell, position)
        done.append(cell[position:end_of_line])
        position = end_of_line
    return "".join(done)


def _statement(command: str) -> str:
    """Write the statement that stands for a magic on a line of its own."""
    timed = _TIMED.match(command)
    if timed is None or _COMPOUND.match(command, timed.end()):
        return "pass" + _line_ends(command)
    # As long as "%time", so that what is timed keeps its columns.
    return "None;".ljust(timed.end()) + command[timed.end() :]


def _value(command: str) -> str:
    """Write the expression that stands for a magic whose result is assigned."""
    timed = _TIMED.match(command)
    if timed is None:
        return "..." + _line_ends(command)
    return " " * timed.end() + command[timed.end() :]


def _line_ends(command: str) -> str:
    """Return the line ends of a continued command, which keep the rows below in place."""
    # A lone "\\r" would make one end with a "\\n" that follows the command.
    return "\n" * len(LINE_END.findall(command))
