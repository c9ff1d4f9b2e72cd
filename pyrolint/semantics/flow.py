"""Flow of gradients: where a value is cut off from its own, and where it goes out of sight.

What is learnt or drawn is followed by its origins. A value that goes where none of them is seen
any more (into an opaque call, an attribute, a program's result) is lost: it may be used for
anything there, so that nothing can be said of what it is not used for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyrolint.semantics.machine import Machine
from pyrolint.semantics.provenance import without_gradient
from pyrolint.semantics.values import (
    NONE,
    Bound,
    Choice,
    Class,
    Constant,
    Cut,
    Dictionary,
    Distribution,
    Entries,
    External,
    Function,
    Instance,
    Items,
    LibraryMethod,
    LibraryObject,
    List,
    ModuleNamespace,
    Numeric,
    Origin,
    OriginKind,
    Partial,
    Pattern,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

FOLLOWED = frozenset({OriginKind.PARAMETER, OriginKind.LATENT})
"""The kinds of origin whose every use is looked for."""

NO_GRADIENT = frozenset({"torch.no_grad", "torch.inference_mode"})
"""Contexts under which nothing that is computed has a gradient."""
GRADIENT_MODES = NO_GRADIENT | {"torch.enable_grad"}

_KEEPING_NONE = frozenset(
    "pyro.sample pyro.sample_n builtins.print builtins.len builtins.isinstance builtins.type"
    " builtins.str builtins.repr builtins.id builtins.hasattr builtins.callable builtins.format"
    " torch.is_tensor torch.numel".split()
)
"""Functions that use what they are given for nothing else than what is seen of them."""
_RUNNING = frozenset({"pyro.param", "builtins.map"})
"""Functions that run the functions that they are given, and do nothing else with them."""
_ASKING = frozenset("size dim numel nelement ndimension is_contiguous get_device".split())
"""Methods of tensors that tell of them what is no use."""
_CUTTING = {
    **{f".{name}": f".{name}()" for name in "item detach detach_ numpy tolist new_tensor".split()},
    **{f"builtins.{name}": f"{name}()" for name in ("float", "int", "bool")},
    **{
        f"torch.{name}": f"torch.{name}()"
        for name in "tensor as_tensor asarray Tensor FloatTensor DoubleTensor".split()
    },
    "numpy.array": "numpy.array()",
    "numpy.asarray": "numpy.asarray()",
}
"""Functions, and methods behind a dot, whose result has no gradient: as users write them."""
_CUTTING_LISTS_ONLY = frozenset({"torch.as_tensor", "torch.asarray"})


def origins_inside(machine: Machine, values: Iterable[Value]) -> list[Origin]:
    """What is learnt or drawn in values, and in what they hold as far as it is known."""
    found: list[Origin] = []
    pending = [each for each in values if type(each) not in _EMPTY]
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if isinstance(value, Numeric | Unknown):
            if value.origins:
                found.extend(followed(value.origins))
        elif id(value) not in seen:
            seen.add(id(value))
            pending.extend(each for each in _parts(machine, value) if type(each) not in _EMPTY)
    return found


_EMPTY = frozenset({Constant, Pattern, External, Class, Instance, ModuleNamespace})
"""Values that hold nothing, or nothing that was not lost as they got hold of it."""


def _parts(machine: Machine, value: Value) -> Iterable[Value]:
    match value:
        case Tuple(items):
            return items
        case Choice(options):
            return [option for _, option in options]
        case Sequence(element=element):
            return (element,)
        case Distribution() | LibraryObject():
            return value.arguments.values()
        case Bound(receiver=receiver) | LibraryMethod(receiver=receiver):
            return (receiver,)
        case Partial(callee, positional, keywords):
            return (callee, *positional, *keywords.values())
        case List(identity):
            held = machine.store.read(identity, "items")
            if isinstance(held, Items):
                return (*(held.items or ()), *(() if held.element is None else (held.element,)))
        case Function(frame=frame):
            # What a function made by the program that runs sees of its variables.
            own = [each.identity for each in frame.chain() if is_own(machine, each.identity)]
            return [held for each in own for _, held in machine.store.cells_of(each)]
        case Dictionary(identity):
            entries = machine.store.read(identity, "entries")
            if isinstance(entries, Entries):
                rest = () if entries.rest is None else (entries.rest,)
                return (*entries.known.values(), *rest)
        case _:
            pass
    return ()


def with_inputs(origins: Iterable[Origin]) -> Iterator[Origin]:
    """Origins, and those that the networks among them were applied to."""
    for origin in origins:
        yield origin
        if origin.inputs:
            yield from with_inputs(origin.inputs)


def followed(origins: Iterable[Origin]) -> list[Origin]:
    """The parameters and latents among origins, and among what networks were applied to."""
    found: list[Origin] = []
    for origin in origins:
        if origin.kind in FOLLOWED:
            found.append(origin)
        elif origin.inputs:
            found.extend(followed(origin.inputs))
    return found


def lose(machine: Machine, *values: Value) -> None:
    """Values go where they are not followed."""
    found = origins_inside(machine, values)
    if found:
        machine.facts.lost.update(found)


def is_own(machine: Machine, identity: int) -> bool:
    """Whether a list or dict was made by the program that runs, and ends with it."""
    return machine.recorder is not None and identity > machine.recorder.newest


def keep_in(machine: Machine, container: Value, *values: Value) -> None:
    """Values are put into a list or dict; one that outlives the program loses them."""
    if isinstance(container, List | Dictionary) and is_own(machine, container.identity):
        return
    lose(machine, *values)


def given_on(
    machine: Machine, name: str, given: tuple[Value, ...], result: Value, place: Place
) -> Value:
    """What a call of a library gives; what it was given and does not give on is lost."""
    if name in _KEEPING_NONE:
        return result
    if name in _RUNNING:
        given = tuple(each for each in given if not isinstance(each, Function))
    tracked = origins_inside(machine, given)
    if not tracked:
        return result
    cutting = _CUTTING.get(name)
    if cutting is not None and name in _CUTTING_LISTS_ONLY:
        cutting = None if any(isinstance(each, Numeric) for each in given[:1]) else cutting
    kept: set[tuple[OriginKind, Place, str | None]] = set()
    if cutting is not None or not isinstance(result, Unknown | LibraryObject | Partial):
        kept.update(each.source for each in origins_inside(machine, (result,)))
    machine.facts.lost.update(each for each in tracked if each.source not in kept)
    if cutting is not None:
        takes = _form(machine, given[0]) if len(given) == 1 else None
        return without_gradient(result, Cut(cutting, place, takes))
    return computed(machine, result, place)


def _form(machine: Machine, value: Value) -> str | None:
    """``tensor`` or ``tensors`` for one or for a list or tuple of them, None for anything else."""
    if isinstance(value, Numeric):
        return "tensor" if value.form == "tensor" else None
    contents = value.items if isinstance(value, Tuple) else None
    if isinstance(value, List):
        held = machine.store.read(value.identity, "items")
        if isinstance(held, Items):
            contents = held.items if held.items is not None else (held.element or NONE,)
    are_tensors = contents and all(_form(machine, each) == "tensor" for each in contents)
    return "tensors" if are_tensors else None


def method_given_on(
    machine: Machine,
    receiver: Value,
    name: str,
    given: tuple[Value, ...],
    result: Value,
    place: Place,
) -> Value:
    """What a method of a library's value gives; see ``given_on``."""
    if isinstance(receiver, List | Dictionary):
        if name not in _STORING or not is_own(machine, receiver.identity):
            lose(machine, *given, *((receiver,) if isinstance(result, Unknown) else ()))
        return result
    if name in _ASKING:
        return result
    return given_on(machine, f".{name}", (receiver, *given), result, place)


_STORING = frozenset("append add extend insert update setdefault get pop __getitem__ copy".split())


def computed(machine: Machine, value: Value, place: Place) -> Value:
    """A value as it is computed here: without a gradient where none is kept."""
    for scope in reversed(machine.handlers):
        if scope.name in NO_GRADIENT:
            return without_gradient(value, Cut(f"{scope.name}()", scope.place))
        if scope.name == "torch.enable_grad":
            return value
    return value
