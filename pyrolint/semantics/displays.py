"""Displays: lists, tuples, sets and dicts written out, comprehensions and f-strings."""

from __future__ import annotations

from pyrolint.semantics.alternatives import summary
from pyrolint.semantics.comparisons import truth
from pyrolint.semantics.contents import constant_key, new_dictionary, new_list
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.iteration import length_of
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.names import Turn
from pyrolint.semantics.strings import concatenated
from pyrolint.semantics.turns import begin_loop, handed_out
from pyrolint.semantics.values import Dictionary, Entries, Tuple, Unknown, Value
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def evaluate_formatted(machine: Machine, frame: Frame, node: ir.FormattedString) -> Value:
    """An f-string: its text, or the pattern it follows."""
    return concatenated([machine.evaluate(frame, part) for part in node.parts])


def evaluate_display(machine: Machine, frame: Frame, node: ir.Display) -> Value:
    """A list, tuple or set display."""
    items: list[Value] = []
    exact = True
    for each in node.elements:
        if isinstance(each, ir.Starred):
            contents = machine.iterate(
                machine.evaluate(frame, each.value), Place(frame.path, each.at)
            )
            if isinstance(contents, tuple):
                items.extend(contents)
            else:
                items.append(contents)
                exact = False
        else:
            items.append(machine.evaluate(frame, each))
    if not exact:
        return new_list(machine, None, summary(items))
    return Tuple(tuple(items)) if node.kind == "tuple" else new_list(machine, tuple(items))


def evaluate_dict(machine: Machine, frame: Frame, node: ir.Dict) -> Value:
    """A dict display."""
    known: dict[object, Value] = {}
    rest: Value | None = None
    places: dict[str, Place] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = machine.evaluate(frame, value_node)
        if key_node is None:
            entries = (
                machine.store.read(value.identity, "entries")
                if isinstance(value, Dictionary)
                else None
            )
            if isinstance(entries, Entries):
                known = {**(known if entries.rest is None else {}), **entries.known}
                rest = entries.rest or rest
                places.update(entries.places)
            else:
                known = {}
                rest = Unknown("a dict unpacked", Place(frame.path, value_node.at))
            continue
        key = machine.evaluate(frame, key_node)
        name = constant_key(key)
        if name is not None:
            known[name] = value
            if isinstance(name, str):
                places[name] = Place(frame.path, value_node.at)
        else:
            rest = Unknown("a key that is not constant", Place(frame.path, key_node.at))
    return new_dictionary(machine, known, rest, places)


def evaluate_comprehension(machine: Machine, frame: Frame, node: ir.Comprehension) -> Value:
    """A comprehension, item by item where its one iterable is known and short."""
    inner = Frame(
        machine.store.allocate(), frame.path, frame.name, frame,
        owner=frame.owner, receiver=frame.receiver, path_at_entry=frame.path_at_entry,
    )  # fmt: skip
    inner.is_comprehension = True
    results: list[tuple[Value | None, Value]] = []

    def run(index: int) -> bool:
        if index == len(node.generators):
            key = machine.evaluate(inner, node.key) if node.key is not None else None
            results.append((key, machine.evaluate(inner, node.element)))
            return True
        generator = node.generators[index]
        iterable = machine.evaluate(inner, generator.iterable)
        place = Place(frame.path, generator.iterable.at)
        contents = machine.iterate(iterable, place)
        loop = begin_loop(machine, place, generator.target, iterable, contents)
        exact = loop.is_exact
        loop.turns = 1
        items = contents if isinstance(contents, tuple) else (contents,)
        if isinstance(contents, tuple) and not exact:
            one = summary(list(contents))
            items = (one,) if one is not None else ()
        entry, turns, mark = machine.path, machine.turns, machine.store.mark()
        training = machine.facts.training if machine.recorder is None else None
        if training is not None:
            newest = machine.store.identities
            training.enter(place, entry, newest, length_of(iterable, contents))
        for number, item in enumerate(items):
            if not exact and machine.recorder is not None:
                item = handed_out(machine, loop, number, item)
            machine.bind(inner, generator.target, item)
            verdicts = [
                truth(machine, machine.evaluate(inner, test)) for test in generator.conditions
            ]
            if False in verdicts:
                continue
            if None in verdicts:
                machine.path = (*entry, ((inner.identity, place, number), 1))
            machine.turns = (*turns, Turn(loop, number))
            exact = run(index + 1) and exact and None not in verdicts
            machine.path, machine.turns = entry, turns
            if not loop.is_exact:
                # What one turn changes the next one may build its names of.
                loop.goes_on = not machine.store.changed(mark, inner.identity)
        if training is not None:
            training.leave()
        return exact

    exact = run(0)
    if node.kind == "dict":
        known: dict[object, Value] = {
            name: value
            for name, value in ((constant_key(key), value) for key, value in results)
            if name is not None and exact
        }
        if exact and len(known) == len(results):
            return new_dictionary(machine, known)
        rest = summary([value for _, value in results])
        return new_dictionary(machine, {}, rest or Unknown("an empty dict"))
    values = tuple(value for _, value in results)
    return new_list(machine, values) if exact else new_list(machine, None, summary(list(values)))
