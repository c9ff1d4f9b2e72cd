"""Options of ``argparse``, and defaults that a caller may override."""

from __future__ import annotations

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import new_list, new_namespace
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.values import (
    NONE,
    TRUE,
    Choice,
    Constant,
    LibraryObject,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def make_parser(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``argparse.ArgumentParser()``; its options are cells of its own."""
    return LibraryObject("argparse.ArgumentParser", "parser", {}, place, {},
                         machine.store.allocate())  # fmt: skip


def overridable(default: Value, reason: str, place: Place) -> Value:
    """What a caller may choose: a flag that is off also on, a word by its default or any other.

    Numbers count as they stand, and so do flags that are on: what a program does with them is what
    its author meant, and what happens without is for those who switch them off.
    """
    match default:
        case Constant(False):
            other: Value = Constant(True)
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
