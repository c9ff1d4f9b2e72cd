"""Repeats of the observed step: with other draws, moved parameters, or every operation recorded.

The user's own step is read first; what only a repeat can tell is asked here. Whatever a repeat
changes is put back.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyro
import torch
from pyro import poutine
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import Construction, Recorders
from pyrolint.dynamic.child.observation.step import Callee, Execution, Step, execution
from pyrolint.dynamic.child.observation.watched import guide_by_effects
from pyrolint.dynamic.child.repetition.operations import (
    OperationRecorder,
    Source,
    SourceKind,
    is_floating,
)
from pyrolint.dynamic.child.repetition.preservation import moved, preserved

T = TypeVar("T")


ALLOWANCE = 20
"""How many steps' worth of repeats an analysis has, beside what findings need."""


@dataclass(frozen=True, slots=True)
class Run:
    """One repeat: what ran, and the error that ended it early, if one did.

    ``operations`` is there where they were recorded; ``failed`` are distribution calls that raised.
    """

    guide: Execution | None
    model: Execution | None
    error: Exception | None = None
    operations: OperationRecorder | None = None
    failed: tuple[Construction, ...] = ()

    @property
    def executions(self) -> Iterator[Execution]:
        """The runs that there are, the guide's first."""
        for run in (self.guide, self.model):
            if run is not None:
                yield run


@dataclass(slots=True)
class Notes:
    """What probes measured that the page shows as well; see Measures."""

    signal_to_noise: dict[str, float] = field(default_factory=dict)
    columns: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


class Laboratory:
    """Repeats one step. ``deadline`` (of ``time.monotonic``) is when repeats must end.

    Beside that they have an allowance, counted in steps so that it does not depend on the
    machine: only who ``is_exempt`` may go beyond it.
    """

    def __init__(self, step: Step, recorders: Recorders, draws: int, deadline: float) -> None:
        self.step = step
        self.draws = draws
        self.is_exempt = False
        self.notes = Notes()
        self._recorders = recorders
        self._deadline = deadline
        self._recorded: Run | None = None
        self._made: dict[Any, Any] = {}
        self._seconds = step.seconds
        self._spent = 0

    @property
    def can_repeat(self) -> bool:
        """Whether there is anything to repeat."""
        return self.step.model is not None

    def affords(self, repeats: int) -> bool:
        """Whether so many repeats fit into the allowance and the time that are left."""
        if not self.is_exempt and self._spent + repeats > ALLOWANCE:
            return False
        return time.monotonic() + repeats * self._seconds < self._deadline

    @contextmanager
    def exempted(self) -> Iterator[None]:
        """A block that the allowance does not bind, though the deadline does.

        It is for what a verdict must not depend on the machine's speed for: the K draws that all
        estimates share, and a closer look once there is something to see.
        """
        before, self.is_exempt = self.is_exempt, True
        try:
            yield
        finally:
            self.is_exempt = before

    def once(self, make: Callable[[Laboratory], T]) -> T:
        """What ``make`` makes of this laboratory; probes that ask again share the first."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    @property
    def recorded(self) -> Run:
        """One repeat from the first seed with every operation recorded; latents are leaves in it.

        Each value that a gradient can be taken of, with respect to parameters or latents, keeps
        its graph.
        """
        if self._recorded is None:
            self._recorded = self.run(seed=0, recorded=True)
        return self._recorded

    def run(
        self,
        *,
        seed: int = 0,
        values: Mapping[str, Tensor] | None = None,
        recorded: bool = False,
        validation: bool = False,
    ) -> Run:
        """Repeat guide and model; see ``running``."""
        with self.running(
            seed=seed, values=values, recorded=recorded, validation=validation
        ) as run:
            return run

    @contextmanager
    def running(
        self,
        *,
        seed: int = 0,
        moves: Sequence[tuple[Tensor, Tensor]] = (),
        values: Mapping[str, Tensor] | None = None,
        draws: Run | None = None,
        recorded: bool = False,
        validation: bool = False,
    ) -> Iterator[Run]:
        """Repeat guide and model, and hold things as they are then until the block ends.

        ``moves`` are leaves with the unconstrained values that they take, ``values`` latents by
        name with theirs; ``draws`` is a run whose latents are taken in place of new draws, which
        a family with broken arguments may refuse to give. ``validation`` switches every
        validation on; it is off otherwise. A parameter may be the very tensor that a distribution
        holds, so that what depends on moves must be read within the block.
        """
        started = time.monotonic()
        operations = OperationRecorder() if recorded else None
        with ExitStack() as stack:
            stack.enter_context(self.quiet(seed, validation=validation))
            stack.enter_context(moved(moves))
            with ExitStack() as recording:
                if operations is not None:
                    recording.enter_context(_module_outputs(operations))
                    recording.enter_context(operations)
                run = self._run(values or {}, draws, operations)
            self._spent += 1
            if operations is None:
                self._seconds = time.monotonic() - started
            yield run

    @contextmanager
    def quiet(self, seed: int, *, validation: bool = False) -> Iterator[None]:
        """A block whose draws come from ``seed``, that warns nobody and leaves nothing behind."""
        self._recorders.failed.clear()
        with ExitStack() as stack:
            stack.enter_context(self._recorders.unheard())
            stack.enter_context(preserved(self.leaves))
            stack.enter_context(torch.enable_grad())
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            stack.enter_context(pyro.validation_enabled(validation))
            pyro.set_rng_seed(seed)
            yield

    @property
    def leaves(self) -> list[Tensor]:
        """The unconstrained tensors that the step's parameters live in, each once."""
        found: dict[int, Tensor] = {}
        for run in self.step.runs:
            for parameter in run.parameters:
                found[id(parameter.leaf)] = parameter.leaf
        for callee in (self.step.model, self.step.guide):
            for leaf in _module_leaves(callee):
                found.setdefault(id(leaf), leaf)
        return list(found.values())

    def loss_and_gradients(
        self, seed: int, *, objective: Any = None, **options: Any
    ) -> tuple[float, dict[int, Tensor]]:
        """The objective's own loss and its gradients, by the identity of the leaf.

        ``objective`` takes the place of the step's own; ``options`` replace attributes of it for
        the call (``num_particles=10``). Raises whatever user code raises, and NoObjective where
        there is nothing to call.
        """
        model, guide = self.step.model, self.step.guide
        objective = self.step.objective if objective is None else objective
        if objective is None or model is None or guide is None:
            raise NoObjective
        started = time.monotonic()
        with self.quiet(seed), _with_attributes(objective, options):
            for leaf in self.leaves:
                leaf.grad = None
            compute = getattr(objective, "loss_and_grads", None)
            if compute is not None:
                loss = compute(model.function, guide.function, *model.arguments, **model.keywords)
            else:
                loss = objective(model.function, guide.function, *model.arguments, **model.keywords)
                loss.backward()
            gradients = {
                id(leaf): leaf.grad.detach().clone()
                for leaf in self.leaves
                if leaf.grad is not None
            }
        particles = max(options.get("num_particles", 1), 1)
        self._spent += particles
        self._seconds = (time.monotonic() - started) / particles
        first = loss[0] if isinstance(loss, (tuple, list)) else loss
        return float(first.detach() if isinstance(first, Tensor) else first), gradients

    def _run(
        self,
        values: Mapping[str, Tensor],
        draws: Run | None,
        operations: OperationRecorder | None,
    ) -> Run:
        guide: Execution | None = None
        model: Execution | None = None
        traces: list[tuple[str, Any]] = []
        error: Exception | None = None
        try:
            found = self._traces(values, draws, leaves=operations is not None, seen=traces)
            for role, trace in found:
                if role == "guide":
                    guide = execution(role, trace)
                else:
                    model = execution(role, trace)
                if operations is not None:
                    _mark(execution(role, trace), operations)
        except Exception as raised:  # noqa: BLE001 - user code runs here
            error = raised
            role, trace = traces[-1] if traces else ("model", None)
            if trace is not None and role == "guide":
                guide = execution(role, trace)
            elif trace is not None:
                model = execution(role, trace)
        return Run(guide, model, error, operations, tuple(self._recorders.failed))

    def _traces(
        self,
        values: Mapping[str, Tensor],
        draws: Run | None,
        *,
        leaves: bool,
        seen: list[tuple[str, Any]],
    ) -> Iterator[tuple[str, Any]]:
        """The guide's trace and the model's beside it; ``seen`` holds those that were begun."""
        step = self.step
        if step.model is None:
            return
        guide = step.guide
        prior: Any = None
        effects = guide_by_effects(guide)
        if guide is not None and effects is not None:
            guide.function(*guide.arguments, **guide.keywords)
            model_trace, guide_trace = effects.get_traces()
            yield "guide", guide_trace
            yield "model", model_trace
            return
        if guide is not None:
            prior = self._traced("guide", guide, _replayed(guide.function, draws, "guide"), seen)
            yield "guide", prior
        elif draws is None and (leaves or values):
            # Without a guide the model's own draws are what it is replayed against.
            prior = self._traced("model", step.model, step.model.function, seen)
        function = _replayed(step.model.function, draws, "model")
        if prior is not None:
            prior = prior.copy()
            for name, node in list(prior.nodes.items()):
                if node["type"] != "sample" or node["is_observed"]:
                    continue
                value = values.get(name, node["value"])
                if leaves and is_floating(value) and not node["infer"].get("_deterministic"):
                    value = value.detach().requires_grad_()
                prior.nodes[name] = {**node, "value": value}
            function = poutine.replay(function, trace=prior)
        yield "model", self._traced("model", step.model, function, seen)

    def _traced(
        self, role: str, callee: Callee, function: Callable[..., Any], seen: list[tuple[str, Any]]
    ) -> Any:
        handler = poutine.trace(function)
        try:
            return handler.get_trace(*callee.arguments, **callee.keywords)
        finally:
            seen.append((role, handler.trace))


def _replayed(function: Callable[..., Any], draws: Run | None, role: str) -> Callable[..., Any]:
    """A program that takes its latents from another run, if there is one."""
    execution = None
    if draws is not None:
        execution = draws.guide if role == "guide" else draws.model
    if execution is None:
        return function
    made: Callable[..., Any] = poutine.replay(function, trace=execution.trace)
    return made


class NoObjective(Exception):
    """The step has no objective that could be called again."""


def _mark(run: Execution, operations: OperationRecorder) -> None:
    """Let parameters and latents be sources."""
    for parameter in run.parameters:
        source = Source(SourceKind.PARAMETER, parameter.name, parameter)
        operations.mark(parameter.value, source)
        operations.mark(parameter.leaf, source)
    for site in run.sites:
        if isinstance(site.value, Tensor) and not site.is_deterministic:
            kind = SourceKind.OBSERVATION if site.is_observed else SourceKind.LATENT
            operations.mark(site.value, Source(kind, site.name, site))


@contextmanager
def _module_outputs(operations: OperationRecorder) -> Iterator[None]:
    """Mark what modules with parameters of their own give."""
    from pyro.nn import PyroModule
    from torch.nn.modules.module import register_module_forward_hook

    def mark(module: torch.nn.Module, arguments: object, output: object) -> None:
        # A model may be a PyroModule itself; its output is no layer's.
        if isinstance(output, Tensor) and any(True for _ in module.parameters()):
            name = type(module).__name__
            if not isinstance(module, PyroModule) or name.startswith("Pyro"):
                operations.mark(output, Source(SourceKind.MODULE, name, module))

    handle = register_module_forward_hook(mark)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def _with_attributes(thing: Any, attributes: Mapping[str, Any]) -> Iterator[None]:
    before = {name: getattr(thing, name) for name in attributes}
    for name, value in attributes.items():
        setattr(thing, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(thing, name, value)


def _module_leaves(callee: Callee | None) -> Iterator[Tensor]:
    """The parameters of the module that a program is, or is a method of, or closes over."""
    if callee is None:
        return
    function = poutine.unwrap(callee.function)
    holders = [function, getattr(function, "__self__", None)]
    for cell in getattr(function, "__closure__", None) or ():
        try:
            holders.append(cell.cell_contents)
        except ValueError:
            # The variable is not bound yet.
            continue
    names = getattr(getattr(function, "__code__", None), "co_names", ())
    scope = getattr(function, "__globals__", {})
    holders += [scope[name] for name in names if name in scope]
    for holder in holders:
        if isinstance(holder, torch.nn.Module):
            yield from holder.parameters()
