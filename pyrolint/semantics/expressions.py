"""Expressions: from the intermediate representation to abstract values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pyrolint.semantics import arithmetic, elementwise, numeric, sets
from pyrolint.semantics.alternatives import alternatives, choose, summary, under
from pyrolint.semantics.arrays import indexed
from pyrolint.semantics.contents import constant_key
from pyrolint.semantics.definitions import function_value
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.machine import MAX_UNROLLED, Arguments, Machine, entries_of, items_of
from pyrolint.semantics.program import RawFeature
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.values import (
    FALSE,
    TRUE,
    Bound,
    Choice,
    Class,
    Constant,
    Dictionary,
    Entries,
    External,
    Function,
    Handled,
    Items,
    LibraryObject,
    List,
    Numeric,
    OriginKind,
    Partial,
    Pattern,
    Sequence,
    Super,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

BINARY: Mapping[str, Callable[[Numeric, Numeric], Numeric]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "@": arithmetic.matrix_multiply,
    "**": arithmetic.power,
}
"""What the arithmetic operators do to numbers."""

BUILTINS = frozenset(
    "abs all any bool callable dict divmod enumerate filter float format frozenset getattr hasattr"
    " hash id input int isinstance issubclass iter len list map max min next object open print"
    " range repr reversed round set setattr sorted staticmethod classmethod property str sum super"
    " tuple type vars zip NotImplementedError ValueError RuntimeError Exception".split()
)


def evaluate_name(machine: Machine, frame: Frame, node: ir.Name) -> Value:
    """A variable, looked up through the frames it can see."""
    cells = machine.store.cells
    name = node.id
    scope: Frame | None = frame
    while scope is not None:
        value = cells.get((scope.identity, name))
        if value is not None:
            if isinstance(value, Choice) and machine.path:
                value = under(value, machine.path)
            if isinstance(value, Numeric):
                note_read(machine, value, Place(frame.path, node.at))
            return value
        scope = scope.closure
    if name in BUILTINS:
        return External("builtins." + name)
    return Unknown(f"`{name}` is not known here", Place(frame.path, node.at))


def note_read(machine: Machine, value: Numeric, place: Place) -> None:
    """Count a read of a value that a noted function made, or of a bare parameter."""
    if value.applied is not None:
        machine.facts.reads.setdefault(value.applied.place, set()).add(place)
    elif len(value.origins) == 1 and value.origins[0].kind is OriginKind.PARAMETER:
        machine.facts.reads.setdefault(value.origins[0].place, set()).add(place)


def _forget_reads(machine: Machine, arguments: Arguments) -> None:
    """To hand a value on to the project's own function is no use of it: the function's is."""
    for value, place in zip(arguments.positional, arguments.positional_places, strict=False):
        _forget_read(machine, value, place)
    for name, place in arguments.keyword_places.items():
        _forget_read(machine, arguments.keywords[name], place)


def _forget_read(machine: Machine, value: Value, place: Place) -> None:
    if isinstance(value, Numeric):
        made = value.applied.place if value.applied is not None else None
        for origin in (made, *(each.place for each in value.origins)):
            if origin is not None and origin in machine.facts.reads:
                machine.facts.reads[origin].discard(place)


def evaluate_constant(machine: Machine, frame: Frame, node: ir.Constant) -> Value:
    """A literal."""
    return Constant(node.value)


def evaluate_attribute(machine: Machine, frame: Frame, node: ir.Attribute) -> Value:
    """``value.attr``"""
    place = Place(frame.path, node.at)
    value = machine.attribute(machine.evaluate(frame, node.value), node.attr, place)
    if isinstance(value, Numeric):
        note_read(machine, value, place)
    return value


def evaluate_arguments(
    machine: Machine, frame: Frame, arguments: tuple[ir.Argument, ...]
) -> Arguments:
    """The values that a call passes, stars expanded where their contents are known."""
    positional: list[Value] = []
    positional_places: list[Place] = []
    keywords: dict[str, Value] = {}
    keyword_places: dict[str, Place] = {}
    is_open = False
    path = frame.path
    for argument in arguments:
        value = machine.evaluate(frame, argument.value)
        if isinstance(argument.value, ir.Name | ir.Attribute):
            machine.store.share(value)
        place = Place(path, argument.value.at)
        if argument.star == 1:
            items = machine.iterate(value, place)
            if isinstance(items, tuple):
                positional.extend(items)
                positional_places.extend(place for _ in items)
            else:
                is_open = True
        elif argument.star == 2:
            entries = (
                machine.store.read(value.identity, "entries")
                if isinstance(value, Dictionary)
                else None
            )
            if isinstance(entries, Entries):
                # They have no places of their own, where they could be mended.
                named = {k: each for k, each in entries.known.items() if isinstance(k, str)}
                keywords.update(named)
            if not isinstance(entries, Entries) or entries.rest is not None:
                is_open = True
        elif argument.keyword is not None:
            keywords[argument.keyword] = value
            keyword_places[argument.keyword] = place
        else:
            positional.append(value)
            positional_places.append(place)
    return Arguments(tuple(positional), keywords, tuple(positional_places), keyword_places, is_open)


def evaluate_call(machine: Machine, frame: Frame, node: ir.Call) -> Value:
    """``callee(arguments)``; method calls go to the receiver's own table."""
    callee = node.callee
    place = Place(frame.path, node.at)
    if isinstance(callee, ir.Name) and callee.id == "super" and frame.owner is not None:
        if frame.receiver is not None:
            return Super(frame.receiver, frame.owner)
    if isinstance(callee, ir.Name) and callee.id in ("locals", "globals", "vars"):
        return Unknown("a namespace as a dict", place)
    if isinstance(callee, ir.Attribute):
        receiver = machine.evaluate(frame, callee.value)
        arguments = evaluate_arguments(machine, frame, node.arguments)
        result = machine.call_method(receiver, callee.attr, arguments, place)
        if callee.attr.endswith("_"):
            content = machine.note_inplace(frame, node, receiver, arguments)
            result = content if content is not None else result
        name = callee.attr
        if name == "forward" and isinstance(callee.value, ir.Attribute):
            name = callee.value.attr
        return _given_out(machine, result, name, frame.path)
    function = machine.evaluate(frame, callee)
    arguments = evaluate_arguments(machine, frame, node.arguments)
    if isinstance(function, Function):
        _forget_reads(machine, arguments)
    result = machine.call(function, arguments, place)
    name = callee.id if isinstance(callee, ir.Name) else ""
    return _given_out(machine, result, name, frame.path)


def _given_out(machine: Machine, value: Value, name: str, path: str) -> Value:
    """What a call gives: where several functions call it, its probabilities are wanted as such."""
    match value:
        case Numeric() if value.applied is not None and machine.is_shared(name, path):
            if value.applied.caller != machine.caller:
                return numeric.replaced(value, applied=None)
            return value
        case Tuple(items):
            return Tuple(tuple(_given_out(machine, item, name, path) for item in items))
        case _:
            return value


def evaluate_subscript(machine: Machine, frame: Frame, node: ir.Subscript) -> Value:
    """``value[indices]``"""
    value = machine.evaluate(frame, node.value)
    indices = tuple(machine.evaluate(frame, index) for index in node.indices)
    place = Place(frame.path, node.at)
    if isinstance(value, Dictionary) and len(indices) == 1 and isinstance(indices[0], Choice):
        ways = indices[0].alternatives
        return choose([(guard, element(machine, value, (key,), place)) for guard, key in ways])
    if isinstance(value, Choice):
        return choose([(g, element(machine, v, indices, place)) for g, v in value.alternatives])
    return element(machine, value, indices, place)


def element(machine: Machine, value: Value, indices: tuple[Value, ...], place: Place) -> Value:
    """What indexing a value gives."""
    key = indices[0] if len(indices) == 1 else None
    match value:
        case Tuple(items):
            return _item(machine, items, key, place)
        case List():
            contents = items_of(machine, value)
            if contents.items is not None:
                if isinstance(key, Tuple):
                    return machine.new_list(_sliced(contents.items, key))
                return _item(machine, contents.items, key, place)
            if isinstance(key, Constant) and _is_one_of_constants(contents.element):
                return Unknown("one certain item of a list", place, independent=True)
            return contents.element or Unknown("an empty list", place)
        case Dictionary():
            entries = entries_of(machine, value)
            name = constant_key(key if len(indices) == 1 else Tuple(indices))
            if name is not None and name in entries.known:
                return entries.known[name]
            if name is not None and entries.rest is not None:
                return entries.rest
            every = [*entries.known.values(), *([entries.rest] if entries.rest else [])]
            if (
                entries.rest is None
                and key is not None
                and all(_is_program(machine, each) for each in every)
            ):
                return _chosen(entries.known, key, place)
            origins = tuple(dict.fromkeys(o for each in every for o in origins_of(each)))
            return Unknown("dict read by an unknown key", place, origins)
        case Sequence(inner):
            return inner
        case Numeric():
            return _part(value, indices)
        case Unknown():
            return value
        case External() if value.name.startswith("pyro.nn.PyroModule"):
            return key if isinstance(key, External) else Unknown("a PyroModule of what?", place)
        case LibraryObject():
            return machine.call_method(value, "__getitem__", Arguments(indices), place)
        case _:
            return machine.call_method(value, "__getitem__", Arguments(indices), place)


def _part(value: Numeric, indices: tuple[Value, ...]) -> Numeric:
    """Some elements of a tensor: of a literal those very ones, else any of them."""
    part = numeric.replaced(value, literal=None, shape=None, applied=None)
    if value.origins or value.within is None or sets.projection(value.within).is_point:
        return part
    chosen = indexed(value.literal, indices) if value.literal is not None else None
    if chosen is None or not chosen.values:
        # A constant meets its bounds somewhere, but not in every part of it.
        return numeric.replaced(part, reaches=None, start=None)
    low, high = min(chosen.values), max(chosen.values)
    integer = all(each.is_integer() for each in chosen.values)
    members = sets.Interval(low, high, sets.End.ATOM, sets.End.ATOM, integer, free=False)
    return numeric.replaced(
        part, within=members, reaches=members, start=members, literal=chosen, shape=chosen.shape
    )


def _is_program(machine: Machine, value: Value) -> bool:
    """Whether a value is a function or a class that draws samples, itself or through a helper."""
    match value:
        case Function(definition=ir.Function() as definition, frame=frame):
            return _draws(machine, definition, frame)
        case Bound(function=inner) | Partial(callee=inner) | Handled(program=inner):
            return _is_program(machine, inner)
        case Tuple(items=items):
            return bool(items) and all(_is_program(machine, item) for item in items)
        case Class(definition=definition, place=place):
            methods = [each for each in definition.body if isinstance(each, ir.Function)]
            module = machine.module_frame(place.path)
            return module is not None and any(_draws(machine, each, module) for each in methods)
        case _:
            return False


def _draws(machine: Machine, definition: ir.Function, frame: Frame) -> bool:
    if "sample" in definition.mentions:
        return True
    module = frame.module.identity
    called = (machine.store.read(module, name) for name in definition.calls)
    return any(
        isinstance(each, Function)
        and isinstance(each.definition, ir.Function)
        and "sample" in each.definition.mentions
        for each in called
    )


def _is_one_of_constants(value: Value | None) -> bool:
    return isinstance(value, Choice) and all(
        isinstance(option, Constant) for _, option in value.alternatives
    )


def _chosen(known: Mapping[object, Value], key: Value, place: Place) -> Value:
    """One of a dict's programs, by a key that is not known.

    Two dicts that are read by the same key, such as one of models and one of guides, choose alike.
    """
    if isinstance(key, Unknown) and key.place is not None:
        place = key.place
    return choose(
        [
            (tuple((("key", place, other), int(other == name)) for other in known), value)
            for name, value in known.items()
        ],
        place,
    )


def _item(machine: Machine, items: tuple[Value, ...], key: Value | None, place: Place) -> Value:
    if isinstance(key, Constant) and isinstance(key.value, int):
        if -len(items) <= key.value < len(items):
            return items[key.value]
    if isinstance(key, Tuple):
        return Tuple(_sliced(items, key))
    one = summary(list(items))
    return one if one is not None else Unknown("an empty sequence", place)


def _sliced(items: tuple[Value, ...], key: Tuple) -> tuple[Value, ...]:
    bounds = [
        each.value if isinstance(each, Constant) and isinstance(each.value, int) else None
        for each in key.items
    ]
    return items[slice(*bounds)] if len(bounds) == 3 and bounds[2] != 0 else items


def evaluate_slice(machine: Machine, frame: Frame, node: ir.Slice) -> Value:
    """A slice, as the tuple of its bounds."""
    parts = (node.lower, node.upper, node.step)
    return Tuple(
        tuple(
            machine.evaluate(frame, each) if each is not None else Constant(None) for each in parts
        )
    )


def evaluate_unary(machine: Machine, frame: Frame, node: ir.Unary) -> Value:
    """``-x``, ``+x``, ``~x``, ``not x``"""
    value = machine.evaluate(frame, node.operand)
    place = Place(frame.path, node.at)
    if node.operator == "not":
        holds = machine.truth(value)
        if holds is not None:
            return FALSE if holds else TRUE
        return Unknown("a negation", place, (), is_independent(value))
    if node.operator == "-":
        if isinstance(value, Constant) and isinstance(value.value, int | float):
            return Constant(-value.value)
        return numeric.lift(lambda number: elementwise.elementwise("neg", number), value, place)
    if node.operator == "+":
        return value
    return Unknown("a bitwise complement", place, origins_of(value), is_independent(value))


_NUMBER_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
}


def evaluate_binary(machine: Machine, frame: Frame, node: ir.Binary) -> Value:
    """Arithmetic, on constants as Python does it."""
    left = machine.evaluate(frame, node.left)
    right = machine.evaluate(frame, node.right)
    place = Place(frame.path, node.at)
    return binary(machine, node.operator, left, right, place)


def binary(machine: Machine, operator: str, left: Value, right: Value, place: Place) -> Value:
    """``left operator right`` on values."""
    if isinstance(left, Constant) and isinstance(right, Constant):
        folded = _fold(operator, left.value, right.value)
        if folded is not None:
            return folded
    if isinstance(left, Pattern) or (isinstance(left, Constant) and isinstance(left.value, str)):
        return _string(operator, left, right, place, machine)
    if isinstance(right, Pattern) and operator == "+":
        return Pattern("{}" + right.text)
    if isinstance(left, Tuple) and isinstance(right, Tuple) and operator == "+":
        return Tuple(left.items + right.items)
    if isinstance(left, List) and operator in ("+", "*"):
        return _list_arithmetic(machine, operator, left, right)
    function = BINARY.get(operator)
    if operator in ("*", "@"):
        note_product(machine, left, right, place)
    if function is None:
        independent = is_independent(left) and is_independent(right)
        return Unknown(f"`{operator}`", place, (*origins_of(left), *origins_of(right)), independent)
    return numeric.lift2(function, left, right, place)


def note_product(machine: Machine, left: Value, right: Value, place: Place) -> None:
    """Record raw data that is multiplied into something latent, learned or a network's."""
    recorder = machine.recorder
    if recorder is None:
        return
    for data, other in ((left, right), (right, left)):
        sources = raw_of(data)
        if not sources:
            continue
        for origin in origins_of(other):
            if origin.kind in (OriginKind.PARAMETER, OriginKind.LATENT, OriginKind.NETWORK):
                for source in sources:
                    feature = RawFeature(source, place, origin.kind.value, recorder.name)
                    if feature not in machine.facts.raw_features:
                        machine.facts.raw_features.append(feature)
                break


def _list_arithmetic(machine: Machine, operator: str, left: List, right: Value) -> Value:
    contents = items_of(machine, left)
    if operator == "*" and isinstance(right, Constant) and isinstance(right.value, int):
        if contents.items is not None and len(contents.items) * right.value <= 64:
            return machine.new_list(contents.items * right.value)
    if operator == "+" and isinstance(right, List):
        other = items_of(machine, right)
        if contents.items is not None and other.items is not None:
            return machine.new_list(contents.items + other.items)
    elements = list(contents.items or ())
    if contents.element is not None:
        elements.append(contents.element)
    return machine.new_list(None, summary(elements))


def _fold(operator: str, left: Any, right: Any) -> Constant | None:
    function = _NUMBER_OPERATIONS.get(operator)
    if function is None:
        return None
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    strings = isinstance(left, str) and operator in ("+", "%")
    if not numbers and not strings:
        return None
    if operator == "**" and (abs(right) > 64 or abs(left) > 1e6):
        return None
    try:
        result = function(left, right)
    except (ArithmeticError, TypeError, ValueError):
        return None
    if isinstance(result, int) and not isinstance(result, bool) and abs(result) >= 2**63:
        return None
    return Constant(result) if isinstance(result, bool | int | float | str) else None


def text_of(value: Value) -> str:
    """The text that a value leaves in a string: itself where constant, ``{}`` where not."""
    match value:
        case Constant(text):
            return str(text)
        case Pattern(text):
            return text
        case _:
            return "{}"


def string(text: str, is_known: bool) -> Value:
    """A string, or the pattern it follows."""
    return Constant(text) if is_known else Pattern(text)


def _string(operator: str, left: Value, right: Value, place: Place, machine: Machine) -> Value:
    if operator == "+":
        known = isinstance(left, Constant) and isinstance(right, Constant)
        return string(text_of(left) + text_of(right), known)
    if operator == "%" and isinstance(left, Constant):
        items = right.items if isinstance(right, Tuple) else (right,)
        text, known = _percent(str(left.value), items)
        return string(text, known)
    return Unknown("an operation on a string", place, (), is_independent(right))


def _percent(template: str, items: tuple[Value, ...]) -> tuple[str, bool]:
    pieces = re.split(r"%[-#0 +]*\d*(?:\.\d+)?[sdrifgeExXc]", template)
    if len(pieces) != len(items) + 1:
        return "{}", False
    text = pieces[0]
    for item, piece in zip(items, pieces[1:], strict=True):
        text += text_of(item) + piece
    return text, all(isinstance(item, Constant) for item in items)


def evaluate_formatted(machine: Machine, frame: Frame, node: ir.FormattedString) -> Value:
    """An f-string: its text, or the pattern it follows."""
    values = [machine.evaluate(frame, part) for part in node.parts]
    known = all(isinstance(value, Constant) for value in values)
    return string("".join(map(text_of, values)), known)


def evaluate_boolean(machine: Machine, frame: Frame, node: ir.Boolean) -> Value:
    """``and`` / ``or``: the side that decides, or either."""
    left = machine.evaluate(frame, node.left)
    holds = machine.truth(left)
    if holds is not None:
        stops = holds if node.operator == "or" else not holds
        return left if stops else machine.evaluate(frame, node.right)
    right = machine.evaluate(frame, node.right)
    key = (frame.identity, node.at)
    return choose([(((key, 1),), left), (((key, 0),), right)], Place(frame.path, node.at))


def evaluate_comparison(machine: Machine, frame: Frame, node: ir.Comparison) -> Value:
    """A comparison: decided on constants and on None, else unknown."""
    left = machine.evaluate(frame, node.left)
    rights = [machine.evaluate(frame, each) for each in node.rights]
    return compared(machine, node.operators, left, rights)


def compared(
    machine: Machine, operators: tuple[str, ...], left: Value, rights: list[Value]
) -> Value:
    """``left op0 right0 op1 right1 …`` of values."""
    result: bool | None = True
    origins = origins_of(left)
    independent = is_independent(left)
    is_tensor = False
    for operator, right in zip(operators, rights, strict=True):
        origins = (*origins, *origins_of(right))
        independent = independent and is_independent(right)
        is_tensor = is_tensor or _is_tensor(left) or _is_tensor(right)
        verdicts = {compare(machine, operator, option, right) for _, option in alternatives(left)}
        holds = verdicts.pop() if len(verdicts) == 1 else None
        if holds is False:
            return FALSE
        if holds is None:
            result = None
        left = right
    if result:
        return TRUE
    form = "tensor" if is_tensor else None
    return Numeric(sets.BOOLEAN, None, None, origins, "bool", form, independent=independent)


def _is_tensor(value: Value) -> bool:
    return isinstance(value, Numeric) and value.form == "tensor"


def compare(machine: Machine, operator: str, left: Value, right: Value) -> bool | None:
    """What a comparison of two values gives, None where that is not known."""
    if operator in ("is", "is not", "==", "!=") and (
        right == Constant(None) or left == Constant(None)
    ):
        other = left if right == Constant(None) else right
        is_none = none_ness(other)
        if is_none is None:
            return None
        return is_none if operator in ("is", "==") else not is_none
    left, right = _single(left), _single(right)
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _compare_constants(operator, left.value, right.value)
    if isinstance(left, External) and isinstance(right, External) and left.name == right.name:
        return {"is": True, "==": True, "is not": False, "!=": False}.get(operator)
    if operator in ("in", "not in") and isinstance(left, Constant):
        found = _contains(machine, right, left)
        return None if found is None else found if operator == "in" else not found
    return None


def _single(value: Value) -> Value:
    """A number that arithmetic made of constants, as a constant."""
    if isinstance(value, Numeric) and value.literal is not None and value.literal.shape == ():
        return Constant(value.literal.values[0])
    return value


def none_ness(value: Value) -> bool | None:
    """Whether a value is None, None where that is not known."""
    match value:
        case Constant(content):
            return content is None
        case Unknown(is_given=is_given):
            return False if is_given else None
        case Choice(options):
            answers = {none_ness(option) for _, option in options}
            return answers.pop() if len(answers) == 1 else None
        case _:
            return False


def _compare_constants(operator: str, left: Any, right: Any) -> bool | None:
    try:
        match operator:
            case "==" | "is":
                return bool(left == right)
            case "!=" | "is not":
                return bool(left != right)
            case "<":
                return bool(left < right)
            case "<=":
                return bool(left <= right)
            case ">":
                return bool(left > right)
            case ">=":
                return bool(left >= right)
            case "in":
                return bool(left in right)
            case "not in":
                return bool(left not in right)
    except TypeError:
        return None
    return None


def _contains(machine: Machine, container: Value, item: Constant) -> bool | None:
    if isinstance(container, Dictionary):
        entries = entries_of(machine, container)
        if item.value in entries.known:
            return True
        return False if entries.rest is None else None
    contents: tuple[Value, ...] | None = None
    if isinstance(container, Tuple):
        contents = container.items
    elif isinstance(container, List):
        held = machine.store.read(container.identity, "items")
        contents = held.items if isinstance(held, Items) else None
    if contents is not None and all(isinstance(each, Constant) for each in contents):
        return item in contents
    return None


def evaluate_conditional(machine: Machine, frame: Frame, node: ir.Conditional) -> Value:
    """``body if test else orelse``: guarded alternatives where the test is not known."""
    test = machine.condition(frame, node.test)
    if test.decision is None:
        return machine.evaluate(frame, node.body if test.holds else node.orelse)
    key, taken = test.decision
    entry = machine.path
    machine.path = (*entry, (key, taken), *test.when_true)
    body = machine.evaluate(frame, node.body)
    machine.path = (*entry, (key, 1 - taken), *test.when_false)
    orelse = machine.evaluate(frame, node.orelse)
    machine.path = entry
    return choose([(((key, taken),), body), (((key, 1 - taken),), orelse)])


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
        return machine.new_list(None, summary(items))
    return Tuple(tuple(items)) if node.kind == "tuple" else machine.new_list(tuple(items))


def evaluate_dict(machine: Machine, frame: Frame, node: ir.Dict) -> Value:
    """A dict display."""
    known: dict[object, Value] = {}
    rest: Value | None = None
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
            else:
                known = {}
                rest = Unknown("a dict unpacked", Place(frame.path, value_node.at))
            continue
        key = machine.evaluate(frame, key_node)
        name = constant_key(key)
        if name is not None:
            known[name] = value
        else:
            rest = Unknown("a key that is not constant", Place(frame.path, key_node.at))
    return machine.new_dictionary(known, rest)


def evaluate_comprehension(machine: Machine, frame: Frame, node: ir.Comprehension) -> Value:
    """A comprehension, item by item where its one iterable is known and short."""
    inner = Frame(
        machine.store.allocate(), frame.path, frame.name, frame, depth=frame.depth,
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
        contents = machine.iterate(iterable, Place(frame.path, generator.iterable.at))
        exact = isinstance(contents, tuple) and len(contents) <= MAX_UNROLLED
        items = contents if isinstance(contents, tuple) else (contents,)
        if isinstance(contents, tuple) and not exact:
            one = summary(list(contents))
            items = (one,) if one is not None else ()
        for item in items:
            machine.bind(inner, generator.target, item)
            verdicts = [
                machine.truth(machine.evaluate(inner, test)) for test in generator.conditions
            ]
            if False in verdicts:
                continue
            exact = run(index + 1) and exact and None not in verdicts
        return exact

    exact = run(0)
    if node.kind == "dict":
        known: dict[object, Value] = {
            name: value
            for name, value in ((constant_key(key), value) for key, value in results)
            if name is not None and exact
        }
        if exact and len(known) == len(results):
            return machine.new_dictionary(known)
        rest = summary([value for _, value in results])
        return machine.new_dictionary({}, rest or Unknown("an empty dict"))
    values = tuple(value for _, value in results)
    return machine.new_list(values) if exact else machine.new_list(None, summary(list(values)))


def evaluate_named(machine: Machine, frame: Frame, node: ir.NamedExpression) -> Value:
    """``target := value``"""
    value = machine.evaluate(frame, node.value)
    while frame.is_comprehension and frame.closure is not None:
        frame = frame.closure
    machine.bind(frame, node.target, value)
    return value


def evaluate_lambda(machine: Machine, frame: Frame, node: ir.Lambda) -> Value:
    """A function value."""
    return function_value(machine, frame, node, "<lambda>")


def evaluate_starred(machine: Machine, frame: Frame, node: ir.Starred) -> Value:
    """``*value`` out of place: its value."""
    return machine.evaluate(frame, node.value)


def evaluate_yield(machine: Machine, frame: Frame, node: ir.Yield) -> Value:
    """``yield``: the activation collects what it hands out."""
    place = Place(frame.path, node.at)
    if node.value is not None:
        value = machine.evaluate(frame, node.value)
        contents = machine.iterate(value, place) if node.delegates else value
        frame.yields.extend(contents if isinstance(contents, tuple) else (contents,))
    else:
        frame.yields.append(Constant(None))
    return Unknown("what is sent to a generator", place)


def evaluate_opaque(machine: Machine, frame: Frame, node: ir.Opaque) -> Value:
    """An expression without a reading: its operands are evaluated, the result is unknown."""
    values = [machine.evaluate(frame, each) for each in node.operands]
    origins = tuple(dict.fromkeys(o for value in values for o in origins_of(value)))
    independent = all(map(is_independent, values))
    return Unknown("an opaque expression", Place(frame.path, node.at), origins, independent)


EXPRESSIONS: Mapping[type, Callable[[Machine, Frame, Any], Value]] = {
    ir.Name: evaluate_name,
    ir.Constant: evaluate_constant,
    ir.Attribute: evaluate_attribute,
    ir.Call: evaluate_call,
    ir.Slice: evaluate_slice,
    ir.Subscript: evaluate_subscript,
    ir.Unary: evaluate_unary,
    ir.Binary: evaluate_binary,
    ir.Boolean: evaluate_boolean,
    ir.Comparison: evaluate_comparison,
    ir.Conditional: evaluate_conditional,
    ir.Starred: evaluate_starred,
    ir.Display: evaluate_display,
    ir.Dict: evaluate_dict,
    ir.Comprehension: evaluate_comprehension,
    ir.FormattedString: evaluate_formatted,
    ir.NamedExpression: evaluate_named,
    ir.Lambda: evaluate_lambda,
    ir.Yield: evaluate_yield,
    ir.Opaque: evaluate_opaque,
}
"""The evaluation of every kind of expression."""
