"""Inference: SVI, ELBOs, MCMC, Predictive, autoguides; each binds programs to what it passes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pyrolint.semantics.alternatives import alternatives, contradict
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.inferences import Inference, Pair
from pyrolint.semantics.library.autoguides import add_part, prototypes
from pyrolint.semantics.library.distributions import listed
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.optimizers import with_options
from pyrolint.semantics.library.param_store import READING, forget, learn
from pyrolint.semantics.library.retired import note_arguments
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.training import StaleParameter
from pyrolint.semantics.values import (
    NONE,
    Constant,
    External,
    Guard,
    Instance,
    LibraryMethod,
    LibraryObject,
    Origin,
    OriginKind,
    Partial,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

_STEPS = frozenset({"step", "evaluate_loss", "run"})
_LOSSES = frozenset(
    "loss differentiable_loss loss_and_grads loss_and_surrogate_loss compute_grads".split()
)


def make(machine: Machine, name: str, arguments: Arguments, place: Place) -> LibraryObject | None:
    """An object of an inference, optimizer, ELBO or autoguide class; None for another name."""
    facts = knowledge()
    for kind, table in (
        ("inference", facts.inferences),
        ("elbo", facts.elbos),
        ("autoguide", facts.autoguides),
        ("optimizer", facts.optimizers),
    ):
        callee = table.get(name)
        if callee is not None:
            values, places = arguments.bind([p.name for p in callee.parameters])
            if name == "pyro.infer.SVI":
                kind = "svi"
            elif kind == "optimizer":
                values = with_options(machine, values, place)
                for _, paced in alternatives(values.get("optimizer", NONE)):
                    if isinstance(paced, LibraryObject):
                        machine.facts.training.paced.add(paced.identity)
            if "return_sites" in values:
                values["return_sites"] = listed(machine, values["return_sites"])
            note_arguments(machine, (name, *callee.bases), values, places)
            made = LibraryObject(
                name, kind, values, place, places, machine.store.allocate(),
                is_complete=not arguments.is_open,
            )  # fmt: skip
            machine.note_inference(made)
            return made
    return None


def call_object(machine: Machine, made: LibraryObject, arguments: Arguments, place: Place) -> Value:
    """Calling an inference object: ``elbo(model, guide)``, ``predictive(x)``, an autoguide."""
    match made.kind:
        case "elbo":
            values, _ = arguments.bind(["model", "guide"])
            return LibraryObject(
                made.name, "elbo_module", {**values, "elbo": made}, place, {},
                machine.store.allocate(),
            )  # fmt: skip
        case "elbo_module":
            run_pair(
                machine, "elbo", made, made.arguments.get("model"), made.arguments.get("guide"),
                arguments, place, method="__call__", objective=made.arguments.get("elbo"),
            )  # fmt: skip
            return _loss(place)
        case "optimizer" if knowledge().optimizers[made.name].kind.startswith("pyro"):
            machine.facts.training.step(made, place, machine.path)
            return NONE
        case "inference":
            return _run_inference(machine, made, arguments, place, "__call__")
        case "autoguide":
            recorder = machine.recorder
            if recorder is not None and machine.nesting > recorder.nesting:
                recorder.note_unknown("an autoguide in a guide", place)
            elif recorder is not None:
                recorder.autoguide = made
            return Unknown("draws of an autoguide", place)
        case _:
            return opaque(f"call of a {made.kind}", arguments, place)


def call_object_method(
    machine: Machine, made: LibraryObject, name: str, arguments: Arguments, place: Place
) -> Value:
    """Methods of inference objects; those that take a step run the programs."""
    given = made.arguments
    if made.kind == "svi" and name in _STEPS:
        run_pair(
            machine, "svi", made, given.get("model"), given.get("guide"), arguments, place,
            method=name, objective=given.get("loss"), optimizer=given.get("optim"),
        )  # fmt: skip
        return Unknown("a loss", place, independent=True)
    if made.kind in ("elbo", "svi") and name in _LOSSES:
        run_pair(
            machine, "elbo", made, arguments.get(0, "model"), arguments.get(1, "guide"),
            arguments.without_first(2), place, method=name,
            objective=made if made.kind == "elbo" else given.get("loss"),
        )  # fmt: skip
        loss = _loss(place)
        if name in ("loss_and_grads", "compute_grads"):
            machine.facts.training.take(loss.origins, place)
        return loss
    if name == "step" and _is_torch_optimizer(made):
        for closure in arguments.values():
            machine.call(closure, Arguments(), place)
        machine.facts.training.step(made, place, machine.path)
        return NONE
    if name == "step" and is_scheduler(made):
        machine.facts.training.paced.add(made.identity)
        return NONE
    if made.kind == "store" and name not in READING:
        forget(machine)
    if made.kind == "inference" and name in ("run", "step", "setup", "init", "train"):
        return _run_inference(machine, made, arguments, place, name)
    if made.kind == "autoguide":
        if name in ("append", "add"):
            add_part(machine, made, arguments.get(0, "part"))
        return Unknown(f"`{name}` of an autoguide", place)
    return opaque(f"`{name}` of a {made.kind}", arguments, place)


def is_scheduler(made: LibraryObject) -> bool:
    """Whether an object is a scheduler of Pyro's around the optimizers of torch's."""
    return made.kind == "optimizer" and knowledge().optimizers[made.name].kind == "pyro_scheduler"


def _is_torch_optimizer(made: LibraryObject) -> bool:
    return made.kind == "optimizer" and knowledge().optimizers[made.name].kind == "torch"


def _loss(place: Place) -> Unknown:
    return Unknown("a loss", place, (Origin(OriginKind.OBJECTIVE, place),))


def _run_inference(
    machine: Machine, made: LibraryObject, arguments: Arguments, place: Place, method: str
) -> Value:
    given = made.arguments
    short = made.name.rsplit(".", 1)[-1]
    if short == "MCMC":
        kernel = given.get("kernel")
        for _, option in alternatives(kernel or NONE):
            model = option.arguments.get("model") if isinstance(option, LibraryObject) else None
            if isinstance(option, LibraryObject):
                machine.begin_inference(option, place)
                if "potential_fn" in option.arguments:
                    continue
            _run_single(machine, "mcmc", made, model, arguments, place, method)
        return NONE
    if short in ("NUTS", "HMC", "RandomWalkKernel"):
        # By hand: ``kernel.setup(warmup_steps, *args, **kwargs)``.
        behind = arguments.without_first()
        _run_single(machine, "mcmc", made, given.get("model"), behind, place, method)
        return Unknown("a state of a chain", place)
    model, guide = given.get("model"), given.get("guide")
    if guide is not None and guide != NONE and short != "Predictive":
        run_pair(
            machine, short.lower(), made, model, guide, arguments, place,
            method=method, optimizer=given.get("optim"),
        )  # fmt: skip
    else:
        _run_single(machine, short.lower(), made, model, arguments, place, method)
    if short == "Predictive":
        return LibraryObject(made.name, "prediction", {}, place)
    return Unknown(f"results of {short}", place, independent=True)


def _passed(machine: Machine, value: Value | None) -> tuple[tuple[Guard, Value], ...]:
    """What an argument may be; of an object of a project's class, what its base makes of it.

    A method of an ELBO (``elbo.differentiable_loss``) stands for the ELBO.
    """
    if value is None:
        return ()
    found: list[tuple[Guard, Value]] = []
    for guard, option in alternatives(value):
        base = None
        if isinstance(option, Instance):
            base = machine.store.read(option.identity, "#base")
        if isinstance(base, LibraryObject):
            option = msgspec.structs.replace(base, is_base=True)
        elif isinstance(option, LibraryMethod) and isinstance(option.receiver, LibraryObject):
            option = option.receiver
        found.append((guard, option))
    return tuple(found)


def _certain(options: tuple[tuple[Guard, Value], ...]) -> LibraryObject | None:
    value = options[0][1] if len(options) == 1 else None
    return value if isinstance(value, LibraryObject) else None


def run_pair(
    machine: Machine,
    kind: str,
    made: LibraryObject,
    model: Value | None,
    guide: Value | None,
    arguments: Arguments,
    place: Place,
    *,
    method: str = "step",
    objective: Value | None = None,
    optimizer: Value | None = None,
) -> None:
    """Evaluate guide and model for what this call passes, and bind them as a pair."""
    if not machine.begin_inference(made, place):
        return
    _note_given(machine, (*arguments.values(), model or NONE))
    entry = machine.path
    objectives, optimizers = _passed(machine, objective), _passed(machine, optimizer)
    youngest = max(
        made.identity,
        *(each.identity for _, each in optimizers if isinstance(each, LibraryObject)),
        0,
    )
    for guide_guard, guide_option in _options(guide):
        machine.path = (*entry, *guide_guard)
        guide_program = machine.run_program(guide_option, arguments, place, role="guide", kind=kind)
        for model_guard, model_option in _options(model):
            if contradict(guide_guard, model_guard):
                continue
            machine.path = (*entry, *guide_guard, *model_guard)
            model_program = machine.run_program(
                model_option, arguments, place, role="model", kind=kind
            )
            machine.path = entry
            if guide_program is not None and guide_program.autoguide is guide_option:
                seen = prototypes(
                    machine, guide_option, (model_option, model_program), arguments, place
                )
                guide_program = msgspec.structs.replace(guide_program, prototypes=seen)
            reason = None
            if model_program is None:
                reason = "the model is not known: " + _why(model_option)
            elif guide_program is None:
                reason = "the guide is not known: " + _why(guide_option)
            stale: tuple[StaleParameter, ...] = ()
            if kind == "svi" and method == "step" and model_program and guide_program:
                stale = learn(machine, model_program, guide_program, made)
            inference = Inference(
                kind,
                made.place,
                made.name,
                model_program,
                guide_program,
                _certain(objectives),
                _certain(optimizers),
                reason,
                made,
                method,
                place,
                arguments,
                (*entry, *guide_guard, *model_guard),
                objectives,
                optimizers,
                machine.facts.training.turns(youngest, place),
                stale=stale,
                thresholds=machine.thresholds,
            )
            machine.facts.inferences.append(inference)
            if model_program is not None and guide_program is not None:
                machine.facts.pairs.append(Pair(model_program, guide_program, inference))


def _run_single(
    machine: Machine,
    kind: str,
    made: LibraryObject,
    model: Value | None,
    arguments: Arguments,
    place: Place,
    method: str,
) -> None:
    """Evaluate a model alone, as MCMC and Predictive run it."""
    if not machine.begin_inference(made, place):
        return
    _note_given(machine, (*arguments.values(), model or NONE))
    entry = machine.path
    for guard, option in _options(model):
        machine.path = (*entry, *guard)
        program = machine.run_program(option, arguments, place, role="model", kind=kind)
        machine.path = entry
        reason = None if program is not None else "the model is not known: " + _why(option)
        machine.facts.inferences.append(
            Inference(
                kind,
                made.place,
                made.name,
                program,
                None,
                None,
                None,
                reason,
                made,
                method,
                place,
                arguments,
                (*entry, *guard),
                turns=machine.facts.training.turns(made.identity, place),
            )
        )


def _note_given(machine: Machine, values: Iterable[Value]) -> None:
    """What is passed by itself, where nothing else may be, is data: it is not None."""
    for value in values:
        if isinstance(value, Tuple):
            _note_given(machine, value.items)
        elif isinstance(value, Partial):
            _note_given(machine, (*value.positional, *value.keywords.values()))
        elif isinstance(value, Unknown) and value.independent:
            machine.given[id(value)] = value


def _options(value: Value | None) -> list[tuple[Guard, Value]]:
    """What may be run, each under its decisions; None cannot be where something else can."""
    if value is None:
        return [((), Unknown("it was not passed"))]
    options = list(alternatives(value))
    return [each for each in options if each[1] != NONE] or options


def _why(value: Value) -> str:
    match value:
        case Unknown(reason):
            return reason
        case External(name):
            return f"`{name}` is not the project's own"
        case Instance(cls=cls):
            return f"an instance of `{cls.name}` has no forward method that is known"
        case Constant(None):
            return "it is None"
        case _:
            return "it is no function"
