"""Who calls whom among the functions of one file, told from their text.

Only direct calls count: ``helper(x)`` of a function of the module, ``self.helper(x)`` of a method
of the same class. To pass a function on is no call of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from pyrolint.semantics.values import Class, Function
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

PRIMITIVES = frozenset(
    "sample param plate factor deterministic module iarange irange PyroSample PyroParam"
    " random_module observe plate_stack".split()
)
INFERENCES = frozenset(
    "SVI step MCMC NUTS HMC Predictive loss_and_grads differentiable_loss get_trace run"
    " Importance loss guide".split()
)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A function that may be a root; ``owner`` is the class of a method.

    ``function`` is what its name stands for: where a decorator of the project wrapped it, the
    wrapper.
    """

    definition: ir.Function
    function: Function
    owner: Class | None
    path: str
    aliases: Mapping[str, str]
    """What names of the module stand for: of a library's functions, the last part of the name."""

    @property
    def place(self) -> Place:
        """Where it is defined."""
        return Place(self.path, self.definition.at)

    @property
    def name(self) -> str:
        """Its own name, without its class."""
        return self.definition.name

    @cached_property
    def mentions(self) -> frozenset[str]:
        """The names that it mentions, in whatever role, and what they stand for."""
        return self._with_aliases(self.definition.mentions)

    @property
    def own_mentions(self) -> frozenset[str]:
        """The names that it mentions outside of the functions that it defines."""
        inner: frozenset[str] = frozenset()
        for statement in self.definition.body:
            if isinstance(statement, ir.Function):
                inner |= statement.mentions
        return self._with_aliases(self.definition.mentions - inner)

    def _with_aliases(self, names: frozenset[str]) -> frozenset[str]:
        return names | {self.aliases[name] for name in names & self.aliases.keys()}

    @property
    def is_wrapped(self) -> bool:
        """Whether a call runs a wrapper, which takes what it likes."""
        return self.function.definition is not self.definition


_ENTRY_POINTS = frozenset({"forward", "__call__", "model", "guide"})
"""Methods that are run from outside whatever else calls them."""


class CallGraph:
    """The direct calls among candidates."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = tuple(candidates)
        self._by_name: dict[tuple[object, str], Candidate] = {
            (each.owner and each.owner.identity, each.name): each for each in candidates
        }

    @cached_property
    def _callers(self) -> dict[Candidate, list[Candidate]]:
        callers: dict[Candidate, list[Candidate]] = {}
        for each in self._candidates:
            for callee in self._callees(each):
                if callee is not each:
                    callers.setdefault(callee, []).append(each)
        return callers

    def _callees(self, candidate: Candidate) -> Iterator[Candidate]:
        for name in candidate.definition.calls:
            owner = candidate.owner.identity if name.startswith(".") and candidate.owner else None
            found = self._by_name.get((owner, name.lstrip(".")))
            if found is not None:
                yield found

    @cached_property
    def _programs(self) -> frozenset[Candidate]:
        """Functions that hold primitives, or call such functions and train nothing."""
        programs = {each for each in self._candidates if each.mentions & PRIMITIVES}
        pending = list(programs)
        while pending:
            for caller in self._callers.get(pending.pop(), ()):
                if caller not in programs and caller not in self._set_ups:
                    programs.add(caller)
                    pending.append(caller)
        return frozenset(programs)

    @cached_property
    def _set_ups(self) -> frozenset[Candidate]:
        """Functions that set up or run an inference, or call such functions."""
        set_ups = {
            each
            for each in self._candidates
            if each.mentions & INFERENCES and not each.own_mentions & PRIMITIVES
        }
        pending = list(set_ups)
        while pending:
            for caller in self._callers.get(pending.pop(), ()):
                if caller not in set_ups and not caller.own_mentions & PRIMITIVES:
                    set_ups.add(caller)
                    pending.append(caller)
        return frozenset(set_ups)

    def is_set_up(self, candidate: Candidate) -> bool:
        """Whether it sets up or runs an inference, itself or in the functions it calls."""
        return candidate in self._set_ups

    def has_callers(self, candidate: Candidate) -> bool:
        """Whether another candidate calls it."""
        return candidate in self._callers

    def is_program(self, candidate: Candidate) -> bool:
        """Whether it holds primitives, itself or in the functions it calls."""
        return candidate in self._programs

    def is_helper(self, candidate: Candidate, cut_short: Set[Place] = frozenset()) -> bool:
        """Whether it is a part of other programs: with what they pass, not with anything.

        Callers that were ``cut_short`` may not have come to it.
        """
        if candidate.owner is not None and candidate.name in _ENTRY_POINTS:
            return False
        callers = self._callers.get(candidate, ())
        return any(caller in self._programs and caller.place not in cut_short for caller in callers)
