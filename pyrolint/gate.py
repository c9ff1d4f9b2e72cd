"""The gate: is a file any of our business? Decided on its bytes, before anything is parsed.

A file that never imports Pyro, nor a wrapper named in the settings, is let go here. The test may
let through a file that merely mentions such an import; it never turns away one that has it,
in a Python file or in the JSON of a notebook.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache

# What may stand between two words of one import: blanks and continued lines. A notebook's JSON
# spells a tab, a form feed and a line end as escapes, and a line may go on in the next string of
# the list of lines.
_BLANK = rb'(?:[ \t\f]|\\[tf]|"\s*,\s*"|\\(?:\r\n|\r|\n)|\\\\(?:\\r\\n|\\r|\\n))'

_WIDE = ("utf-16-le", "utf-16-be")
_DYNAMIC = re.compile(rb"(?i)import(?:lib|orskip|_module|__|\w*\s*\()")


@lru_cache(maxsize=16)
def _patterns(roots: tuple[str, ...]) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Patterns for an import statement of one of ``roots``, and for a literal that names one."""
    name = b"(?:" + b"|".join(re.escape(root.encode()) for root in roots) + rb")(?!\w)"
    # Nothing is asked of what precedes the keyword: in JSON it may be the "n" of an escaped line
    # end. The modules before the name end at commas, which keeps the search linear.
    statement = re.compile(
        b"from" + _BLANK + b"+" + name + b"|"
        b"import" + _BLANK + rb"(?:(?:[\w.]|" + _BLANK + b")*,)*" + _BLANK + b"*" + name
    )
    literal = re.compile(rb"[\"']" + name)
    return statement, literal


def is_relevant(data: bytes, wrappers: Iterable[str] = ()) -> bool:
    """Say whether a file's bytes may import Pyro or one of ``wrappers`` (dotted module names)."""
    roots = ("pyro", *sorted({wrapper.partition(".")[0] for wrapper in wrappers}))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # Python does not read it, which is to be said of a file that is meant for Pyro.
        return any(root.encode(form) in data for root in roots for form in _WIDE)
    if not any(root.encode() in data for root in roots):
        return False
    statement, literal = _patterns(roots)
    if statement.search(data):
        return True
    return bool(literal.search(data)) and bool(_DYNAMIC.search(data))
