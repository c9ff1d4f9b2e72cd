"""Calls: functions of the project are inlined, everything else is looked up in the library."""

from __future__ import annotations

from collections.abc import Callable

from pyrolint.semantics.alternatives import choose, summary
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.attributes import find_in_class, is_module_class, mro
from pyrolint.semantics.contents import new_dictionary, new_list
from pyrolint.semantics.flow import lose
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.dispatch import (
    call_library,
    call_library_method,
    construct_base,
)
from pyrolint.semantics.library.easyguides import is_easy_guide
from pyrolint.semantics.library.modules import in_context, is_pyro
from pyrolint.semantics.library.param_store import forget
from pyrolint.semantics.library.registration import calling, manage
from pyrolint.semantics.library.unfollowed import note_base, note_function
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.module_facts import ModuleCall
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.training import CLEARING
from pyrolint.semantics.values import (
    NONE,
    Bound,
    Choice,
    Class,
    Distribution,
    External,
    Function,
    Guard,
    Handled,
    Instance,
    LibraryMethod,
    LibraryObject,
    ModuleNamespace,
    Partial,
    Super,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place


def call(machine: Machine, callee: Value, arguments: Arguments, place: Place) -> Value:
    """What calling a value returns."""
    match callee:
        case Function():
            return call_function(machine, callee, arguments, place)
        case Bound(function, receiver):
            return call(machine, function, arguments.with_first(receiver, place=place), place)
        case Partial(inner, positional, keywords):
            merged = arguments.with_first(*positional, place=place)
            merged = Arguments(
                merged.positional,
                {**keywords, **merged.keywords},
                merged.positional_places,
                merged.keyword_places,
                merged.is_open,
            )
            return call(machine, inner, merged, place)
        case Class():
            return construct(machine, callee, arguments, place)
        case Instance():
            return call_instance(machine, callee, arguments, place)
        case Choice():
            return _call_each(
                machine,
                callee,
                lambda option: call(machine, option, arguments, place),
                place,
            )
        case External() | Handled() | LibraryObject() | Distribution():
            return call_library(machine, callee, arguments, place)
        case LibraryMethod(receiver, name):
            return call_method(machine, receiver, name, arguments, place)
        case Unknown():
            note_function(machine, callee, place)
            for each in arguments.values():
                manage(machine, each)
            if machine.recorder is None:
                forget(machine)
            if any(isinstance(each, LibraryObject | Instance) for each in arguments.values()):
                # It may set back the gradients of what it gets.
                machine.facts.training.clear()
            lose(machine, *arguments.values())
            result = opaque("the called function is not known", arguments, place)
            return Unknown(
                result.reason,
                place,
                (*result.origins, *callee.origins),
                result.independent and callee.independent,
            )
        case _:
            note_function(machine, callee, place)
            lose(machine, *arguments.values())
            return opaque("called something that is no function", arguments, place)


def _call_each(
    machine: Machine, choice: Choice, function: Callable[[Value], Value], place: Place
) -> Value:
    """Call each alternative on its own path."""
    entry = machine.path
    options: list[tuple[Guard, Value]] = []
    for guard, option in choice.alternatives:
        machine.path = (*entry, *(each for each in guard if each not in entry))
        options.append((guard, function(option)))
        machine.path = entry
    return choose(options, place)


def call_method(
    machine: Machine, receiver: Value, name: str, arguments: Arguments, place: Place
) -> Value:
    """``receiver.name(arguments)``"""
    if name in CLEARING:
        machine.facts.training.clear()
    elif name == "backward":
        machine.facts.training.take(origins_of(receiver), place)
    match receiver:
        case Choice():
            return _call_each(
                machine,
                receiver,
                lambda option: call_method(machine, option, name, arguments, place),
                place,
            )
        case Instance() | Class() | ModuleNamespace() | External():
            function = machine.attribute(receiver, name, place)
            if isinstance(function, LibraryMethod):
                return call_library_method(machine, receiver, name, arguments, place)
            if name == "forward" and isinstance(receiver, Instance):
                return calling(
                    machine,
                    ModuleCall(receiver, place, is_bare=False),
                    lambda: call(machine, function, arguments, place),
                )
            return call(machine, function, arguments, place)
        case Super(instance, after):
            return _call_super(machine, instance, after, name, arguments, place)
        case LibraryObject(identity=identity) if machine.store.read(identity, name) is not None:
            function = machine.attribute(receiver, name, place)
            return call(machine, function, arguments, place)
        case _:
            return call_library_method(machine, receiver, name, arguments, place)


def _call_super(
    machine: Machine,
    instance: Value,
    after: Class,
    name: str,
    arguments: Arguments,
    place: Place,
) -> Value:
    cls = instance.cls if isinstance(instance, Instance) else after
    order = mro(cls)
    index = next((i for i, each in enumerate(order) if each is after), -1)
    for base in order[index + 1 :]:
        if isinstance(base, Class):
            found = machine.store.read(base.identity, name)
            if found is not None:
                return call(machine, found, arguments.with_first(instance, place=place), place)
        elif isinstance(base, External) and isinstance(instance, Instance):
            if name == "__init__":
                return construct_base(machine, instance, base, arguments, place)
            if name in ("forward", "__call__"):
                return call_library_method(machine, instance, name, arguments, place)
        elif isinstance(base, Unknown):
            note_base(machine, instance, name, place)
            lose(machine, *arguments.values())
            return opaque("a method of a base that is not known", arguments, place)
    lose(machine, *arguments.values())
    if name == "__setattr__" and len(arguments.positional) == 2:
        return call_library_method(machine, instance, name, arguments, place)
    return NONE if name == "__init__" else opaque("a method that no base has", arguments, place)


def call_function(
    machine: Machine, function: Function, arguments: Arguments, place: Place
) -> Value:
    """Inline a function of the project: bind its parameters, run it, collect what it returns."""
    definition = function.definition
    where = Place(function.frame.path, definition.at)
    taught = machine.signature(function.name, function.frame.path)
    if taught is not None:
        return call_library(machine, External("signature:" + taught), arguments, place)
    if not machine.enter(where):
        lose(machine, *arguments.values())
        if machine.recorder is None:
            forget(machine)
        else:
            machine.recorder.note_unknown("a function runs itself, or too deep", place)
        return opaque("a function that runs itself, or too often", arguments, place)
    try:
        frame = Frame(
            machine.store.allocate(),
            function.frame.path,
            function.name,
            function.frame,
            owner=function.owner,
            path_at_entry=len(machine.path),
        )
        bind_parameters(machine, frame, function, arguments, place)
        entry = machine.path
        handlers = machine.handlers
        if isinstance(definition, ir.Lambda):
            return machine.evaluate(frame, definition.body)
        falls = machine.execute(frame, definition.body)
        machine.handlers = handlers
        if definition.is_generator:
            machine.path = entry
            element = summary(frame.yields) or Unknown("a generator that yields nothing", place)
            return LibraryObject("generator", "generator", {"element": element}, place)
        if falls:
            frame.returns.append((machine.path[frame.path_at_entry :], NONE))
        machine.path = entry
        if not frame.returns:
            return Unknown("the function never returns", place)
        if len(frame.returns) == 1:
            return frame.returns[0][1]
        return choose(frame.returns, place)
    finally:
        machine.leave()


def bind_parameters(
    machine: Machine, frame: Frame, function: Function, arguments: Arguments, place: Place
) -> None:
    """Write a call's arguments into the frame of the function's activation."""
    parameters = function.definition.parameters.items
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    write = machine.store.write
    identity = frame.identity
    if function.owner is not None and function.kind in ("function", "property") and positional:
        frame.receiver = positional[0]
    for parameter in parameters:
        name = parameter.name
        if parameter.star == 1:
            items = tuple(positional)
            positional = []
            if arguments.is_open:
                write(identity, name, new_list(machine, None, Unknown("*args", place)))
            else:
                write(identity, name, Tuple(items))
        elif parameter.star == 2:
            rest = Unknown("**kwargs", place) if arguments.is_open else None
            known: dict[object, Value] = dict(keywords.items())
            write(identity, name, new_dictionary(machine, known, rest))
            keywords = {}
        elif positional and not parameter.keyword_only:
            write(identity, name, positional.pop(0))
        elif name in keywords:
            write(identity, name, keywords.pop(name))
        elif name in function.defaults and not arguments.is_open:
            write(identity, name, function.defaults[name])
        else:
            reason = f"the argument `{name}` is not known"
            write(identity, name, Unknown(reason, place, independent=arguments.is_open))


def construct(machine: Machine, cls: Class, arguments: Arguments, place: Place) -> Value:
    """An instance: ``__init__`` of the class or of the nearest base that has one is run."""
    taught = machine.signature(cls.name, cls.place.path)
    if taught is not None:
        return call_library(machine, External("signature:" + taught), arguments, place)
    instance = Instance(machine.store.allocate(), cls, place)
    initializer = find_in_class(machine, cls, "__init__")
    if isinstance(initializer, Function):
        call_function(machine, initializer, arguments.with_first(instance, place=place), place)
    else:
        base = next((each for each in mro(cls) if isinstance(each, External)), None)
        if base is not None and base.name not in _PLAIN_BASES:
            construct_base(machine, instance, base, arguments, place)
        else:
            lose(machine, *arguments.values())
            _fill_fields(machine, instance, arguments)
            ready = find_in_class(machine, cls, "__post_init__")
            if ready is not None:
                call(machine, ready, Arguments((instance,), {}, (place,)), place)
    return instance


_PLAIN_BASES = frozenset({"builtins.object", "typing.NamedTuple", "typing.Generic", "abc.ABC"})


def _fill_fields(machine: Machine, instance: Instance, arguments: Arguments) -> None:
    """The fields of a dataclass or the like: annotated names in order, or keywords."""
    fields: dict[str, None] = {}
    for cls in reversed(mro(instance.cls)):
        for statement in cls.definition.body if isinstance(cls, Class) else ():
            match statement:
                case ir.Declaration(kind="field", names=names):
                    fields.update(dict.fromkeys(names))
                case ir.Assign(targets=(ir.Name(id=name), *_), annotation=ir.Node()):
                    fields[name] = None
                case _:
                    pass
    values, _ = arguments.bind(list(fields))
    for name, value in values.items():
        machine.store.write(instance.identity, name, value)


def call_instance(
    machine: Machine, instance: Instance, arguments: Arguments, place: Place
) -> Value:
    """``instance(…)``: its ``__call__``, or ``forward`` of a module, which Pyro may know of."""

    def run() -> Value:
        return calling(
            machine,
            ModuleCall(instance, place),
            lambda: _call_as_defined(machine, instance, arguments, place),
        )

    if is_pyro(machine, instance) is False or find_in_class(machine, instance.cls, "__call__"):
        return run()
    return in_context(machine, instance, run)


def _call_as_defined(
    machine: Machine, instance: Instance, arguments: Arguments, place: Place
) -> Value:
    for name in ("__call__", "forward"):
        method = find_in_class(machine, instance.cls, name)
        if method is None:
            # Set on the instance itself.
            method = machine.store.read(instance.identity, name)
            if method is not None:
                return call(machine, method, arguments, place)
        if method is not None:
            if name == "forward" and not is_module_class(instance.cls):
                continue
            given = arguments.with_first(instance, place=place)
            return call(machine, method, given, place)
    if is_easy_guide(instance.cls):
        return call_method(machine, instance, "guide", arguments, place)
    return call_library_method(machine, instance, "__call__", arguments, place)
