"""Python's own functions: builtins, functools, dataclasses, copies."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics.alternatives import alternatives, choose
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.contents import (
    new_namespace,
)
from pyrolint.semantics.flow import GRADIENT_MODES
from pyrolint.semantics.library.iterables import ITERABLES, Callee
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.modules import hold
from pyrolint.semantics.library.options import make_parser
from pyrolint.semantics.library.unfollowed import note_prior
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.strings import concatenated
from pyrolint.semantics.values import (
    NONE,
    TRUE,
    Bound,
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
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def _first(machine: Machine, arguments: Arguments, place: Place) -> Value:
    return arguments.positional[0] if arguments.positional else NONE


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
    **ITERABLES,
    "builtins.iter": _first,
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
    "tqdm.auto.tqdm": _first,
    "tqdm.notebook.tqdm": _first,
    "tqdm.autonotebook.tqdm": _first,
    "copy.copy": _first,
    "copy.deepcopy": _first,
}
"""By canonical name."""
