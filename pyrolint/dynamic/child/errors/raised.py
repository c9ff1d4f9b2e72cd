"""Where an error comes from: the library's function that raised it, with its local variables.

Pyro's texts change from version to version, its places seldom do; so that an error is known by
its type and by the function that raised it, never by what it says.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from pyrolint.dynamic.child.observation.positions import is_users, raising_position
from pyrolint.dynamic.child.observation.recorders import POSITION
from pyrolint.dynamic.messages import Position

_RAISING = frozenset(dis.opmap[name] for name in ("RAISE_VARARGS", "RERAISE") if name in dis.opmap)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it was raised from; Pyro raises anew to add shapes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


@dataclass(frozen=True, slots=True)
class Place:
    """A function on the way to an error: ``pyro.util.check_site_shape``, and what it held.

    ``is_users`` tells whether it is the user's own; ``raises`` whether the line has a ``raise``
    or an ``assert``, and did not merely call something written in another language.
    """

    name: str
    values: Mapping[str, Any]
    is_users: bool
    raises: bool


def places(error: BaseException) -> Iterator[Place]:
    """The functions on the way to an error, the one that raised it first."""
    steps: list[TracebackType] = []
    step = error.__traceback__
    while step is not None:
        steps.append(step)
        step = step.tb_next
    for each in reversed(steps):
        frame = each.tb_frame
        code = frame.f_code
        yield Place(
            f"{frame.f_globals.get('__name__', '')}.{code.co_name}",
            frame.f_locals,
            is_users(code.co_filename),
            code.co_code[each.tb_lasti] in _RAISING,
        )


def raised_by(error: BaseException | None, *names: str) -> Mapping[str, Any] | None:
    """What the function that raised an error held, if it is one of these."""
    if error is None:
        return None
    place = next(places(error), None)
    return place.values if place is not None and place.name in names else None


def error_position(error: BaseException) -> Position | None:
    """The user's line behind an error: where the site stands that Pyro was busy with, if any."""
    for place in places(error):
        if place.is_users:
            break
        for name in ("guide_site", "site"):
            site = place.values.get(name)
            if isinstance(site, dict) and isinstance(site.get(POSITION), Position):
                position: Position = site[POSITION]
                return position
    return raising_position(error)


def first_line(error: BaseException) -> str:
    """The error's type and the first line of its text; the next too, where it only leads there."""
    lines = [each.strip() for each in str(error).strip().splitlines() if each.strip()]
    said = " ".join(lines[:2]) if lines and lines[0].endswith(":") else "".join(lines[:1])
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
