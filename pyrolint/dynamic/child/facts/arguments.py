"""The arguments of a run's distributions: which there are, and the same one in another run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.distributions import constraints

from pyrolint.dynamic.child.facts.supports import REAL, Members, margins, members, stripped
from pyrolint.dynamic.child.observation.recorders import Construction
from pyrolint.dynamic.child.observation.step import Execution, Site
from pyrolint.dynamic.messages import Position

_NORMALISING = frozenset(
    {
        "Categorical",
        "OneHotCategorical",
        "Multinomial",
        "RelaxedOneHotCategorical",
        "ExpRelaxedCategorical",
    }
)
"""Families that divide their ``probs`` by the sum, so that only negative ones are wrong."""


_OPEN = frozenset({"_GreaterThan", "_LessThan", "_LowerCholesky", "_PositiveDefinite"})
"""Constraints that a value at the bound breaks."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The element of an argument that lies least inside its set.

    ``margin`` is how far inside it lies, below 0 outside; ``value`` is the element, or the margin
    again where the set is one of vectors or matrices.
    """

    margin: float
    value: float


@dataclass(frozen=True, slots=True)
class Argument:
    """A constrained argument of a distribution call, as it was given.

    ``index`` counts the calls behind the site, outermost first; ``site`` is None for a call that
    raised before any site was there.
    """

    site: Site | None
    index: int
    construction: Construction
    name: str
    value: Any
    constraint: Any

    @property
    def family(self) -> str:
        """The distribution's class name."""
        return self.construction.family.__name__

    @property
    def role(self) -> str:
        """Whether ``model`` or ``guide`` has it; empty where no site was there yet."""
        return self.site.role if self.site is not None else ""

    @property
    def site_name(self) -> str | None:
        """The site that it belongs to."""
        return self.site.name if self.site is not None else None

    @property
    def places(self) -> tuple[Position, ...]:
        """The lines of the call and of the site, as far as they are known."""
        statement = self.site.position if self.site is not None else None
        return tuple(each for each in (self.construction.position, statement) if each is not None)

    @property
    def needs(self) -> Members:
        """The set that its constraint asks for."""
        return members(self.constraint) or REAL

    @property
    def tensor(self) -> Tensor | None:
        """Its value as a tensor; None for what is no number."""
        if isinstance(self.value, Tensor):
            return self.value
        if isinstance(self.value, (int, float)) and not isinstance(self.value, bool):
            return torch.tensor(float(self.value))
        return None

    @property
    def is_open(self) -> bool:
        """Whether its set leaves out the bound itself."""
        return type(stripped(self.constraint)).__name__ in _OPEN

    @property
    def margins(self) -> tuple[Tensor, ...]:
        """How far inside each bound of its set the elements lie; empty where not known."""
        value = self.tensor
        if value is None:
            return ()
        return margins(self.constraint, value, normalised=self.is_normalised)

    @property
    def is_normalised(self) -> bool:
        """Whether the constructor divides it by its sum."""
        return self.name == "probs" and any(
            kind.__name__ in _NORMALISING for kind in self.construction.family.__mro__
        )

    @property
    def worst(self) -> Worst | None:
        """The element that lies least inside; None where that is not known."""
        found: Worst | None = None
        for inside in self.margins:
            if inside.numel() == 0:
                continue
            margin, index = inside.detach().flatten().min(0)
            tensor = self.tensor
            if tensor is not None and inside.shape == tensor.shape:
                value = float(tensor.detach().flatten()[index])
            else:
                value = float(margin)
            # NaN is no member of any set.
            lost = bool(torch.isnan(margin))
            if found is None or lost or float(margin) < found.margin:
                found = Worst(float("-inf") if lost else float(margin), value)
        return found

    def again(self, run: Execution | None) -> Argument | None:
        """The same argument in another run of the same program."""
        site = run.site(self.site.name) if run is not None and self.site is not None else None
        if site is None:
            return None
        for index, construction in enumerate(site.constructions):
            if index == self.index and self.name in construction.arguments:
                value = construction.arguments[self.name]
                return replace(self, site=site, construction=construction, value=value)
        return None


def arguments_of(site: Site) -> Iterator[Argument]:
    """The constrained arguments of every distribution call behind a site."""
    for index, construction in enumerate(site.constructions):
        yield from constrained(site, index, construction)


def constrained(site: Site | None, index: int, construction: Construction) -> Iterator[Argument]:
    """The arguments of one call that a constraint other than ``real`` holds for."""
    declared = getattr(construction.family, "arg_constraints", {})
    # Some families declare them by a property, which only an instance has.
    if not isinstance(declared, dict):
        return
    for name, value in construction.arguments.items():
        constraint = declared.get(name)
        if constraint is None or constraints.is_dependent(constraint):
            continue
        known = members(constraint)
        if known is not None and not known.is_real_line:
            yield Argument(site, index, construction, name, value, constraint)
