"""The observed step, as probes read it: model and guide with their sites, settings, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyro
from pyro.poutine.util import site_is_subsample
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import (
    POSITION,
    Construction,
    constructions_of,
    leaf_of,
    making_position,
)
from pyrolint.dynamic.messages import Claim, Position


@dataclass(frozen=True, slots=True)
class Site:
    """A sample statement that was reached. ``plates`` are its plate frames, outermost first."""

    name: str
    role: str
    distribution: Any
    value: Any
    is_observed: bool
    position: Position | None
    plates: tuple[Any, ...]
    infer: Mapping[str, Any]
    scale: float | Tensor
    mask: Any

    @property
    def is_deterministic(self) -> bool:
        """Whether it only records a value: ``pyro.deterministic``."""
        return bool(self.infer.get("_deterministic"))

    @property
    def is_factor(self) -> bool:
        """Whether it only adds to the log-density: ``pyro.factor``."""
        return type(self.distribution).__name__ == "Unit" or (
            hasattr(self.distribution, "log_factor")
        )

    @property
    def constructions(self) -> Iterator[Construction]:
        """The distribution calls behind it, outermost first."""
        return constructions_of(self.distribution)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A ``pyro.param`` statement. ``leaf`` is the unconstrained tensor that the optimizer moves.

    ``position`` is where it was declared: the first statement, or the assignment to a module.
    """

    name: str
    role: str
    value: Tensor
    leaf: Tensor
    constraint: Any
    position: Position | None


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a model or a guide, with what it was called with and what it left in its trace."""

    role: str
    trace: Any
    sites: tuple[Site, ...]
    parameters: tuple[Parameter, ...]
    plates: Mapping[str, Any]

    def site(self, name: str) -> Site | None:
        """The sample site of that name."""
        return next((site for site in self.sites if site.name == name), None)

    @property
    def latents(self) -> Iterator[Site]:
        """Its sites that are drawn: neither observed, deterministic nor a factor."""
        for site in self.sites:
            if not (site.is_observed or site.is_deterministic or site.is_factor):
                yield site

    @property
    def observed(self) -> Iterator[Site]:
        """Its sites that hold data."""
        for site in self.sites:
            if site.is_observed and not (site.is_deterministic or site.is_factor):
                yield site


@dataclass(frozen=True, slots=True)
class Callee:
    """A function as the inference calls it."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What users call it."""
        inner = unwrapped(self.function)
        return getattr(inner, "__qualname__", None) or type(inner).__qualname__


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program had switched on when its step began; ``hides_warnings``: all of them.

    ``disabled_at`` and ``hidden_at`` are the lines that last switched validation off and that
    filtered all warnings out, if they are the user's.
    """

    validate_arguments: bool
    validate_inference: bool
    validate_poutine: bool
    hides_warnings: bool
    disabled_at: Position | None = None
    hidden_at: Position | None = None


@dataclass(slots=True)
class Step:
    """The first inference step: what ran, what it computed, and how it ended.

    ``model_run`` and ``guide_run`` are what the user's own step left; either is None where the
    inference has none, or where an error came first. ``gradients`` are those of the unconstrained
    parameters as the step left them: None where there is none. ``warned`` are the warnings that
    Pyro gave or that a filter hid. ``claims`` are the static findings.
    """

    inference: str
    model: Callee | None
    guide: Callee | None
    model_run: Execution | None
    guide_run: Execution | None
    settings: Settings
    objective: Any = None
    optimizer: Any = None
    loss: float | None = None
    error: Exception | None = None
    gradients: Mapping[str, Tensor | None] = field(default_factory=dict)
    has_gradients: bool = False
    warned: tuple[Any, ...] = ()
    failed: tuple[Construction, ...] = ()
    position: Position | None = None
    made_up_arguments: bool = False
    after_failed_cell: bool = False
    loaders: tuple[tuple[int, int], ...] = ()
    seconds: float = 0.0
    claims: tuple[Claim, ...] = ()

    @property
    def runs(self) -> Iterator[Execution]:
        """The runs that there are, the guide's first, as inference does it."""
        for run in (self.guide_run, self.model_run):
            if run is not None:
                yield run

    @property
    def parameters(self) -> Iterator[Parameter]:
        """The parameters of its runs, each name once."""
        found: dict[str, Parameter] = {}
        for run in self.runs:
            for parameter in run.parameters:
                found.setdefault(parameter.name, parameter)
        yield from found.values()

    @property
    def is_sampler(self) -> bool:
        """Whether its model is judged without a guide: a Markov chain's, or one that is traced."""
        return self.inference in ("MCMC", "trace")

    def claimed(self, *codes: str) -> Iterator[Claim]:
        """The static findings of these codes."""
        for claim in self.claims:
            if claim.code in codes:
                yield claim


def unwrapped(function: Any) -> Any:
    """A function without the effect handlers around it."""
    from pyro.poutine import unwrap

    return unwrap(function)


def execution(role: str, trace: Any) -> Execution:
    """What a trace holds."""
    sites: list[Site] = []
    parameters: list[Parameter] = []
    plates: dict[str, Any] = {}
    store = pyro.get_param_store()._constraints
    for name, node in trace.nodes.items():
        if node["type"] == "param":
            leaf = leaf_of(node["value"])
            if leaf is not None:
                # A statement that only reads a parameter does not repeat its constraint.
                constraint = store.get(name, node["kwargs"].get("constraint"))
                position = making_position(leaf) or node.get(POSITION)
                parameters.append(Parameter(name, role, node["value"], leaf, constraint, position))
        elif node["type"] == "sample":
            for frame in node["cond_indep_stack"]:
                plates.setdefault(frame.name, frame)
            if site_is_subsample(node):
                plates.setdefault(name, node["fn"])
            else:
                sites.append(_site(role, name, node))
    return Execution(role, trace, tuple(sites), tuple(parameters), plates)


def _site(role: str, name: str, node: Mapping[str, Any]) -> Site:
    # The stack is innermost first.
    plates = tuple(reversed(node["cond_indep_stack"]))
    return Site(
        name,
        role,
        node["fn"],
        node["value"],
        bool(node["is_observed"]),
        node.get(POSITION),
        plates,
        node["infer"] or {},
        node["scale"],
        node["mask"],
    )
