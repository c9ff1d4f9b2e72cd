"""Inferences: what runs programs, and the pairs of model and guide they bind."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pyrolint.semantics.alternatives import contradict
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.program import Program, SampleSite, Thresholds
from pyrolint.semantics.training import StaleParameter
from pyrolint.semantics.values import ONE, Guard, LibraryObject, Value
from pyrolint.syntax.ir import Place


class Pair(msgspec.Struct, frozen=True, eq=False):
    """A model and a guide, bound at one inference."""

    model: Program
    guide: Program
    inference: Inference

    def lacks(self, site: SampleSite) -> bool:
        """Whether the guide certainly has no site of the name of a model's site."""
        programs = [self.guide]
        if self.guide.autoguide is not None:
            seen = [each.model for each in self.guide.prototypes]
            programs = [each for each in seen if each is not None]
            if not seen or len(programs) < len(seen):
                return False
        return site.name_known and not any(
            not program.complete
            or any(each.name == site.name or not each.name_known for each in program.sites)
            for program in programs
        )

    def shared_latents(self) -> Iterator[tuple[SampleSite, SampleSite]]:
        """The latent sites of one name in model and guide that one execution can reach."""
        by_name: dict[str, list[SampleSite]] = {}
        for site in self.guide.sites:
            if site.name is not None and not site.observed:
                by_name.setdefault(site.name, []).append(site)
        for site in self.model.sites:
            if site.name is None or site.observed:
                continue
            for twin in by_name.get(site.name, ()):
                if not contradict(site.guard, twin.guard):
                    yield site, twin


class Inference(msgspec.Struct, frozen=True, eq=False):
    """An inference call: SVI, a hand-called ELBO, MCMC, Predictive, an autoguide's construction.

    ``reason`` says why model or guide are not known, where they are not. ``objective`` and
    ``optimizer`` are what certainly serves, ``objectives`` and ``optimizers`` all that may, as
    it was passed, each under its decisions: the library's objects (``is_base`` for those of the
    project's own classes), but also a class that nobody called, a function, what is not known.
    ``made`` is the object that was asked, at ``place``, and ``method`` what of it is called, at
    ``step``, with ``arguments``, under the decisions of ``guard``. ``turns`` is how often the
    loops around that call run it since ``made`` and its optimizer were made: a number, or one for
    each decision; loops of unknown length count as one turn. ``is_paced``: code of the project
    sets the rate of an optimizer, or hands it to a scheduler of torch's. ``stale`` are the
    parameters that another pair has trained before. ``predicted`` are the sites whose draws are
    read from what a ``Predictive`` gives.
    """

    kind: str
    place: Place
    name: str
    model: Program | None
    guide: Program | None
    objective: LibraryObject | None = None
    optimizer: LibraryObject | None = None
    reason: str | None = None
    made: LibraryObject | None = None
    method: str | None = None
    step: Place | None = None
    arguments: Arguments | None = None
    guard: Guard = ()
    objectives: tuple[tuple[Guard, Value], ...] = ()
    optimizers: tuple[tuple[Guard, Value], ...] = ()
    turns: Value = ONE
    is_paced: bool = False
    stale: tuple[StaleParameter, ...] = ()
    predicted: frozenset[str] = frozenset()
    thresholds: Thresholds = Thresholds()

    @property
    def trains_elbo(self) -> bool:
        """Whether gradients of an ELBO of Pyro's are certainly taken."""
        takes = self.method in ("step", "run") if self.kind == "svi" else self.kind == "elbo"
        return takes and any(
            isinstance(each, LibraryObject) and each.kind == "elbo" for _, each in self.objectives
        )
