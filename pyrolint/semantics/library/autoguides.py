"""Autoguides: the parts they are put together of, and the model as each of them sees it."""

from __future__ import annotations

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.program import Program, Prototype
from pyrolint.semantics.values import Items, LibraryObject, Unknown, Value
from pyrolint.syntax.ir import Place

_LIST = "pyro.infer.autoguide.AutoGuideList"
_PARTS = "#parts"


def add_part(machine: Machine, guide: LibraryObject, part: Value | None) -> None:
    """``AutoGuideList.append(part)``: the list has one part more."""
    held = machine.store.read(guide.identity, _PARTS)
    added = part if part is not None else Unknown("a part that was not passed")
    if held is None:
        machine.store.write(guide.identity, _PARTS, Items((added,)))
    elif isinstance(held, Items) and held.items is not None:
        machine.store.write(guide.identity, _PARTS, Items((*held.items, added)))


def prototypes(
    machine: Machine,
    guide: Value,
    model: tuple[Value, Program | None],
    arguments: Arguments,
    place: Place,
) -> tuple[Prototype, ...]:
    """What each part of an autoguide sees of its model, when it runs it for the first time.

    ``model`` is what the inference runs, as a value and evaluated: most autoguides have the same.
    """
    found: list[Prototype] = []
    for part in _parts(machine, guide):
        program = None
        if isinstance(part, LibraryObject) and part.kind == "autoguide":
            own = part.arguments.get("model")
            if own is model[0]:
                program = model[1]
            elif own is not None:
                options = alternatives(own)
                if len(options) == 1:
                    program = machine.run_program(
                        own, arguments, place, role="prototype", kind="autoguide"
                    )
            found.append(Prototype(part, _is_continuous(part.name), program))
        else:
            found.append(Prototype(None, False, None))
    return tuple(found)


def _parts(machine: Machine, guide: Value) -> tuple[Value, ...]:
    if not isinstance(guide, LibraryObject) or guide.kind != "autoguide":
        return ()
    if guide.name != _LIST:
        return (guide,)
    held = machine.store.read(guide.identity, _PARTS)
    if isinstance(held, Items) and held.items is not None:
        return held.items
    return (Unknown("an AutoGuideList whose parts are not known"),)


def _is_continuous(name: str) -> bool:
    """Whether an autoguide gives each latent a point or a density of its own making."""
    bases = (name, *knowledge().autoguides[name].bases)
    short = {each.rsplit(".", 1)[-1] for each in bases}
    return not short & {"AutoCallable", "AutoDiscreteParallel", "AutoGuideList"}
