"""Constraints, supports and transforms as sets, against the libraries' own checks."""

from __future__ import annotations

import importlib
import inspect
from functools import cache

import pyro.distributions  # noqa: F401 - registers its constraints with torch's transforms
import pytest
import torch
from torch.distributions import biject_to, constraints, transform_to

from pyrolint.semantics import sets
from pyrolint.semantics.library.constraints import to_set
from pyrolint.semantics.library.knowledge import Constraint, Family, knowledge
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.sets import Interval, Set, Structured, is_subset, projection
from pyrolint.semantics.values import Constant, Value

FACTS = knowledge()
NUMBERS = torch.tensor(
    [-torch.inf, -7.0, -3.0, -2.5, -1.0, -0.5, -1e-3, 0.0, 1e-3, 0.25, 0.5, 0.999, 1.0, 1.5, 2.0,
     2.5, 3.0, 4.0, 5.0, 7.0, 100.0, torch.inf], dtype=torch.double,
)  # fmt: skip
ARGUMENTS = {"lower_bound": -1.0, "upper_bound": 2.0}


def live(name: str) -> object:
    """The library's own object of a canonical name."""
    module, _, attribute = name.rpartition(".")
    while True:
        try:
            found: object = importlib.import_module(module)
        except ModuleNotFoundError:
            module, _, head = module.rpartition(".")
            attribute = f"{head}.{attribute}"
            continue
        for part in attribute.split("."):
            found = getattr(found, part)
        return found


def members(interval: Interval) -> torch.Tensor:
    """Which of the numbers are inside, closed ends and all."""
    inside = (interval.lower < NUMBERS) & (interval.upper > NUMBERS)
    if interval.lower_end:
        inside |= interval.lower == NUMBERS
    if interval.upper_end:
        inside |= interval.upper == NUMBERS
    return inside & (NUMBERS.round() == NUMBERS) if interval.integer else inside


def checked(constraint: constraints.Constraint) -> torch.Tensor:
    """Which of the numbers the library takes; infinities are no matter."""
    return torch.stack([torch.as_tensor(constraint.check(number)).bool() for number in NUMBERS])


def agree(interval: Interval, constraint: constraints.Constraint) -> None:
    finite = NUMBERS.isfinite()
    ours, theirs = members(interval)[finite], checked(constraint)[finite]
    assert torch.equal(ours, theirs), NUMBERS[finite][ours != theirs].tolist()


# --- constraints -------------------------------------------------------------------------------


def constraint_of(name: str, fact: Constraint) -> tuple[constraints.Constraint, Set | None] | None:
    """A live constraint and our set for it; None for what cannot be made of numbers."""
    made = live(name)
    if fact.abstract:
        return None
    values: dict[str, Value] = {}
    if fact.is_factory:
        wanted = [parameter.name for parameter in fact.parameters if parameter.required]
        if not wanted or not set(wanted) <= ARGUMENTS.keys():
            return None
        values = {each: Constant(ARGUMENTS[each]) for each in wanted}
        assert callable(made)
        made = made(**{each: ARGUMENTS[each] for each in wanted})
    return (made, to_set(fact.spec, values)) if isinstance(made, constraints.Constraint) else None


CONSTRAINTS = {
    name: found
    for name, fact in FACTS.constraints.items()
    if (found := constraint_of(name, fact)) is not None and found[1] is not None
}


def of_kind(kind: type) -> list[str]:
    return sorted(name for name, (_, ours) in CONSTRAINTS.items() if isinstance(ours, kind))


def test_constraints_are_tried() -> None:
    assert len(of_kind(Interval)) >= 12
    assert len(of_kind(Structured)) >= 12


@pytest.mark.parametrize("name", of_kind(Interval))
def test_constraint_takes_the_numbers_of_its_interval(name: str) -> None:
    constraint, ours = CONSTRAINTS[name]
    assert isinstance(ours, Interval)
    if not constraint.event_dim:
        agree(ours, constraint)


@cache
def draws(name: str) -> list[torch.Tensor]:
    """Members of a constraint, made by the library's own transform."""
    constraint, _ = CONSTRAINTS[name]
    torch.manual_seed(0)
    for registry in (transform_to, biject_to):
        try:
            transform = registry(constraint)
        except NotImplementedError:
            continue
        shape = transform.inverse_shape(torch.Size((3,) * max(1, constraint.event_dim)))
        found = [transform(torch.randn(shape, dtype=torch.double)) for _ in range(20)]
        assert all(constraint.check(each).all() for each in found)
        return found
    return []


@pytest.mark.parametrize("name", of_kind(Interval) + of_kind(Structured))
def test_members_have_elements_in_the_projection(name: str) -> None:
    _, ours = CONSTRAINTS[name]
    assert ours is not None
    within = projection(ours)
    for draw in draws(name):
        assert (draw >= within.lower - 1e-9).all()
        assert (draw <= within.upper + 1e-9).all()


STRUCTURES = [name for name in of_kind(Structured) if not name.endswith(".multinomial")]
"""Without multinomial, whose counts the library does not check to be whole."""
PAIRS = [(one, other) for one in STRUCTURES for other in STRUCTURES]


@pytest.mark.parametrize(("inner", "outer"), PAIRS)
def test_structures_are_subsets_as_the_library_checks(inner: str, outer: str) -> None:
    (constraint, ours), (wider, theirs) = CONSTRAINTS[inner], CONSTRAINTS[outer]
    assert ours is not None
    assert theirs is not None
    verdict = is_subset(ours, theirs)
    found = draws(inner)
    if verdict is None or not found or wider.event_dim > constraint.event_dim:
        return
    taken = [bool(wider.check(each).all()) for each in found]
    assert all(taken) if verdict else not all(taken)


# --- supports ----------------------------------------------------------------------------------

SHAPES = {0: (), 1: (3,), 2: (3, 3)}


def argument_of(constraint: constraints.Constraint) -> torch.Tensor | None:
    """A value that an argument takes."""
    if constraints.is_dependent(constraint):
        return None
    torch.manual_seed(1)
    if constraint.is_discrete:
        return torch.tensor(4.0)
    try:
        transform = transform_to(constraint)
        shape = transform.inverse_shape(torch.Size(SHAPES[constraint.event_dim]))
        return transform(torch.randn(shape))
    except (NotImplementedError, KeyError):
        return None


def instance(name: str, family: Family) -> tuple[torch.distributions.Distribution, dict] | None:
    """A live distribution with what it was given, where its arguments can be made up."""
    cls = live(name)
    assert inspect.isclass(cls)
    declared = getattr(cls, "arg_constraints", {})
    if not isinstance(declared, dict):
        return None
    given: dict[str, torch.Tensor] = {}
    skipped = {each for group in family.exclusive for each in group[1:]}
    for argument in family.arguments:
        if argument.name in skipped or argument.name not in declared:
            if argument.required:
                return None
            continue
        if not argument.required and argument.name not in {g[0] for g in family.exclusive}:
            continue
        constraint = declared[argument.name]
        if argument.name in ("low", "high", "lower_bound", "upper_bound"):
            value: torch.Tensor | None = torch.tensor(-1.0 if "low" in argument.name else 2.0)
        else:
            value = argument_of(constraint)
        if value is None:
            return None
        given[argument.name] = value
    try:
        return cls(**given), given
    except (
        TypeError,
        ValueError,
        RuntimeError,
        IndexError,
        NotImplementedError,
        AssertionError,
    ):
        return None


INSTANCES = {
    name: found
    for name, family in sorted(FACTS.families.items())
    if (found := instance(name, family)) is not None
}


def values_of(given: dict[str, torch.Tensor]) -> dict[str, Value]:
    """Scalars among the arguments as constants; of others nothing is told."""
    return {name: Constant(value.item()) for name, value in given.items() if value.dim() == 0}


def test_families_are_tried() -> None:
    names = {name.rsplit(".", 1)[-1] for name in INSTANCES}
    assert {"Normal", "Beta", "Poisson", "Categorical", "Dirichlet", "MultivariateNormal"} <= names
    assert len(INSTANCES) > 60


@pytest.mark.parametrize("name", INSTANCES)
def test_draws_lie_in_the_enclosure(name: str) -> None:
    distribution, given = INSTANCES[name]
    torch.manual_seed(2)
    try:
        draw = distribution.sample((200,))
    except NotImplementedError:
        return
    enclosure = to_set(FACTS.families[name].support, values_of(given), enclosing=True)
    if enclosure is None:
        return
    within = projection(enclosure)
    assert (draw >= within.lower).all()
    assert (draw <= within.upper).all()
    assert not within.integer or torch.equal(draw, draw.round())


@pytest.mark.parametrize("name", INSTANCES)
def test_support_is_the_library_s(name: str) -> None:
    distribution, given = INSTANCES[name]
    ours = to_set(FACTS.families[name].support, values_of(given))
    if ours is None:
        return
    try:
        support = distribution.support
    except NotImplementedError:
        return
    if isinstance(ours, Structured):
        assert support is not None
        shown = f"{support!r} {type(support).__name__}".lower()
        assert ours.name.replace("_", "") in shown.replace("_", "")
    elif ours is not sets.REAL and not support.event_dim:
        agree(ours, support)


def test_bounds_that_are_not_known_widen_an_enclosure_and_hide_a_support() -> None:
    uniform = FACTS.families[FACTS.canonical("pyro.distributions.Uniform")].support
    assert to_set(uniform, {}) is None
    assert to_set(uniform, {}, enclosing=True) == sets.Interval(
        -torch.inf, torch.inf, sets.End.OPEN, sets.End.OPEN
    )
    half = {"low": Constant(1.0)}
    enclosure = to_set(uniform, half, enclosing=True)
    assert enclosure is not None
    assert projection(enclosure).lower == 1.0
    assert as_numeric(half["low"]) is not None
