"""Optimizers as rules look at them: the class that steps, and its options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from pyrolint.semantics.alternatives import alternatives, contradict
from pyrolint.semantics.inferences import Inference
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.values import (
    NONE,
    Entries,
    External,
    Guard,
    LibraryObject,
    Value,
)
from pyrolint.syntax.ir import Place


class Options(msgspec.Struct, frozen=True):
    """What an optimizer may step with, under the decisions of ``guard``.

    ``optimizer`` is the canonical name of the class that steps (torch's own, or that of
    ``pyro.optim.clipped_adam`` and the like), None where not known; ``scheduler`` that of the
    scheduler around it. ``known`` are its options by name, with the ``places`` where they were
    written; ``is_complete`` tells that there are no others.
    """

    optimizer: str | None
    scheduler: str | None
    known: Mapping[str, Value]
    places: Mapping[str, Place]
    is_complete: bool
    guard: Guard = ()

    @property
    def name(self) -> str:
        """The class that steps, without its module."""
        return self.optimizer.rsplit(".", 1)[-1] if self.optimizer is not None else "the optimizer"


def options_of(made: LibraryObject) -> Iterator[Options]:
    """The options that an optimizer of Pyro's or torch's steps with, in each way that is known."""
    known = knowledge().optimizers.get(made.name)
    if known is None:
        return
    given = made.arguments.get("optim_args", NONE)
    if known.kind == "torch":
        options = {key: value for key, value in made.arguments.items() if key != "params"}
        yield Options(made.name, None, options, made.places, made.is_complete)
    elif made.name == "pyro.optim.PyroOptim":
        for guard, name in classes_of(made.arguments.get("optim_constructor")):
            yield from _read(name, None, given, guard)
    elif known.kind == "pyro":
        yield from _read(known.wraps, None, given, ())
    elif known.kind == "pyro_scheduler":
        for guard, entries in _each(given, ()):
            inner = entries.known.get("optim_args", NONE)
            for way, name in classes_of(entries.known.get("optimizer")):
                if not contradict(guard, way):
                    yield from _read(name, known.wraps or made.name, inner, (*guard, *way))


def stepping(inference: Inference) -> Iterator[tuple[LibraryObject, Options]]:
    """The optimizers that may step in an inference, each with the options that it then has.

    What `SVI` refuses steps nowhere.
    """
    facts = knowledge().optimizers
    for guard, made in inference.optimizers:
        if not isinstance(made, LibraryObject) or made.name not in facts:
            continue
        if inference.kind == "svi" and facts[made.name].kind.startswith("torch"):
            continue
        for options in options_of(made):
            if options.optimizer is not None and not contradict(guard, options.guard):
                way = (*guard, *options.guard)
                yield made, msgspec.structs.replace(options, guard=way)


def classes_of(value: Value | None) -> Iterator[tuple[Guard, str | None]]:
    """The classes that a value may be, by canonical name; None for one that is not known."""
    for guard, option in alternatives(value or NONE):
        yield guard, option.name if isinstance(option, External) else None


def _each(value: Value, guard: Guard) -> Iterator[tuple[Guard, Entries]]:
    for way, option in alternatives(value):
        if isinstance(option, Entries) and not contradict(guard, way):
            yield (*guard, *way), option


def _read(name: str | None, scheduler: str | None, given: Value, guard: Guard) -> Iterator[Options]:
    for way, entries in _each(given, guard):
        known = {key: value for key, value in entries.known.items() if isinstance(key, str)}
        yield Options(name, scheduler, known, entries.places, entries.rest is None, way)
