"""Python's own functions: builtins, functools, dataclasses, copies."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

from pyrolint.semantics.alternatives import alternatives, choose, summary
from pyrolint.semantics.contents import (
    entries_of,
    items_of,
    known_entries,
    new_dictionary,
    new_list,
    new_namespace,
)
from pyrolint.semantics.flow import GRADIENT_MODES
from pyrolint.semantics.library.containers import one_of
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.modules import hold
from pyrolint.semantics.library.options import make_parser
from pyrolint.semantics.library.unfollowed import note_prior
from pyrolint.semantics.machine import Arguments, Machine, opaque
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.sizes import measure
from pyrolint.semantics.strings import concatenated
from pyrolint.semantics.values import (
    NONE,
    TRUE,
    Bound,
    Choice,
    Class,
    Constant,
    Dictionary,
    External,
    Function,
    Guard,
    Instance,
    LibraryObject,
    List,
    Numeric,
    Partial,
    Pattern,
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


def _first(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return arguments.positional[0] if arguments.positional else NONE


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


def _cast(dtype: str) -> Callee:
    def convert(machine: Machine, arguments: Arguments, place: Place) -> Value:
        value = arguments.positional[0] if arguments.positional else Constant(0)
        if isinstance(value, Constant) and isinstance(value.value, int | float | str):
            try:
                return Constant(float(value.value) if dtype == "float" else int(value.value))
            except (OverflowError, ValueError):
                return Unknown(f"{dtype} of a constant", place, independent=True)
        if isinstance(value, Numeric) and dtype == "float":
            return replaced(value, dtype="float", form="number")
        return Unknown(f"{dtype} of a value", place, origins_of(value), is_independent(value))

    return convert


def _str(machine: Machine, arguments: Arguments, place: Place) -> Value:
    value = arguments.positional[0] if arguments.positional else Constant("")
    if isinstance(value, Constant):
        return Constant(str(value.value))
    return concatenated((value,))


def _isinstance(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) == 2:
        value, kind = arguments.positional
        answers: list[tuple[Guard, Value]] = [
            (guard, Unknown("isinstance", place, independent=True) if known is None
             else Constant(known))
            for guard, known in ((way, _is_of(each, kind)) for way, each in alternatives(value))
        ]  # fmt: skip
        return choose(answers)
    return Unknown("isinstance", place, independent=True)


_CONSTANT_TYPES: Mapping[str, type] = {
    "builtins.int": int,
    "builtins.float": float,
    "builtins.str": str,
    "builtins.bool": bool,
}


_CONTAINERS = frozenset(f"builtins.{name}" for name in ("dict", "list", "set", "tuple"))


def _is_of(value: Value, kind: Value) -> bool | None:
    """Whether a value is of a library's type, where that is certain."""
    if isinstance(kind, Tuple):
        answers = [_is_of(value, each) for each in kind.items]
        return True if True in answers else None if None in answers else False
    if isinstance(value, Instance) and isinstance(kind, Class):
        return _inherits(value.cls, kind)
    if not isinstance(kind, External):
        return None
    if isinstance(value, Dictionary) and kind.name == "builtins.dict":
        return True
    if _is_class(value):
        return None if kind.name.startswith(("typing.", "builtins.", "abc.")) else False
    if isinstance(value, Constant):
        known = _CONSTANT_TYPES.get(kind.name)
        if known is not None:
            return isinstance(value.value, known)
        if kind.name in _CONTAINERS:
            return False
        return None if kind.name.startswith(("numbers.", "typing.", "builtins.")) else False
    if isinstance(value, Numeric) and value.form == "tensor" and kind.name == "torch.Tensor":
        return True
    return None


def _is_class(value: Value) -> bool:
    if isinstance(value, External):
        facts = knowledge()
        tables = (facts.elbos, facts.optimizers, facts.layers, facts.families, facts.inferences)
        return any(value.name in table for table in tables)
    return isinstance(value, Class)


def _inherits(cls: Class, other: Class) -> bool:
    return cls is other or any(
        isinstance(base, Class) and _inherits(base, other) for base in cls.bases
    )


def _getattr(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) >= 2:
        value, name = arguments.positional[:2]
        if isinstance(name, Constant) and isinstance(name.value, str):
            return machine.attribute(value, name.value, place)
    return opaque("getattr", arguments, place)


def _setattr(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) == 3:
        owner, name, value = arguments.positional
        if isinstance(name, Constant) and isinstance(name.value, str):
            machine.set_attribute(owner, name.value, value, place)
        else:
            hold(machine, owner, name if isinstance(name, Pattern) else Pattern("{}"), value)
            note_prior(machine, value, place)
    return NONE


def _cast_type(machine: Machine, arguments: Arguments, place: Place) -> Value:
    value = arguments.get(1, "val")
    return value if value is not None else opaque("typing.cast", arguments, place)


def _partial(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if not arguments.positional or arguments.is_open:
        return opaque("functools.partial", arguments, place)
    return Partial(arguments.positional[0], arguments.positional[1:], arguments.keywords)


def _field(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``dataclasses.field``: its default, or what its factory makes."""
    factory = arguments.keywords.get("default_factory")
    if factory is not None:
        return machine.call(factory, Arguments(), place)
    return arguments.keywords.get("default") or Unknown("a field without a default", place)


def _keep_function(machine: Machine, arguments: Arguments, place: Place) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Function | Bound | Partial | Class):
        return first
    return External("pyrolint.identity")


def _gradient_mode(name: str) -> Callee:
    """A context that keeps no gradient, or keeps it again; a function decorated by it is itself."""

    def enter_or_decorate(machine: Machine, arguments: Arguments, place: Place) -> Value:
        if arguments.positional and isinstance(arguments.positional[0], Function | Bound):
            return arguments.positional[0]
        return LibraryObject(name, "handler", {}, place)

    return enter_or_decorate


def _wraps(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return External("pyrolint.identity")


def _callable(machine: Machine, arguments: Arguments, place: Place) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Function | Bound | Partial | Class):
        return TRUE
    if isinstance(first, Numeric | Constant | Tuple | List | Dictionary):
        return Constant(False)
    return Unknown("callable", place, independent=True)


def _extreme(machine: Machine, arguments: Arguments, place: Place) -> Value:
    origins = tuple(o for each in arguments.values() for o in origins_of(each))
    independent = all(map(is_independent, arguments.values()))
    return Unknown("an extreme of several values", place, origins, independent)


def _namespace(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return new_namespace(machine, arguments.keywords, place)


def _nothing(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return NONE


FUNCTIONS: Mapping[str, Callee] = {
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
    "builtins.iter": _first,
    "builtins.len": _len,
    "builtins.float": _cast("float"),
    "builtins.int": _cast("int"),
    "builtins.str": _str,
    "builtins.isinstance": _isinstance,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.callable": _callable,
    "builtins.min": _extreme,
    "builtins.max": _extreme,
    "builtins.print": _nothing,
    "functools.partial": _partial,
    "typing.cast": _cast_type,
    "dataclasses.field": _field,
    "functools.wraps": _wraps,
    "functools.lru_cache": _keep_function,
    "functools.cache": _keep_function,
    **{name: _gradient_mode(name) for name in GRADIENT_MODES},
    "torch.jit.script": _keep_function,
    "torch.jit.ignore": _keep_function,
    "contextlib.contextmanager": _keep_function,
    "pyrolint.identity": _first,
    "argparse.ArgumentParser": make_parser,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
    "tqdm.tqdm": _first,
    "tqdm.trange": _range,
    "tqdm.auto.tqdm": _first,
    "tqdm.auto.trange": _range,
    "tqdm.notebook.tqdm": _first,
    "tqdm.notebook.trange": _range,
    "tqdm.autonotebook.tqdm": _first,
    "copy.copy": _first,
    "copy.deepcopy": _first,
}
"""By canonical name."""
