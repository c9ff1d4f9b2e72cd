"""The interpreter: one object that ties statements, expressions, calls and the library together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyrolint.semantics import attributes, branches, calls, expressions, inplace, statements
from pyrolint.semantics.alternatives import choose
from pyrolint.semantics.contents import key_value
from pyrolint.semantics.frames import Frame, Store
from pyrolint.semantics.library import data, primitives
from pyrolint.semantics.library.literals import as_data
from pyrolint.semantics.machine import (
    EXHAUSTED,
    MAX_UNROLLED,
    Arguments,
    BudgetExceeded,
    Facts,
    HandlerScope,
    Test,
    items_of,
)
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.program import Program, Thresholds
from pyrolint.semantics.project import Project
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.recorder import Recorder
from pyrolint.semantics.values import (
    Bound,
    Choice,
    Class,
    Constant,
    Dictionary,
    Distribution,
    Entries,
    Function,
    Guard,
    Handled,
    Instance,
    Items,
    LibraryObject,
    List,
    Numeric,
    Origin,
    Partial,
    Pattern,
    Sequence,
    Tuple,
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
        self.depth = 0
        self.steps = 0
        self.instances: dict[int, Value] = {}
        self.inference_objects: dict[int, tuple[LibraryObject, bool]] = {}
        self._modules: dict[str, Frame | None] = {}
        self._exports: dict[str, tuple[str, ...] | None] = {}
        self.tests: dict[object, tuple[Origin, ...]] = {}
        self._active: list[Place] = []
        self._repeats: dict[Place, int] = {}
        self._done: set[tuple[object, ...]] = set()

    # --- evaluation ---------------------------------------------------------------------------

    def evaluate(self, frame: Frame, expression: ir.Expression) -> Value:
        """The value of an expression."""
        self.steps += 1
        if self.steps > self.project.options.max_steps:
            raise BudgetExceeded
        return expressions.EXPRESSIONS[type(expression)](self, frame, expression)

    def execute(self, frame: Frame, body: tuple[ir.Statement, ...]) -> bool:
        """Run statements; False where no path reaches their end."""
        return statements.execute(self, frame, body)

    def bind(self, frame: Frame, target: ir.Expression, value: Value) -> None:
        """Assign a value to a target."""
        statements.bind(self, frame, target, value)

    def condition(self, frame: Frame, test: ir.Expression) -> Test:
        """Whether a test holds, and the decision it makes where that is not known."""
        return branches.condition(self, frame, test)

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

    def construct(self, cls: Class, arguments: Arguments, place: Place) -> Value:
        """An instance of a project class."""
        return calls.construct(self, cls, arguments, place)

    def note_product(self, left: Value, right: Value, place: Place) -> None:
        """Record raw data that is multiplied into something latent, learned or a network's."""
        expressions.note_product(self, left, right, place)

    def note_inplace(
        self, frame: Frame, node: ir.Call, receiver: Value, arguments: Arguments
    ) -> Value | None:
        """Write over what a call such as ``t.fill_(1.0)`` changes; what the tensor then holds."""
        return inplace.note_inplace(self, frame, node, receiver, arguments)

    def write_over(self, frame: Frame, target: ir.Expression, old: Value, new: Value) -> None:
        """Put a tensor's new content under every name and attribute that it goes by."""
        inplace.write_over(self, frame, target, old, new)

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

    def begin_root(self) -> None:
        """Give what is run next a budget of its own."""
        self.steps = 0
        self.path = ()
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
        self.depth += 1
        inside = self.recorder is not None
        self.facts.entered[function] = self.facts.entered.get(function, False) or inside
        return True

    @property
    def caller(self) -> Place | None:
        """The project's function that runs now, None at a module's top level."""
        return self._active[-1] if self._active else None

    def is_shared(self, name: str, path: str) -> bool:
        """Whether several functions of a file mention a name, those that build objects left out."""
        return self.project.mentions(path)[name] > 1

    def leave(self, function: Place) -> None:
        """End the activation."""
        self._active.pop()
        self.depth -= 1

    # --- containers ---------------------------------------------------------------------------

    def new_list(self, items: tuple[Value, ...] | None, element: Value | None = None) -> List:
        """A fresh list."""
        made = List(self.store.allocate())
        self.store.write(made.identity, "items", Items(items, element))
        return made

    def new_dictionary(
        self, known: Mapping[object, Value], rest: Value | None = None
    ) -> Dictionary:
        """A fresh dict."""
        made = Dictionary(self.store.allocate())
        self.store.write(made.identity, "entries", Entries(known, rest))
        return made

    def new_namespace(self, given: Mapping[str, Value], place: Place) -> Value:
        """A fresh object with these attributes."""
        made = LibraryObject("types.SimpleNamespace", "namespace", {}, place, {},
                             self.store.allocate())  # fmt: skip
        for name, value in given.items():
            self.store.write(made.identity, name, value)
        return made

    def cells_of(self, identity: int, prefix: str) -> dict[str, Value]:
        """The cells of an identity whose keys begin with a prefix, which is cut off."""
        return {
            key.removeprefix(prefix): value
            for key, value in self.store.cells_of(identity)
            if key.startswith(prefix)
        }

    def known_entries(self, value: Value) -> Mapping[object, Value] | None:
        """A dict's entries by constant key, None where not all keys are known."""
        if not isinstance(value, Dictionary):
            return None
        entries = self.store.read(value.identity, "entries")
        return entries.known if isinstance(entries, Entries) and entries.rest is None else None

    def iterate(self, value: Value, place: Place) -> tuple[Value, ...] | Value:
        """The items of an iterable where all are known, else what each of them is like."""
        match value:
            case Tuple(items):
                return items
            case List():
                contents = items_of(self, value)
                if contents.items is not None:
                    return contents.items
                return contents.element or Unknown("an item of a list", place)
            case Dictionary():
                entries = self.known_entries(value)
                if entries is not None:
                    return tuple(map(key_value, entries))
                return Pattern("{}")
            case Sequence(element):
                return element
            case Numeric():
                return replaced(value, literal=None, shape=None)
            case Unknown():
                return value
            case Constant(str() as text) if len(text) <= MAX_UNROLLED:
                return tuple(Constant(letter) for letter in text)
            case LibraryObject(kind="plate"):
                return primitives.enter_plate(self, value, is_sequential=True)
            case LibraryObject(kind="generator"):
                return value.arguments["element"]
            case LibraryObject(kind="loader"):
                return data.batch(self, value, place)
            case Choice():
                parts = [(guard, self.iterate(each, place)) for guard, each in value.alternatives]
                plain = [(g, p) for g, p in parts if not isinstance(p, tuple)]
                if len(plain) == len(parts):
                    return choose(plain, place)
                if len({len(p) for _, p in parts if isinstance(p, tuple)}) == 1 and not plain:
                    rows = [(guard, part) for guard, part in parts if isinstance(part, tuple)]
                    return tuple(
                        choose([(guard, row[index]) for guard, row in rows])
                        for index in range(len(rows[0][1]))
                    )
                return Unknown("one of several iterables", place, origins_of(value))
            case Instance():
                return Unknown("an item of an object", place)
            case _:
                return Unknown(
                    "an item of an iterable", place, origins_of(value), is_independent(value),
                    raw_of(value),
                )  # fmt: skip

    def truth(self, value: Value) -> bool | None:
        """Whether a value is true, None where that is not known."""
        match value:
            case Constant(content):
                return bool(content)
            case Tuple(items):
                return bool(items)
            case List():
                held = items_of(self, value)
                return bool(held.items) if held.items is not None else None
            case Dictionary():
                entries = self.known_entries(value)
                return bool(entries) if entries is not None else None
            case Function() | Bound() | Partial() | Class() | Handled() | Distribution():
                return True
            case LibraryObject(kind=kind):
                return None if kind == "namespace" else True
            case Choice(options):
                answers = {self.truth(option) for _, option in options}
                return answers.pop() if len(answers) == 1 else None
            case _:
                return None

    # --- modules ------------------------------------------------------------------------------

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
        frame = Frame(self.store.allocate(), module.path, "", None)
        self._modules[module.path] = frame
        self._exports[module.path] = module.exports
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
        return frame

    def exports(self, path: str) -> tuple[str, ...] | None:
        """A literal ``__all__`` of another file of the project."""
        return self._exports.get(path)

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
        saved = (self.recorder, self.handlers)
        recorder = Recorder(name, where, role, kind)
        self.recorder = recorder
        self.handlers = ()
        mark = self.store.mark()
        path = self.path
        depth, active = self.depth, list(self._active)
        try:
            self.call(program, arguments.mapped(as_data), place)
        except EXHAUSTED:
            recorder.note_unknown("the step budget is spent", place)
            raise
        finally:
            self.recorder, self.handlers = saved
            self.path, self.depth, self._active = path, depth, active
            self.store.rewind(mark)
        return recorder.finish()


def program_identity(program: Value) -> tuple[str, Place | None]:
    """The qualified name of what a program runs, and where that is defined."""
    match program:
        case Function(definition=definition, frame=frame, name=name):
            return name, Place(frame.path, definition.at)
        case Bound(Function() as function, _):
            return program_identity(function)
        case Bound(function, _):
            return program_identity(function)
        case Partial(callee=callee):
            return program_identity(callee)
        case Handled(program=inner):
            return program_identity(inner)
        case Instance(cls=cls):
            return cls.name, cls.place
        case LibraryObject(name=name, kind="autoguide" | "layer", place=place):
            return name.rsplit(".", 1)[-1], place
        case _:
            return "", None
