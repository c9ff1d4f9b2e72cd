"""The interpreter: one object that ties statements, expressions, calls and the library together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyrolint.semantics import attributes, binding, calls, expressions, iteration, statements
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.flow import lose
from pyrolint.semantics.frames import Frame, Store
from pyrolint.semantics.library.literals import as_data
from pyrolint.semantics.library.modules import in_context, plain_class
from pyrolint.semantics.library.param_store import forget
from pyrolint.semantics.machine import EXHAUSTED, BudgetExceeded, Facts, HandlerScope
from pyrolint.semantics.names import Item, Turn
from pyrolint.semantics.program import Program, Thresholds
from pyrolint.semantics.project import Project
from pyrolint.semantics.recorder import Recorder
from pyrolint.semantics.values import (
    Bound,
    Class,
    Constant,
    Function,
    Guard,
    Handled,
    Instance,
    LibraryObject,
    Numeric,
    Origin,
    Partial,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

MAX_DEPTH = 24
"""Nested activations, so that mutual recursion ends."""

MAX_REPEATS = 40
"""Activations of one function in plain code."""


class Evaluator:
    """Evaluates the modules of a project; what it finds is in ``facts``.

    Raises BudgetExceeded from any evaluation once a root has used its steps.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.store = Store()
        self.path: Guard = ()
        self.facts = Facts()
        self.recorder: Recorder | None = None
        self.handlers: tuple[HandlerScope, ...] = ()
        self.parameters: dict[str, Numeric] = {}
        self.thresholds = Thresholds(**project.options.thresholds)
        self.on_replaced: Callable[[Value], None] | None = None
        self.steps = 0
        self.instances: dict[int, Value] = {}
        self.inference_objects: dict[int, tuple[LibraryObject, bool]] = {}
        self._modules: dict[str, Frame | None] = {}
        self.turning = 0
        self.turns: tuple[Turn, ...] = ()
        self.items: dict[int, tuple[Value, Item]] = {}
        self.given: dict[int, Value] = {}
        self.cut_short: set[Place] = set()
        self.module_contexts: Mapping[int, int] = {}
        self.tests: dict[object, tuple[Origin, ...]] = {}
        self._active: list[Place] = []
        self._repeats: dict[Place, int] = {}
        self._done: set[tuple[object, ...]] = set()
        self._measured: dict[int, tuple[int, Value]] = {}

    # --- evaluation ---------------------------------------------------------------------------

    def evaluate(self, frame: Frame, expression: ir.Expression) -> Value:
        """The value of an expression."""
        self.steps += 1
        if self.steps > self.project.options.max_steps:
            self.cut_short.update(self._active)
            raise BudgetExceeded
        return expressions.EXPRESSIONS[type(expression)](self, frame, expression)

    def execute(self, frame: Frame, body: tuple[ir.Statement, ...]) -> bool:
        """Run statements; False where no path reaches their end."""
        return statements.execute(self, frame, body)

    def bind(self, frame: Frame, target: ir.Expression, value: Value) -> None:
        """Assign a value to a target."""
        binding.bind(self, frame, target, value)

    def call(self, callee: Value, arguments: Arguments, place: Place) -> Value:
        """What a call returns."""
        return calls.call(self, callee, arguments, place)

    def call_method(self, receiver: Value, name: str, arguments: Arguments, place: Place) -> Value:
        """What ``receiver.name(arguments)`` returns."""
        return calls.call_method(self, receiver, name, arguments, place)

    def attribute(self, value: Value, name: str, place: Place) -> Value:
        """``value.name``"""
        return attributes.attribute(self, value, name, place)

    def set_attribute(self, value: Value, name: str, new: Value, place: Place) -> None:
        """``value.name = new``"""
        attributes.set_attribute(self, value, name, new, place)

    def note_replaced(self, frame: Frame, name: str) -> None:
        """A module is about to define a function under a name that may have been another's."""
        old = self.store.read(frame.identity, name)
        if old is not None and self.on_replaced is not None:
            self.on_replaced(old)

    def signature(self, name: str, path: str | None = None) -> str | None:
        """What the settings teach about a library's function, or about one of a project's file."""
        if path is not None:
            return self.project.signature(path, name)
        return self.project.options.signatures.get(name)

    def symbol(self, value: Value, dimension: int) -> str:
        """What the size of a tensor in a dimension is called while nobody knows it."""
        # The value is kept, so that no other can come to its address.
        number, _ = self._measured.setdefault(id(value), (len(self._measured), value))
        return f"{number}.{dimension}"

    def begin_root(self) -> None:
        """Give what is run next a budget of its own."""
        self.steps = 0
        self.path = ()
        self.turning = 0
        self.facts.training.begin()
        forget(self)
        self.turns = ()
        self._repeats = {}

    def enter(self, function: Place) -> bool:
        """Begin an activation of a function; False where it would recurse, nest or repeat too far.

        Only outside of programs may it repeat too far: all the sites of a program count.
        """
        if len(self._active) >= MAX_DEPTH or self._active.count(function) > 1:
            return False
        if self.recorder is None:
            repeats = self._repeats.get(function, 0)
            if repeats >= MAX_REPEATS:
                return False
            self._repeats[function] = repeats + 1
        self._active.append(function)
        inside = self.recorder is not None
        self.facts.entered[function] = self.facts.entered.get(function, False) or inside
        return True

    @property
    def nesting(self) -> int:
        """How many of the project's functions run now, one in another."""
        return len(self._active)

    @property
    def caller(self) -> Place | None:
        """The project's function that runs now, None at a module's top level."""
        return self._active[-1] if self._active else None

    def is_shared(self, name: str, frame: Frame) -> bool:
        """Whether several functions mention a name, those that build objects left out.

        Those of the frame's file count, and of the files of the bases of a method's class.
        """
        bases = frame.owner.order if frame.owner is not None else ()
        paths = {frame.path, *(each.place.path for each in bases if isinstance(each, Class))}
        return sum(self.project.mentions(path)[name] for path in paths) > 1

    def leave(self) -> None:
        """End the innermost activation."""
        self._active.pop()

    def iterate(self, value: Value, place: Place) -> tuple[Value, ...] | Value:
        """The items of an iterable where all are known, else what each of them is like."""
        return iteration.iterate(self, value, place)

    def module_frame(self, path: str) -> Frame | None:
        """The evaluated module of another file of the project, None where it cannot be read."""
        if path not in self._modules:
            self._modules[path] = None
            module = self.project.load(path) if path.endswith(".py") else None
            if module is not None:
                self._modules[path] = self._run_module(module, is_main=False)
        return self._modules[path]

    def run_main(self, module: ir.Module) -> Frame:
        """Evaluate the file itself, as a script would run."""
        return self._run_module(module, is_main=True)

    def _run_module(self, module: ir.Module, *, is_main: bool) -> Frame:
        saved = (self.path, self.recorder, self.handlers, self.steps, self._active)
        self.path, self.recorder, self.handlers, self._active = (), None, (), []
        mark = self.store.mark()
        frame = Frame(self.store.allocate(), module.path, "", None)
        self._modules[module.path] = frame
        name = "__main__" if is_main else "imported"
        self.store.write(frame.identity, "__name__", Constant(name))
        self.store.write(frame.identity, "__file__", Unknown("a path", independent=True))
        try:
            # A statement that exhausts the budget costs only itself.
            self.execute(frame, module.body)
        finally:
            self.path, self.recorder, self.handlers, steps, self._active = saved
            if not is_main:
                self.steps = steps
                # What first meets the module may be a branch or a program, which is taken back.
                self.store.keep(mark)
        return frame

    def exports(self, path: str) -> tuple[str, ...] | None:
        """A literal ``__all__`` of another file of the project."""
        module = self.project.load(path)
        return module.exports if module is not None else None

    def resolve(self, module: str, level: int, importer: str) -> str | None:
        """The file of the project that an import leads to, None for a library."""
        return self.project.resolve(module, level, importer)

    # --- inference ----------------------------------------------------------------------------

    def note_inference(self, made: LibraryObject) -> None:
        """Remember an object that may be asked for a step later."""
        self.facts.objects.append(made)
        if made.kind in ("svi", "inference", "elbo"):
            self.facts.activity += 1
        if made.kind in ("svi", "inference", "autoguide"):
            self.inference_objects.setdefault(made.identity, (made, False))

    def begin_inference(self, made: LibraryObject, place: Place) -> bool:
        """Whether this call of an inference has not been evaluated yet."""
        self.inference_objects[made.identity] = (made, True)
        self.facts.activity += 1
        key = (made.identity, place)
        if key in self._done:
            return False
        self._done.add(key)
        return True

    def run_program(
        self, program: Value, arguments: Arguments, place: Place, *, role: str, kind: str
    ) -> Program | None:
        """Evaluate a program under an inference; None where it is no program that is known."""
        name, where = program_identity(program)
        if where is None:
            return None
        saved = (self.recorder, self.handlers, self.module_contexts, self.turns)
        recorder = Recorder(name, where, role, kind, self.nesting, self.store.identities, self.path)
        recorder.unread = unread_parameters(program)
        self.turns = ()
        self.recorder = recorder
        self.handlers = ()
        self.module_contexts = {}
        mark = self.store.mark()
        path = self.path
        active = list(self._active)
        try:
            given = arguments.mapped(as_data)
            if kind == "root" and isinstance(program, Bound):
                # Nobody is seen to run the method: its caller may be one that Pyro knows.
                result = in_context(
                    self, program.receiver, lambda: self.call(program, given, place)
                )
            else:
                result = self.call(program, given, place)
            # What a program returns is for whoever runs it.
            lose(self, result)
        except EXHAUSTED:
            recorder.note_unknown("the step budget is spent", place)
            raise
        finally:
            self.recorder, self.handlers, self.module_contexts, self.turns = saved
            self.path, self._active = path, active
            self.store.rewind(mark)
        for at in self.facts.lost_priors:
            recorder.note_unknown("a prior of a module that is not followed", at)
        return recorder.finish()


def unread_parameters(program: Value) -> tuple[str, ...]:
    """The parameters that a program's function takes and never mentions."""
    match program:
        case Function(definition=ir.Function(parameters=parameters, mentions=mentions)):
            return tuple(
                each.name
                for each in parameters.items
                if not each.star and each.name not in mentions and each.name != "self"
            )
        case Bound(function, _):
            return unread_parameters(function)
        case _:
            return ()


def program_identity(program: Value) -> tuple[str, Place | None]:
    """The qualified name of what a program runs, and where that is defined."""
    match program:
        case Function(definition=definition, frame=frame, name=name):
            return name, Place(frame.path, definition.at)
        case Bound(function, _):
            return program_identity(function)
        case Partial(callee=callee):
            return program_identity(callee)
        case Handled(program=inner):
            return program_identity(inner)
        case Instance(cls=cls):
            return cls.name, cls.place
        case LibraryObject(name=name, kind="autoguide" | "layer", place=place):
            return plain_class(name).rsplit(".", 1)[-1], place
        case _:
            return "", None
