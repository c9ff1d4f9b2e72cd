"""What the parts of the interpreter ask of one another: the machine's interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.frames import Frame, Store
from pyrolint.semantics.inferences import Inference, Pair
from pyrolint.semantics.module_facts import FrozenRegistration, MarkedAttribute, ModuleUse
from pyrolint.semantics.names import Item, Turn
from pyrolint.semantics.program import CallSite, ParamSite, Program, RawFeature, Thresholds
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.recorder import Recorder
from pyrolint.semantics.training import Training
from pyrolint.semantics.uses import NameUse
from pyrolint.semantics.values import (
    ConstraintValue,
    Decision,
    Guard,
    LibraryObject,
    Numeric,
    Origin,
    Unknown,
    Value,
)
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

MAX_UNROLLED = 8
"""Loops over at most so many known items are run item by item."""


TRIES = "try"
ASKS = "asks a library"
"""How the keys of decisions begin that are made by an error, or by what a library has."""


class BudgetExceeded(Exception):
    """The step budget of one root is spent; the root's results so far stand."""


EXHAUSTED = (BudgetExceeded, RecursionError)
"""What ends the evaluation of a root: too many steps, or expressions and calls nested too deep."""


class HandlerScope(msgspec.Struct, frozen=True):
    """An effect handler that is active around what runs now."""

    name: str
    arguments: Mapping[str, Value]
    place: Place


class Test(msgspec.Struct, frozen=True):
    """What is known of a test.

    ``holds`` where it is decided; else ``decision`` is the one it makes, with what each way
    further settles: alternatives that the test rules out.
    """

    holds: bool | None
    decision: Decision | None = None
    when_true: Guard = ()
    when_false: Guard = ()

    def negated(self) -> Test:
        """``not test``"""
        if self.decision is None:
            return Test(None if self.holds is None else not self.holds)
        key, taken = self.decision
        return Test(None, (key, 1 - taken), self.when_false, self.when_true)


def is_fallback(decision: Decision) -> bool:
    """Whether a way is taken where something fails, or by what a library's version is."""
    key = decision[0]
    return isinstance(key, tuple) and bool(key) and key[0] in (TRIES, ASKS)


class Facts:
    """What evaluation finds, over all roots of a file."""

    def __init__(self) -> None:
        self.inferences: list[Inference] = []
        self.pairs: list[Pair] = []
        self.parameters: list[ParamSite] = []
        self.calls: list[CallSite] = []
        self.objects: list[LibraryObject] = []
        self.constraints: list[ConstraintValue] = []
        self.raw_features: list[RawFeature] = []
        self.uses: dict[Place, NameUse] = {}
        self.predicted: dict[Place, set[str]] = {}
        """By the place of a call of `Predictive`: the sites whose draws are read."""
        self.switched_off = False
        """Whether some call so far may have switched the validation of arguments off."""
        self.marked_attributes: list[MarkedAttribute] = []
        self.lost_priors: list[Place] = []
        """Where a PyroSample is set on something, or by a name, that is not known."""
        self.holders: dict[int, dict[int, Value]] = {}
        """By the identity of a module: what ever held it, by identity."""
        self.module_uses: list[ModuleUse] = []
        self.freezes: dict[int, set[int]] = {}
        """By the identity of a module: those whose parameters were frozen within it."""
        self.freeze_guards: dict[Place, Guard] = {}
        """By the place where parameters are frozen: the decisions that lead there."""
        self.frozen_registrations: list[FrozenRegistration] = []
        self.managed: set[int] = set()
        """Identities of modules that somebody registers, or that cannot be followed everywhere."""
        self.reads: dict[Place, set[Place]] = {}
        """By the place where a value was made: where it is read."""
        self.lost: set[Origin] = set()
        """Parameters and latents whose values went where they are not followed."""
        self.entered: dict[Place, bool] = {}
        """Functions that ran, and whether one of their runs was inside a program."""
        self.budget_hits = 0
        self.training = Training()
        self.activity = 0
        """How many inferences were made or asked for a step so far."""


class Machine(Protocol):
    """The interpreter as its parts see it."""

    store: Store
    path: Guard
    facts: Facts
    recorder: Recorder | None
    handlers: tuple[HandlerScope, ...]
    thresholds: Thresholds
    parameters: dict[str, Numeric]
    """The parameter store: what each name was last declared as."""
    turning: int
    """How many loops are in a turn."""
    turns: tuple[Turn, ...]
    """The turns that run, of the loops around what runs now."""
    items: dict[int, tuple[Value, Item]]
    """By address, what loops of a program handed out; it is kept, so that no address is reused."""
    given: dict[int, Value]
    """By address, data that a step of an inference passes by itself: it is not None."""
    module_contexts: Mapping[int, int]
    """The PyroModules that are being called, outermost ones: what keeps the draws of each."""
    tests: dict[object, tuple[Origin, ...]]
    """By the key of a decision, the origins of what was tested."""

    @property
    def nesting(self) -> int:
        """How many of the project's functions run now, one in another."""

    @property
    def caller(self) -> Place | None:
        """The project's function that runs now, None at a module's top level."""

    def evaluate(self, frame: Frame, expression: ir.Expression) -> Value:
        """The value of an expression."""

    def execute(self, frame: Frame, body: tuple[ir.Statement, ...]) -> bool:
        """Run statements; False where no path reaches their end."""

    def bind(self, frame: Frame, target: ir.Expression, value: Value) -> None:
        """Assign a value to a target."""

    def call(self, callee: Value, arguments: Arguments, place: Place) -> Value:
        """What a call returns."""

    def call_method(self, receiver: Value, name: str, arguments: Arguments, place: Place) -> Value:
        """What ``receiver.name(arguments)`` returns."""

    def attribute(self, value: Value, name: str, place: Place) -> Value:
        """``value.name``"""

    def set_attribute(self, value: Value, name: str, new: Value, place: Place) -> None:
        """``value.name = new``"""

    def iterate(self, value: Value, place: Place) -> tuple[Value, ...] | Value:
        """The items of an iterable where all are known, else what each of them is like."""

    def note_inference(self, made: LibraryObject) -> None:
        """Remember an object that may be asked for a step later."""

    def begin_inference(self, made: LibraryObject, place: Place) -> bool:
        """Whether this call of an inference has not been evaluated yet."""

    def module_frame(self, path: str) -> Frame | None:
        """The evaluated module of another file of the project, None where it cannot be read."""

    def exports(self, path: str) -> tuple[str, ...] | None:
        """A literal ``__all__`` of another file of the project."""

    def resolve(self, module: str, level: int, importer: str) -> str | None:
        """The file of the project that an import leads to, None for a library."""

    def run_program(
        self, program: Value, arguments: Arguments, place: Place, *, role: str, kind: str
    ) -> Program | None:
        """Evaluate a program under an inference; None where it is no program that is known."""

    def enter(self, function: Place) -> bool:
        """Begin an activation of a function; False where it would recurse or nest too deep."""

    def leave(self) -> None:
        """End the innermost activation."""

    def is_shared(self, name: str, frame: Frame) -> bool:
        """Whether several functions mention a name, those that build objects left out.

        Those of the frame's file count, and of the files of the bases of a method's class.
        """

    def note_replaced(self, frame: Frame, name: str) -> None:
        """A module is about to define a function under a name that may have been another's."""

    def symbol(self, value: Value, dimension: int) -> str:
        """What the size of a tensor in a dimension is called while nobody knows it."""

    def signature(self, name: str, path: str | None = None) -> str | None:
        """What the settings teach about a library's function, or about one of a project's file."""


def opaque(reason: str, arguments: Arguments, place: Place) -> Unknown:
    """The result of a call that nothing is known about: it may hold what it was given."""
    values = arguments.values()
    origins = tuple(dict.fromkeys(o for value in values for o in origins_of(value)))
    independent = not arguments.is_open and all(map(is_independent, values))
    return Unknown(reason, place, origins, independent)
