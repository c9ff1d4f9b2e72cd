"""Words that messages share: names of sites, how a value gets to an argument, and remedies."""

from __future__ import annotations

import math

from pyrolint.semantics.program import Breach
from pyrolint.semantics.sets import Interval, Set, Structured, constraint_code, describe
from pyrolint.semantics.shapes import Dimension, Shape

_FAMILIES = {(0.0, math.inf): "LogNormal", (0.0, 1.0): "Beta"}
_STRUCTURED_FAMILIES = {
    "simplex": "Dirichlet",
    "corr_cholesky": "LKJCholesky",
    "corr_matrix": "LKJ",
    "sphere": "ProjectedNormal",
}


def named(kind: str, name: str | None, unnamed: str) -> str:
    """``kind`` with the name in backquotes; ``unnamed`` where of the name nothing is known."""
    return f"{kind} `{name}`" if name and name.replace("{}", "") else unnamed


def passage(breach: Breach, subject: str, verb: str, site_name: str | None) -> str:
    """How the subject, source of the breach, gets to the argument and does not fit there.

    ``verb`` joins the subject to its set. Where something on the way changes the values, what
    arrives is said instead.
    """
    site = named("site", site_name, "a site")
    gets = describe(breach.gets)
    if breach.origin is not None and breach.origin.members == breach.gets:
        return f"{subject} {verb} {gets}, but {site} takes it as {breach.use}"
    return f"{subject} reaches {site} as {gets} and serves as {breach.use}"


def size_words(size: Dimension, shape: Shape = ()) -> str:
    """A size as users know it; the letter that it has in ``shape`` where only the data know it."""
    if isinstance(size, str):
        return _letters(shape).get(size, "N")
    return "?" if size is None else str(size)


def shape_words(shape: Shape | None) -> str:
    """A shape as torch prints it: ``(10, 3)``, with a letter for each size that data give."""
    if shape is None:
        return "?"
    words = [size_words(size, shape) for size in shape]
    return f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})"


def _letters(shape: Shape) -> dict[str, str]:
    symbols = dict.fromkeys(size for size in shape if isinstance(size, str))
    return dict(zip(symbols, "NMKL", strict=False))


def constraint_words(members: Set) -> str | None:
    """The constraint of this set as users write it: ``constraints.positive``."""
    code = constraint_code(members)
    return None if code is None else code.replace("{pyro.distributions.", "").replace("}", "")


def family_onto(members: Set) -> str | None:
    """A well-known continuous family of this very support, by its last name."""
    if isinstance(members, Structured):
        return _STRUCTURED_FAMILIES.get(members.name)
    return None if members.integer else _FAMILIES.get((members.lower, members.upper))


def transform_onto(members: Set) -> str:
    """What takes any real numbers onto the set."""
    if isinstance(members, Structured) and members.name == "simplex":
        return "softmax"
    if isinstance(members, Interval) and not members.integer:
        if (members.lower, members.upper) == (0.0, math.inf):
            return "softplus or exp"
        if (members.lower, members.upper) == (0.0, 1.0):
            return "sigmoid"
    words = constraint_words(members)
    return "a transform onto that set" if words is None else f"`transform_to({words})`"
