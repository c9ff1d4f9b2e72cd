"""Roots: the functions that nothing was seen to run, evaluated for what they hold.

A function that holds Pyro primitives and has no known caller is a program of its own; one that
sets up an inference is run as a caller would run it. What they are passed is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.attributes import find_in_class
from pyrolint.semantics.callgraph import (
    INFERENCES,
    PRIMITIVES,
    CallGraph,
    Candidate,
)
from pyrolint.semantics.calls import construct
from pyrolint.semantics.evaluate import Evaluator
from pyrolint.semantics.frames import Frame
from pyrolint.semantics.library.options import overridable
from pyrolint.semantics.machine import EXHAUSTED
from pyrolint.semantics.placeholders import settle
from pyrolint.semantics.program import Program
from pyrolint.semantics.values import (
    Bound,
    Choice,
    Class,
    External,
    Function,
    Handled,
    Instance,
    LibraryObject,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

_SWITCHES = frozenset(
    "enable_validation validation_enabled set_default_validate_args settings filterwarnings"
    " simplefilter".split()
)
_SET_UPS = frozenset({"SVI", "Trace_ELBO", "TraceEnum_ELBO", "TraceMeanField_ELBO"})


def run_roots(
    evaluator: Evaluator, module: ir.Module, met: frozenset[Place] = frozenset()
) -> list[Program]:
    """Evaluate what the file defines and nothing ran: first set-ups, then programs.

    ``met`` are functions that another file was seen to run.
    """
    frame = evaluator.module_frame(module.path)
    if frame is None:
        return []
    candidates = [each for each in _candidates(evaluator, frame, module) if each.place not in met]
    called = CallGraph(candidates)
    candidates.sort(key=lambda each: each.place.at)
    candidates.sort(key=called.has_callers)
    programs: list[Program] = []
    for each in candidates:
        if called.is_set_up(each):
            _run(evaluator, each, programs, as_program=False)
    for each in _inherited(evaluator, frame, module):
        _run(evaluator, each, programs, as_program=False, again=True)
    for each in candidates:
        if called.is_program(each):
            if not called.is_helper(each, evaluator.cut_short):
                _run(evaluator, each, programs, as_program=True)
        elif each.mentions & _SWITCHES:
            _run(evaluator, each, programs, as_program=False)
    return programs


def run_replaced(evaluator: Evaluator, path: str, value: Value) -> list[Program]:
    """Evaluate a program whose name is about to be another's, as it is in a notebook, as it stands.

    Nobody has run it; once its name is gone nobody can.
    """
    function = _under_handlers(value)
    programs: list[Program] = []
    if function is None or function.frame.path != path or evaluator.recorder is not None:
        return programs
    definition = function.definition
    if isinstance(definition, ir.Function):
        aliases = aliases_in(evaluator, function.frame)
        candidate = Candidate(definition, function, None, path, aliases)
        if candidate.mentions & PRIMITIVES and not candidate.mentions & INFERENCES:
            steps, entry, active = evaluator.steps, evaluator.path, evaluator.handlers
            evaluator.handlers = ()
            _run(evaluator, candidate, programs, as_program=True)
            evaluator.steps, evaluator.path, evaluator.handlers = steps, entry, active
    return programs


def _candidates(evaluator: Evaluator, frame: Frame, module: ir.Module) -> Iterator[Candidate]:
    seen: set[Place] = set()
    aliases = aliases_in(evaluator, frame)
    for statement in _definitions(module.body):
        value = evaluator.store.read(frame.identity, statement.name)
        for definition, function, owner in _functions(evaluator, value, statement):
            candidate = Candidate(definition, function, owner, module.path, aliases)
            if candidate.place not in seen:
                seen.add(candidate.place)
                yield candidate


def aliases_in(evaluator: Evaluator, frame: Frame) -> dict[str, str]:
    """The names of a module that stand for a library's functions of other names."""
    return {
        name: value.name.rsplit(".", 1)[-1]
        for name, value in evaluator.store.cells_of(frame.module.identity)
        if isinstance(value, External)
    }


def _inherited(evaluator: Evaluator, frame: Frame, module: ir.Module) -> Iterator[Candidate]:
    """Set-ups of inferences that a class has from its bases, and that use what it overrides."""
    for statement in _definitions(module.body):
        if not isinstance(statement, ir.Class):
            continue
        owner = evaluator.store.read(frame.identity, statement.name)
        if not isinstance(owner, Class):
            continue
        own = {each.name for each in owner.definition.body if isinstance(each, ir.Function)}
        overrides = own - {"__init__"}
        for base in owner.order:
            if not isinstance(base, Class):
                continue
            for member in base.definition.body:
                if not isinstance(member, ir.Function) or member.name in own:
                    continue
                own.add(member.name)
                method = evaluator.store.read(base.identity, member.name)
                if not isinstance(method, Function) or method.kind != "function":
                    continue
                words = _mentions_around(evaluator, member, method)
                if words & overrides and words & _SET_UPS:
                    yield Candidate(member, method, owner, method.frame.path, {})


def _mentions_around(
    evaluator: Evaluator, definition: ir.Function, function: Function
) -> frozenset[str]:
    """What a function mentions, and the functions of its module that it calls."""
    words = definition.mentions
    module = function.frame.module.identity
    for name in definition.calls:
        called = evaluator.store.read(module, name)
        if isinstance(called, Function) and isinstance(called.definition, ir.Function):
            words |= called.definition.mentions
    for name in tuple(words):
        named = evaluator.store.read(module, name)
        if isinstance(named, External):
            words |= {named.name.rsplit(".", 1)[-1]}
    return words


def _definitions(body: tuple[ir.Statement, ...]) -> Iterator[ir.Function | ir.Class]:
    """Functions and classes at a module's top level, under ``if`` and ``try`` too."""
    for statement in body:
        match statement:
            case ir.Function() | ir.Class():
                yield statement
            case ir.If(body=inner, orelse=orelse):
                yield from _definitions(inner)
                yield from _definitions(orelse)
            case ir.Try(body=inner):
                yield from _definitions(inner)
            case _:
                pass


def _functions(
    evaluator: Evaluator, value: Value | None, statement: ir.Function | ir.Class
) -> Iterator[tuple[ir.Function, Function, Class | None]]:
    """The functions that a definition left behind, as defined and as their names stand for."""
    if isinstance(value, Choice):
        for _, option in value.alternatives:
            yield from _functions(evaluator, option, statement)
    elif isinstance(statement, ir.Function):
        function = _under_handlers(value)
        if function is not None and (function.definition is statement or statement.decorators):
            yield statement, function, None
    elif isinstance(value, Class):
        for member in statement.body:
            if isinstance(member, ir.Function):
                method = _under_handlers(evaluator.store.read(value.identity, member.name))
                if method is not None and method.kind in ("function", "static"):
                    yield member, method, value


def _under_handlers(value: Value | None) -> Function | None:
    while isinstance(value, Handled):
        value = value.program
    return value if isinstance(value, Function) else None


def _run(
    evaluator: Evaluator,
    candidate: Candidate,
    programs: list[Program],
    *,
    as_program: bool,
    again: bool = False,
) -> None:
    function, owner, place = candidate.function, candidate.owner, candidate.place
    entered = evaluator.facts.entered.get(place)
    if entered is False and any(each.reason for each in evaluator.facts.inferences):
        # It was only called as it is, but what could not be followed may train it.
        entered = None
    if place in evaluator.cut_short:
        # Nobody saw the end of it: it gets a budget of its own.
        entered = None
    if entered is not None and not again:
        return
    evaluator.begin_root()
    try:
        receiver: Value | None = None
        if owner is not None and function.kind == "function":
            receiver = instance_of(evaluator, owner)
            if place in evaluator.facts.entered and not as_program and not again:
                return
            settle(evaluator, receiver, function)
        callee: Value = Bound(function, receiver) if receiver is not None else function
        arguments = Arguments(is_open=True)
        if not candidate.is_wrapped:
            arguments = root_arguments(function, skip_first=receiver is not None)
        if as_program:
            program = evaluator.run_program(callee, arguments, place, role="program", kind="root")
            if program is not None:
                programs.append(program)
        else:
            evaluator.call(callee, arguments, place)
        _run_pending(evaluator)
    except EXHAUSTED:
        evaluator.facts.budget_hits += 1


def _run_pending(evaluator: Evaluator) -> None:
    for made, was_run in list(evaluator.inference_objects.values()):
        if not was_run and made.kind == "svi":
            run_with_anything(evaluator, made)


def run_with_anything(evaluator: Evaluator, made: LibraryObject) -> None:
    """Step or run an inference that nothing is seen to step, with arguments not known."""
    anything = Arguments(is_open=True)
    if made.kind == "svi":
        evaluator.call_method(made, "step", anything, made.place)
    elif made.name.endswith(".MCMC"):
        evaluator.call_method(made, "run", anything, made.place)
    elif made.kind == "inference":
        evaluator.call(made, anything, made.place)


def instance_of(evaluator: Evaluator, owner: Class) -> Value:
    """The one object that stands for a class, made with arguments that are not known."""
    known = evaluator.instances.get(owner.identity)
    if known is not None:
        return known
    initializer = find_in_class(evaluator, owner, "__init__")
    arguments = Arguments()
    if isinstance(initializer, Function):
        arguments = root_arguments(initializer, skip_first=True)
    made = construct(evaluator, owner, arguments, owner.place)
    if isinstance(made, Instance):
        evaluator.instances[owner.identity] = made
    return made


def root_arguments(function: Function, *, skip_first: bool) -> Arguments:
    """Arguments for a function nobody is seen to call: data not known, or its defaults.

    A default that is None, a flag or a word may be overridden: both are possible.
    """
    keywords: dict[str, Value] = {}
    positional: list[Value] = []
    parameters = function.definition.parameters.items[1 if skip_first else 0 :]
    is_open = False
    place = Place(function.frame.path, function.definition.at)
    for parameter in parameters:
        if parameter.star:
            is_open = True
            continue
        reason = f"the argument `{parameter.name}`"
        default = function.defaults.get(parameter.name)
        value: Value = Unknown(reason, place, independent=True)
        if default is not None:
            value = overridable(default, reason, place)
        if parameter.keyword_only:
            keywords[parameter.name] = value
        else:
            positional.append(value)
    places = tuple(place for _ in positional)
    return Arguments(tuple(positional), keywords, places, is_open=is_open)
