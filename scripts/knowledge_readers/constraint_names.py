"""Public names of the constraints modules, and how values train under them."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec
import pyro
import torch
from pyro.distributions import constraints
from torch.distributions import transform_to

from pyrolint.semantics.library.knowledge import (
    Constraint,
    Dependent,
    Interval,
    Of,
    Reference,
    SetSpec,
    Structured,
)

from .naming import Names
from .samples import REFUSALS
from .sets import describe
from .signatures import parameters

# A gradient that a starting value passes on by less than this has vanished.
VANISHED = 1e-5

# Arguments with which each factory is built twice, to see which bound follows which parameter.
FACTORY_ARGUMENTS: dict[str, tuple[Any, Any]] = {
    "lower_bound": (0.25, 1.25),
    "upper_bound": (3.25, 5.25),
}


def _elements(spec: SetSpec) -> dict[str, torch.Tensor]:
    """Starting values worth trying, by the names that ``Constraint.unusable`` uses."""
    if isinstance(spec, Interval):
        ends = {"lower": spec.lower, "upper": spec.upper}
        shape = (3,) * spec.event_dim
        return {
            name: torch.full(shape, float(end))
            for name, end in ends.items()
            if isinstance(end, float)
        }
    if not isinstance(spec, Structured):
        return {}
    shape = (3,) * max(spec.event_dim, 1)
    found = {"zeros": torch.zeros(shape), "ones": torch.ones(shape)}
    if spec.event_dim == 2:
        found["eye"] = torch.eye(3)
    else:
        found["one_hot"] = torch.tensor([0.0, 1.0, 0.0])
    if "ordered" in spec.name:
        found["unordered"] = torch.tensor([1.0, 0.5, 0.2])
    return found


def _directions(constraint: constraints.Constraint, unconstrained: torch.Tensor) -> int:
    """In how many directions the value moves with its unconstrained twin; 0 where not finite."""
    jacobian = torch.autograd.functional.jacobian(transform_to(constraint), unconstrained)
    matrix = jacobian.reshape(-1, max(unconstrained.numel(), 1))
    if not bool(torch.isfinite(matrix).all()):
        return 0
    return int(torch.linalg.matrix_rank(matrix, atol=VANISHED))


def _is_usable(constraint: constraints.Constraint, value: torch.Tensor) -> bool:
    """Whether training can start at ``value``: a finite twin that moves it in every direction."""
    try:
        unconstrained = transform_to(constraint).inv(value)
        if not bool(torch.isfinite(unconstrained).all()):
            return False
        somewhere = torch.linspace(-0.4, 0.5, unconstrained.numel()).reshape(unconstrained.shape)
        return _directions(constraint, unconstrained) >= _directions(constraint, somewhere)
    except REFUSALS:
        return False


def _is_transformable(constraint: constraints.Constraint) -> bool:
    try:
        transform_to(constraint)
    except NotImplementedError:
        return False
    return True


def _promotes_integers(constraint: constraints.Constraint) -> bool:
    """Whether ``pyro.param`` takes an integer tensor inside the constraint as initial value."""
    try:
        event_dim = constraint.event_dim
        if event_dim == 2:
            value = torch.eye(3, dtype=torch.long)
        elif event_dim == 1 or isinstance(describe(constraint), Structured):
            value = torch.tensor([1, 2, 3])
        else:
            value = torch.tensor(1)
        pyro.clear_param_store()
        pyro.param("initial", value, constraint=constraint)
    except REFUSALS:
        return False
    finally:
        pyro.clear_param_store()
    return True


def _training_facts(constraint: constraints.Constraint) -> dict[str, Any]:
    if not _is_transformable(constraint):
        return {"transformable": False}
    unusable = tuple(
        name
        for name, value in _elements(describe(constraint)).items()
        if not _is_usable(constraint, value)
    )
    return {
        "transformable": True,
        "integer_init": _promotes_integers(constraint),
        "unusable": unusable,
    }


def _factory(factory: Any) -> Constraint:
    taken = parameters(factory)
    names = [item.name for item in taken]
    if "reinterpreted_batch_ndims" in names:
        spec: SetSpec = Of("base_constraint", event_dim_argument="reinterpreted_batch_ndims")
        facts = _training_facts(factory(constraints.positive, 1))
        return Constraint(spec=spec, parameters=taken, is_factory=True, **facts)
    if "cseq" in names:
        transformable = _is_transformable(factory([constraints.positive, constraints.positive]))
        return Constraint(
            spec=Of("cseq"), parameters=taken, is_factory=True, transformable=transformable
        )
    if not all(name in FACTORY_ARGUMENTS for name in names) or not names:
        return Constraint(spec=Dependent(), parameters=taken, is_factory=True, abstract=True)
    # Counts are whole numbers, and so are the bounds that they keep.
    whole = factory is constraints.multinomial or "nteger" in factory.__name__
    values = [[int(each) if whole else each for each in FACTORY_ARGUMENTS[name]] for name in names]
    base = factory(*(each[0] for each in values))
    spec = describe(base)
    found = {}
    for index, name in enumerate(names):
        changed = factory(*(each[position == index] for position, each in enumerate(values)))
        for end in ("lower", "upper"):
            if getattr(describe(changed), end, None) != getattr(spec, end, None):
                found[end] = Reference(name)
    return Constraint(
        spec=msgspec.structs.replace(spec, **found),
        parameters=taken,
        is_factory=True,
        **_training_facts(base),
    )


def read_constraints(names: Names) -> dict[str, Constraint]:
    """Every public constraint object and factory, by canonical name."""
    found: dict[str, Constraint] = {}
    for name in constraints.__all__:
        value = getattr(constraints, name)
        canonical = names.of(value)
        if canonical is None or canonical in found:
            continue
        if isinstance(value, constraints.Constraint):
            spec = describe(value)
            abstract = constraints.is_dependent(value)
            facts = {} if abstract else _training_facts(value)
            found[canonical] = Constraint(spec=spec, abstract=abstract, **facts)
        elif inspect.isclass(value) and issubclass(value, constraints.Constraint):
            found[canonical] = _factory(value)
    return found
