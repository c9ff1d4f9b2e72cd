"""Python's own: builtins, containers, functools, argparse."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyrolint.semantics.alternatives import summary
from pyrolint.semantics.contents import (
    constant_key,
    entries_of,
    items_of,
    key_value,
    known_entries,
    new_dictionary,
    new_list,
    new_namespace,
)
from pyrolint.semantics.machine import Arguments, Machine, opaque
from pyrolint.semantics.numeric import as_numeric, replaced
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import (
    NONE,
    TRUE,
    Bound,
    Choice,
    Class,
    Constant,
    Dictionary,
    Entries,
    External,
    Function,
    Instance,
    Items,
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
                                    shape=(), independent=True))  # fmt: skip
    members = Interval(0, float("inf"), End.CLOSED, integer=True)
    return Sequence(Numeric(members, None, None, (), "int", "number", shape=(), independent=True))


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
    if arguments.positional:
        source = arguments.positional[0]
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
    return new_dictionary(machine, known, rest)


def _enumerate(machine: Machine, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "iterable")
    if source is None:
        return opaque("enumerate", arguments, place)
    contents = machine.iterate(source, place)
    first = arguments.get(1, "start")
    start = first.value if isinstance(first, Constant) and isinstance(first.value, int) else 0
    if isinstance(contents, tuple):
        return Tuple(tuple(Tuple((Constant(start + i), each)) for i, each in enumerate(contents)))
    members = Interval(start, float("inf"), End.CLOSED, integer=True)
    index = Numeric(members, None, None, (), "int", "number", shape=(), independent=True)
    return Sequence(Tuple((index, contents)))


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
        contents = _one_of(list(contents), place) or NONE
    return new_list(machine, None, contents)


def _next(machine: Machine, arguments: Arguments, place: Place) -> Value:
    contents = machine.iterate(arguments.positional[0], place) if arguments.positional else ()
    if isinstance(contents, tuple):
        return contents[0] if contents else NONE
    return contents


def _iter(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return arguments.positional[0] if arguments.positional else NONE


def _len(machine: Machine, arguments: Arguments, place: Place) -> Value:
    value = arguments.positional[0] if arguments.positional else NONE
    if isinstance(value, Tuple):
        return Constant(len(value.items))
    items = items_of(machine, value).items if isinstance(value, List) else None
    if items is not None:
        return Constant(len(items))
    members = Interval(0, float("inf"), End.CLOSED, integer=True)
    return Numeric(members, None, None, (), "int", "number", shape=(), independent=True)


def _cast(dtype: str) -> Callee:
    def convert(machine: Machine, arguments: Arguments, place: Place) -> Value:
        value = arguments.positional[0] if arguments.positional else Constant(0)
        if isinstance(value, Constant) and isinstance(value.value, int | float):
            try:
                return Constant(float(value.value) if dtype == "float" else int(value.value))
            except (OverflowError, ValueError):
                return Unknown(f"{dtype} of a constant", place, independent=True)
        if isinstance(value, Constant) and isinstance(value.value, str):
            try:
                return Constant(float(value.value) if dtype == "float" else int(value.value))
            except ValueError:
                return Unknown(f"{dtype} of a string", place, independent=True)
        number = as_numeric(value)
        if isinstance(number, Numeric) and dtype == "float" and isinstance(value, Numeric):
            return replaced(number, dtype="float", form="number")
        return Unknown(f"{dtype} of a value", place, origins_of(value), is_independent(value))

    return convert


def _str(machine: Machine, arguments: Arguments, place: Place) -> Value:
    value = arguments.positional[0] if arguments.positional else Constant("")
    if isinstance(value, Constant):
        return Constant(str(value.value))
    return value if isinstance(value, Pattern) else Pattern("{}")


def _isinstance(machine: Machine, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) == 2:
        value, kind = arguments.positional
        if isinstance(value, Instance) and isinstance(kind, Class):
            return Constant(_inherits(value.cls, kind))
        known = _is_of(value, kind)
        if known is not None:
            return Constant(known)
    return Unknown("isinstance", place, independent=True)


_CONSTANT_TYPES: Mapping[str, type] = {
    "builtins.int": int,
    "builtins.float": float,
    "builtins.str": str,
    "builtins.bool": bool,
}


def _is_of(value: Value, kind: Value) -> bool | None:
    """Whether a value is of a library's type, where that is certain."""
    if isinstance(kind, Tuple):
        answers = [_is_of(value, each) for each in kind.items]
        return True if True in answers else None if None in answers else False
    if not isinstance(kind, External):
        return None
    if isinstance(value, Constant):
        known = _CONSTANT_TYPES.get(kind.name)
        if known is not None:
            return isinstance(value.value, known)
        return None if kind.name.startswith(("numbers.", "typing.", "builtins.")) else False
    if isinstance(value, Numeric) and value.form == "tensor" and kind.name == "torch.Tensor":
        return True
    return None


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


def _wraps(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return External("pyrolint.identity")


def _callable(machine: Machine, arguments: Arguments, place: Place) -> Value:
    first = arguments.positional[0] if arguments.positional else None
    if isinstance(first, Function | Bound | Partial | Class):
        return TRUE
    if isinstance(first, Numeric | Constant | Tuple | List | Dictionary):
        return Constant(False)
    return Unknown("callable", place, independent=True)


def _minimum(machine: Machine, arguments: Arguments, place: Place) -> Value:
    origins = tuple(o for each in arguments.values() for o in origins_of(each))
    independent = all(map(is_independent, arguments.values()))
    return Unknown("an extreme of several values", place, origins, independent)


def _parser(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return LibraryObject("argparse.ArgumentParser", "parser", {}, place, {},
                         machine.store.allocate())  # fmt: skip


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
    "builtins.iter": _iter,
    "builtins.len": _len,
    "builtins.float": _cast("float"),
    "builtins.int": _cast("int"),
    "builtins.str": _str,
    "builtins.isinstance": _isinstance,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.callable": _callable,
    "builtins.min": _minimum,
    "builtins.max": _minimum,
    "builtins.print": _nothing,
    "functools.partial": _partial,
    "typing.cast": _cast_type,
    "dataclasses.field": _field,
    "functools.wraps": _wraps,
    "functools.lru_cache": _keep_function,
    "functools.cache": _keep_function,
    "torch.no_grad": _wraps,
    "torch.enable_grad": _wraps,
    "torch.jit.script": _keep_function,
    "torch.jit.ignore": _keep_function,
    "contextlib.contextmanager": _keep_function,
    "pyrolint.identity": lambda machine, arguments, place: (
        arguments.positional[0] if arguments.positional else NONE
    ),
    "argparse.ArgumentParser": _parser,
    "types.SimpleNamespace": lambda machine, arguments, place: new_namespace(
        machine, arguments.keywords, place
    ),
    "argparse.Namespace": lambda machine, arguments, place: new_namespace(
        machine, arguments.keywords, place
    ),
    "tqdm.tqdm": _iter,
    "tqdm.trange": _range,
    "tqdm.auto.tqdm": _iter,
    "tqdm.auto.trange": _range,
    "tqdm.notebook.tqdm": _iter,
    "tqdm.notebook.trange": _range,
    "tqdm.autonotebook.tqdm": _iter,
    "copy.copy": _iter,
    "copy.deepcopy": _iter,
}
"""By canonical name."""


def _one_of(parts: list[Value], place: Place) -> Value | None:
    """What an item may be of a list that was changed: of constants, which of them is left."""
    if all(isinstance(part, Constant) for part in parts) and len(set(map(id, parts))) > 1:
        return Unknown("an item of a list that was changed", place, independent=True)
    return summary(parts)


# --- methods of containers ---------------------------------------------------------------------


def call_list_method(
    machine: Machine, receiver: List, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of lists and sets."""
    contents = items_of(machine, receiver)
    value = arguments.positional[0] if arguments.positional else None
    updated: Items | None = None
    match name:
        case "append" | "add" if value is not None:
            if contents.items is not None:
                updated = Items((*contents.items, value))
            else:
                known = [contents.element] if contents.element is not None else []
                updated = Items(None, summary([*known, value]))
        case "extend" | "update" | "__iadd__" if value is not None:
            more = machine.iterate(value, place)
            if contents.items is not None and isinstance(more, tuple):
                updated = Items(contents.items + more)
            else:
                parts = [*(contents.items or ()), *([contents.element] if contents.element else [])]
                parts.extend(more if isinstance(more, tuple) else [more])
                updated = Items(None, summary(parts))
        case "pop":
            if contents.items:
                index = value.value if isinstance(value, Constant) else -1
                if isinstance(index, int) and -len(contents.items) <= index < len(contents.items):
                    rest = list(contents.items)
                    item = rest.pop(index)
                    machine.store.write(receiver.identity, "items", Items(tuple(rest)))
                    return item
            return contents.element or Unknown("an item of a list", place)
        case "copy":
            return new_list(machine, contents.items, contents.element)
        case "clear":
            updated = Items(())
        case "reverse" if contents.items is not None:
            updated = Items(contents.items[::-1])
        case "insert" | "remove" | "sort" | "reverse" | "__delitem__":
            parts = [*(contents.items or ()), *([contents.element] if contents.element else [])]
            parts.extend(arguments.positional[1:])
            updated = Items(None, _one_of(parts, place))
        case "__getitem__":
            return contents.element or Unknown("an item of a list", place)
        case _:
            return Unknown(f"`{name}` of a list", place)
    if updated is not None:
        machine.store.write(receiver.identity, "items", updated)
    return NONE


def call_dictionary_method(
    machine: Machine, receiver: Dictionary, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of dicts."""
    entries = entries_of(machine, receiver)
    first = arguments.positional[0] if arguments.positional else None
    complete = entries.rest is None
    match name:
        case "get" | "pop" | "setdefault":
            known_by = constant_key(first)
            if name == "pop":
                left = {key: value for key, value in entries.known.items() if key != known_by}
                written = left if known_by is not None else {}
                rest = entries.rest if known_by is not None else Unknown("what is left", place)
                machine.store.write(receiver.identity, "entries", Entries(written, rest))
            if known_by is not None and known_by in entries.known:
                return entries.known[known_by]
            if complete and known_by is not None:
                default = arguments.positional[1] if len(arguments.positional) > 1 else NONE
                if name == "setdefault":
                    known = {**entries.known, known_by: default}
                    machine.store.write(receiver.identity, "entries", Entries(known))
                return default
            return entries.rest or Unknown("an entry of a dict", place)
        case "values" if complete:
            return Tuple(tuple(entries.known.values()))
        case "keys" if complete:
            return Tuple(tuple(key_value(key) for key in entries.known))
        case "items" if complete:
            return Tuple(
                tuple(Tuple((key_value(key), value)) for key, value in entries.known.items())
            )
        case "copy":
            return new_dictionary(machine, entries.known, entries.rest)
        case "update":
            known = dict(entries.known)
            rest = entries.rest
            if first is not None:
                more = known_entries(machine, first)
                if more is not None:
                    known.update(more)
                else:
                    known = {}
                    rest = Unknown("a dict updated by what is not known", place)
            known.update(arguments.keywords)
            if arguments.is_open:
                known, rest = {}, Unknown("a dict updated by what is not known", place)
            machine.store.write(receiver.identity, "entries", Entries(known, rest))
            return NONE
        case "clear":
            machine.store.write(receiver.identity, "entries", Entries({}, None))
            return NONE
        case "popitem" | "__delitem__":
            left_over = Unknown("an entry that may have been removed", place)
            machine.store.write(receiver.identity, "entries", Entries({}, left_over))
            return left_over
        case _:
            return Unknown(f"`{name}` of a dict", place)


def overridable(default: Value, reason: str, place: Place) -> Value:
    """What a caller may choose: a flag either way, a word by its default or any other.

    Numbers count as they stand: what a program does with them is what their author meant.
    """
    match default:
        case Constant(bool() as flag):
            other: Value = Constant(not flag)
        case Constant(str() | None):
            other = Unknown(reason, place, independent=True, is_given=True)
        case _:
            return default
    key = ("default", place, reason)
    return Choice(((((key, 1),), default), (((key, 0),), other)))


_OPTION = "option:"


def call_parser_method(
    machine: Machine, parser: LibraryObject, name: str, arguments: Arguments, place: Place
) -> Value:
    """``argparse``: defaults count as the values, unless a call overrides them."""
    if name in ("add_argument_group", "add_mutually_exclusive_group"):
        return parser
    if name == "add_argument":
        flags = [
            each.value
            for each in arguments.positional
            if isinstance(each, Constant) and isinstance(each.value, str)
        ]
        named = arguments.keywords.get("dest")
        if isinstance(named, Constant) and isinstance(named.value, str):
            destination = named.value
        else:
            long = next(
                (flag for flag in flags if flag.startswith("--")), flags[0] if flags else ""
            )
            destination = long.lstrip("-").replace("-", "_")
        default = arguments.keywords.get("default")
        action = arguments.keywords.get("action")
        if default is None and isinstance(action, Constant):
            default = {"store_true": Constant(False), "store_false": TRUE}.get(str(action.value))
        if destination:
            value = default or Unknown(f"the option `{destination}`", place, independent=True)
            value = overridable(value, f"the option `{destination}`", place)
            machine.store.write(parser.identity, _OPTION + destination, value)
        return NONE
    if name in ("parse_args", "parse_known_args"):
        options = {
            key.removeprefix(_OPTION): value
            for key, value in machine.store.cells_of(parser.identity)
            if key.startswith(_OPTION)
        }
        namespace = new_namespace(machine, options, place)
        if name == "parse_known_args":
            return Tuple((namespace, new_list(machine, None, Unknown("arguments", place))))
        return namespace
    return NONE
