"""Python's functions of iterables: what they hand out, how many, and containers made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

from pyrolint.semantics.alternatives import summary
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import (
    entries_of,
    items_of,
    known_entries,
    new_dictionary,
    new_list,
)
from pyrolint.semantics.library.containers import one_of
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.sizes import measure
from pyrolint.semantics.values import (
    NONE,
    Choice,
    Constant,
    Dictionary,
    List,
    Numeric,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

Callee = Callable[[Machine, Arguments, Place], Value]
_FAR = 2**53
"""Beyond this, a range is as good as endless."""


def _count(start: int = 0) -> Numeric:
    """A whole number that is not known."""
    members = Interval(start, math.inf, End.CLOSED, integer=True)
    return Numeric(members, None, None, (), "int", "number", shape=(), independent=True)


def _range(machine: Machine, arguments: Arguments, place: Place) -> Value:
    numbers = [
        each.value if isinstance(each, Constant) and isinstance(each.value, int) else None
        for each in arguments.positional
    ]
    if numbers and all(number is not None for number in numbers):
        bounds = [number for number in numbers if number is not None]
        if len(bounds) < 3 or bounds[2] != 0:
            span = range(*(max(-_FAR, min(bound, _FAR)) for bound in bounds))
            if len(span) <= 64:
                return Tuple(tuple(Constant(number) for number in span))
            low, high = min(span[0], span[-1]), max(span[0], span[-1])
            members = Interval(low, high, End.ATOM, End.ATOM, integer=True)
            return Sequence(Numeric(members, members, members, (), "int", "number",
                                    shape=(), independent=True), Constant(len(span)),
                            _counted(arguments))  # fmt: skip
    return Sequence(_count(), _stop(arguments), _counted(arguments))


def _counted(arguments: Arguments) -> tuple[Hashable, ...]:
    """Where ``range(…)`` begins, and by how much it goes on."""
    given = arguments.positional
    start = given[0] if len(given) > 1 else Constant(0)
    step = given[2] if len(given) > 2 else Constant(1)
    numbers = [each.value for each in (start, step) if isinstance(each, Constant)]
    return ("range", *numbers) if len(numbers) == 2 else ("range", object())


def _stop(arguments: Arguments) -> Value | None:
    """Where ``range(stop)`` ends, by the decisions that settle it."""
    stop = arguments.positional[0] if len(arguments.positional) == 1 else None
    if isinstance(stop, Choice) and all(
        isinstance(each, Constant) and isinstance(each.value, int) for _, each in stop.alternatives
    ):
        return stop
    return None


def _length(value: Value, contents: tuple[Value, ...] | Value) -> Value | None:
    """How many items an iterable has, where that is known."""
    if isinstance(contents, tuple):
        return Constant(len(contents))
    return value.length if isinstance(value, Sequence) else None


def _list(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if not arguments.positional:
        return new_list(machine, ())
    contents = machine.iterate(arguments.positional[0], place)
    if isinstance(contents, tuple):
        return new_list(machine, contents)
    return new_list(machine, None, contents)


def _tuple(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if not arguments.positional:
        return Tuple(())
    contents = machine.iterate(arguments.positional[0], place)
    return Tuple(contents) if isinstance(contents, tuple) else Sequence(contents)


def _dict(machine: Machine, arguments: Arguments, place: Place) -> Value:
    known: dict[object, Value] = {}
    rest: Value | None = None
    places: dict[str, Place] = {}
    if arguments.positional:
        source = arguments.positional[0]
        if isinstance(source, Dictionary):
            places.update(entries_of(machine, source).places)
        entries = known_entries(machine, source)
        contents = machine.iterate(source, place) if entries is None else ()
        if entries is not None:
            known.update(entries)
        elif isinstance(contents, tuple) and all(
            isinstance(each, Tuple) and len(each.items) == 2 and isinstance(each.items[0], Constant)
            for each in contents
        ):
            for each in contents:
                if isinstance(each, Tuple) and isinstance(each.items[0], Constant):
                    known[each.items[0].value] = each.items[1]
        else:
            rest = Unknown("a dict of what is not known", place, origins_of(source))
    known.update(arguments.keywords)
    if arguments.is_open:
        known, rest = {}, Unknown("a dict with further keys", place)
    places.update(arguments.keyword_places)
    return new_dictionary(machine, known, rest, places)


def _enumerate(machine: Machine, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "iterable")
    if source is None:
        return opaque("enumerate", arguments, place)
    contents = machine.iterate(source, place)
    first = arguments.get(1, "start")
    start = first.value if isinstance(first, Constant) and isinstance(first.value, int) else 0
    if isinstance(contents, tuple):
        return Tuple(tuple(Tuple((Constant(start + i), each)) for i, each in enumerate(contents)))
    return Sequence(
        Tuple((_count(start), contents)), _length(source, contents),
        ("enumerate", start),
    )  # fmt: skip


def _zip(machine: Machine, arguments: Arguments, place: Place) -> Value:
    columns = [machine.iterate(each, place) for each in arguments.positional]
    known = [column for column in columns if isinstance(column, tuple)]
    if len(known) == len(columns):
        return Tuple(tuple(Tuple(row) for row in zip(*known, strict=False)))
    row = tuple(
        (summary(list(column)) or NONE) if isinstance(column, tuple) else column
        for column in columns
    )
    return Sequence(Tuple(row))


def _map(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) != 2:
        return opaque("map", arguments, place)
    function, source = arguments.positional
    contents = machine.iterate(source, place)
    if isinstance(contents, tuple) and len(contents) <= 16:
        return Tuple(
            tuple(machine.call(function, Arguments((each,), {}, (place,)), place)
                  for each in contents)
        )  # fmt: skip
    one = summary(list(contents)) if isinstance(contents, tuple) else contents
    return Sequence(machine.call(function, Arguments((one or NONE,), {}, (place,)), place))


def _reversed(machine: Machine, arguments: Arguments, place: Place) -> Value:
    contents = machine.iterate(arguments.positional[0], place) if arguments.positional else ()
    return Tuple(contents[::-1]) if isinstance(contents, tuple) else Sequence(contents)


def _same_elements(machine: Machine, arguments: Arguments, place: Place) -> Value:
    contents = machine.iterate(arguments.positional[0], place) if arguments.positional else ()
    if isinstance(contents, tuple):
        contents = one_of(list(contents), place) or NONE
    return new_list(machine, None, contents)


def _next(machine: Machine, arguments: Arguments, place: Place) -> Value:
    contents = machine.iterate(arguments.positional[0], place) if arguments.positional else ()
    if isinstance(contents, tuple):
        # Which one it is hangs on how many were taken before.
        return one_of(list(contents), place) or NONE
    return contents


def _len(machine: Machine, arguments: Arguments, place: Place) -> Value:
    value = arguments.positional[0] if arguments.positional else NONE
    if isinstance(value, Tuple):
        return Constant(len(value.items))
    items = items_of(machine, value).items if isinstance(value, List) else None
    if items is not None:
        return Constant(len(items))
    if isinstance(value, Numeric | Unknown | Choice):
        return measure(machine, value, 0)
    return _count()


ITERABLES: Mapping[str, Callee] = {
    "builtins.range": _range,
    "builtins.list": _list,
    "builtins.set": _list,
    "builtins.tuple": _tuple,
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.map": _map,
    "builtins.reversed": _reversed,
    "builtins.sorted": _same_elements,
    "builtins.next": _next,
    "builtins.len": _len,
    "tqdm.trange": _range,
    "tqdm.auto.trange": _range,
    "tqdm.notebook.trange": _range,
}
"""By canonical name."""
