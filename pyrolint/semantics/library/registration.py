"""Which modules' parameters Pyro is told of, and which it never hears of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pyrolint.semantics.contents import elements_of, entries_of, items_of
from pyrolint.semantics.flow import NO_GRADIENT
from pyrolint.semantics.frames import Store
from pyrolint.semantics.library.modules import Module, is_pyro
from pyrolint.semantics.machine import Facts, Machine
from pyrolint.semantics.module_facts import (
    FrozenRegistration,
    ModuleCall,
    ModuleUse,
    UnregisteredModule,
)
from pyrolint.semantics.values import (
    FALSE,
    NONE,
    TRUE,
    Bound,
    Choice,
    Dictionary,
    Instance,
    LibraryObject,
    List,
    Partial,
    Sequence,
    Tuple,
    Value,
)
from pyrolint.syntax.ir import Place


def manage(machine: Machine, value: Value) -> None:
    """Somebody registers a module, or does with it what cannot be followed."""
    match value:
        case Choice(options):
            for _, option in options:
                manage(machine, option)
        case Tuple(items):
            for item in items:
                manage(machine, item)
        case Sequence(element):
            manage(machine, element)
        case Bound(_, receiver):
            manage(machine, receiver)
        case Partial(callee):
            manage(machine, callee)
        case Dictionary():
            entries = entries_of(machine, value)
            for item in (*entries.known.values(), *([entries.rest] if entries.rest else [])):
                manage(machine, item)
        case List() if value.identity not in machine.facts.managed:
            machine.facts.managed.add(value.identity)
            for item in elements_of(items_of(machine, value)):
                manage(machine, item)
        case Instance() | LibraryObject():
            machine.facts.managed.add(value.identity)
        case _:
            pass


def calling(machine: Machine, call: ModuleCall, function: Callable[[], Value]) -> Value:
    """Run what a call of a module runs, so that what is used in there is known to be its own."""
    recorder = machine.recorder
    if recorder is None:
        return function()
    before = recorder.module_calls
    recorder.module_calls = (*before, call)
    try:
        return function()
    finally:
        recorder.module_calls = before


def note_weights(machine: Machine, module: Module, place: Place, *, is_called: bool = True) -> None:
    """A program that an SVI trains uses parameters that a module holds as torch does.

    They are of the module that is called at ``place``, or read there.
    """
    recorder = machine.recorder
    if recorder is None or is_pyro(machine, module) is not False or _is_untrained(machine):
        return
    held, entry = [module.identity], ModuleCall(module, place, is_called)
    for caller in reversed(recorder.module_calls):
        pyro = is_pyro(machine, caller.module)
        if pyro is None:
            return
        if pyro:
            break
        held.append(caller.module.identity)
        entry = caller
    holders = machine.facts.holders.get(entry.module.identity, {}).values()
    if any(is_pyro(machine, each) is None for each in holders):
        return
    owner = next((each for each in holders if is_pyro(machine, each)), None)
    _note_use(machine, entry, tuple(held), owner)


def note_attribute(machine: Machine, module: Module, name: str, place: Place) -> None:
    """A parameter of a PyroModule is read where Pyro does not know whose it is."""
    if not _is_untrained(machine):
        _note_use(machine, ModuleCall(module, place), (module.identity,), module, name)


def _is_untrained(machine: Machine) -> bool:
    recorder = machine.recorder
    return (
        recorder is None
        or recorder.kind != "svi"
        or any(scope.name in NO_GRADIENT for scope in machine.handlers)
    )


def _note_use(
    machine: Machine,
    call: ModuleCall,
    held: tuple[int, ...],
    owner: Value | None,
    attribute: str | None = None,
) -> None:
    recorder = machine.recorder
    assert recorder is not None
    machine.facts.module_uses.append(
        ModuleUse(
            call.module,
            call.place,
            held,
            recorder.name,
            recorder.place,
            owner if isinstance(owner, Instance | LibraryObject) else None,
            attribute,
            call.is_bare,
        )
    )


def parameters_of(machine: Machine, module: Module, place: Place) -> Sequence:
    """``module.parameters()``: what each of them is like, for somebody else to train or freeze."""
    manage(machine, module)
    each = LibraryObject(
        "torch.nn.Parameter", "network_parameter", {"module": module}, place, {},
        machine.store.allocate(),
    )  # fmt: skip
    return Sequence(each)


def freeze(machine: Machine, module: Value, requires_grad: Value, place: Place) -> None:
    """``requires_grad`` is set for the parameters of a module."""
    if not isinstance(module, Instance | LibraryObject):
        return
    manage(machine, module)
    is_frozen = requires_grad == FALSE
    mark = LibraryObject("requires_grad", "mark", {}, place) if is_frozen else NONE
    machine.store.write(module.identity, _FROZEN, mark)
    if is_frozen:
        machine.facts.freeze_guards[place] = machine.path
        for above in _above(machine.facts, (module.identity,)):
            machine.facts.freezes.setdefault(above, set()).add(module.identity)


def set_mode(machine: Machine, module: Module, mode: Value) -> None:
    """``train(mode)`` and ``eval()``"""
    machine.store.write(module.identity, _MODE, mode)


def register(machine: Machine, module: Value, place: Place, attribute: str | None = None) -> None:
    """Pyro is told of a module's parameters; of frozen ones it warns while that is in training."""
    manage(machine, module)
    if not isinstance(module, Instance | LibraryObject):
        return
    if (machine.store.read(module.identity, _MODE) or TRUE) != TRUE:
        return
    for frozen in machine.facts.freezes.get(module.identity, ()):
        mark = machine.store.read(frozen, _FROZEN)
        if not isinstance(mark, LibraryObject):
            continue
        if set(machine.facts.freeze_guards.get(mark.place, ())) <= set(machine.path):
            recorder = machine.recorder
            machine.facts.frozen_registrations.append(
                FrozenRegistration(
                    module, place, mark.place, recorder.name if recorder else None, attribute
                )
            )
            return


_FROZEN, _MODE = "#frozen", "#mode"


def unregistered(facts: Facts, store: Store) -> Iterator[UnregisteredModule]:
    """The modules that programs use and nobody tells Pyro of."""
    managed: list[Place] = []
    missed: dict[tuple[int, Place, str | None], ModuleUse] = {}
    for use in facts.module_uses:
        if not facts.managed.isdisjoint(_above(facts, (use.module.identity,))):
            managed.append(use.module.place)
        elif facts.managed.isdisjoint(_above(facts, use.held)):
            missed.setdefault((use.module.identity, use.use, use.attribute), use)
    for use in missed.values():
        # What one line makes is registered everywhere, or it cannot be told where.
        if use.module.place not in managed:
            yield UnregisteredModule(use, _name_of(store, use.module))


def _above(facts: Facts, held: tuple[int, ...]) -> set[int]:
    """Modules, and what ever held them, by identity."""
    found = set(held)
    pending = list(held)
    while pending:
        for holder in facts.holders.get(pending.pop(), ()):
            if holder not in found:
                found.add(holder)
                pending.append(holder)
    return found


def _name_of(store: Store, module: Value) -> str | None:
    """What a variable or an attribute calls a module."""
    names = (key for (_, key), held in store.cells.items() if held is module)
    return next((name for name in names if name.isidentifier() and name != "self"), None)
