"""From a file to what rules look at: programs, inferences, pairs, sites, calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.evaluate import Evaluator
from pyrolint.semantics.inferences import Inference, Pair
from pyrolint.semantics.library.registration import unregistered
from pyrolint.semantics.machine import EXHAUSTED, Facts
from pyrolint.semantics.module_facts import (
    FrozenRegistration,
    MarkedAttribute,
    UnregisteredModule,
)
from pyrolint.semantics.named_pairs import run_named_pairs
from pyrolint.semantics.program import (
    CallSite,
    ParamSite,
    PlateUse,
    Program,
    RawFeature,
    SampleSite,
)
from pyrolint.semantics.project import AnalysisOptions, Project
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.reach import Reach, Severed
from pyrolint.semantics.roots import run_replaced, run_roots, run_with_anything
from pyrolint.semantics.training import Descent
from pyrolint.semantics.uses import NameUse
from pyrolint.semantics.values import ConstraintValue, LibraryObject, Numeric, Unknown, Value
from pyrolint.syntax import ir
from pyrolint.syntax.ir import Place

TRAINING = frozenset({"svi", "elbo", "mcmc"})
"""The kinds of inference that fit something, rather than draw from what was fitted."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What analyses covered: programs, pairs, the inferences they could follow or not, and why.

    A program is known by its place, a pair by those of model, guide and inference.
    """

    program_places: frozenset[Place] = frozenset()
    pair_places: frozenset[tuple[Place, Place, Place]] = frozenset()
    resolved: frozenset[Place] = frozenset()
    failed: tuple[tuple[Place, str], ...] = ()
    budget_hits: int = 0

    @property
    def programs(self) -> int:
        """How many programs were seen."""
        return len(self.program_places)

    @property
    def pairs(self) -> int:
        """How many pairs were seen."""
        return len(self.pair_places)

    @property
    def unresolved(self) -> tuple[tuple[Place, str], ...]:
        """The inferences that could not be followed from anywhere, with the reasons."""
        return tuple(each for each in self.failed if each[0] not in self.resolved)

    def __or__(self, other: Coverage) -> Coverage:
        """What either covered."""
        return Coverage(
            self.program_places | other.program_places,
            self.pair_places | other.pair_places,
            self.resolved | other.resolved,
            tuple(dict.fromkeys(self.failed + other.failed)),
            self.budget_hits + other.budget_hits,
        )


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was found in one root file and what it imports.

    ``subjects`` maps a semantic type to its instances, in source order; ``read`` are the paths
    that were read or looked for; ``roots`` the functions that nobody was seen to run, and
    ``met`` those of other files that were run.
    """

    path: str
    programs: tuple[Program, ...]
    inferences: tuple[Inference, ...]
    pairs: tuple[Pair, ...]
    subjects: Mapping[type, tuple[object, ...]]
    coverage: Coverage
    read: frozenset[str]
    roots: frozenset[Place] = frozenset()
    met: frozenset[Place] = frozenset()


def analyse(
    path: str,
    load: Callable[[str], ir.Module | None],
    options: AnalysisOptions,
    met: frozenset[Place] = frozenset(),
) -> Analysis:
    """Evaluate a file; ``load`` gives the lowered module of a path, or None.

    ``met`` are functions of the file that others were seen to run, so that they are no roots.
    """
    project = Project(load, options)
    evaluator = Evaluator(project)
    module = project.load(path)
    programs: list[Program] = []
    if module is not None:
        evaluator.on_replaced = lambda old: programs.extend(run_replaced(evaluator, path, old))
        try:
            evaluator.run_main(module)
        except EXHAUSTED:
            evaluator.facts.budget_hits += 1
        for made, was_run in list(evaluator.inference_objects.values()):
            if not was_run:
                _run_unused(evaluator, made)
        run_named_pairs(evaluator, module)
        programs.extend(run_roots(evaluator, module, met))
    modules = tuple(unregistered(evaluator.facts, evaluator.store))
    return _collect(path, evaluator.facts, programs, project, modules)


def _run_unused(evaluator: Evaluator, made: LibraryObject) -> None:
    """An inference object that nothing is seen to step is run on a budget of its own."""
    evaluator.begin_root()
    try:
        run_with_anything(evaluator, made)
    except EXHAUSTED:
        evaluator.facts.budget_hits += 1


def _collect(
    path: str,
    facts: Facts,
    roots: list[Program],
    project: Project,
    modules: tuple[UnregisteredModule, ...],
) -> Analysis:
    programs: list[Program] = []
    facts.inferences[:] = [_with_optimizers(each, facts) for each in facts.inferences]
    facts.pairs[:] = [
        msgspec.structs.replace(each, inference=_with_optimizers(each.inference, facts))
        for each in facts.pairs
    ]
    for inference in facts.inferences:
        programs.extend(each for each in (inference.model, inference.guide) if each is not None)
    programs.extend(roots)
    programs = [each for each in programs if each.sites or each.parameters or each.plates]
    sites = [site for program in programs for site in program.sites]
    uses = _parameter_uses(sites)
    autoguided = {
        id(site)
        for pair in facts.pairs
        if pair.guide.autoguide is not None
        for site in pair.model.sites
    }
    sites_done = tuple(
        _with_uses(
            msgspec.structs.replace(site, under_autoguide=True) if id(site) in autoguided else site,
            uses,
            facts,
        )
        for site in sites
    )
    priors = _priors(facts.pairs)
    reach = Reach(programs, facts)
    idle = reach.idle(facts.parameters)
    parameters = tuple(
        msgspec.structs.replace(
            each,
            feeds_sites=bool(uses.get(each.place)),
            is_idle=each.place in idle,
            priors=tuple(priors.get((each.place, each.name), ())),
        )
        for each in _unique_parameters(facts.parameters)
    )
    unresolved = tuple(
        dict.fromkeys(
            (each.place, each.reason) for each in facts.inferences if each.reason is not None
        )
    )
    trained = {each.place.path for each in facts.inferences if each.kind in TRAINING}
    subjects: dict[type, tuple[object, ...]] = {
        Program: tuple(programs),
        SampleSite: sites_done,
        ParamSite: parameters,
        PlateUse: tuple(plate for program in programs for plate in program.plates),
        Inference: tuple(_with_predictions(facts)),
        Pair: tuple(facts.pairs),
        Descent: tuple(facts.training.descents),
        CallSite: tuple(
            msgspec.structs.replace(each, file_trains=each.place.path in trained)
            for each in facts.calls
        ),
        RawFeature: tuple(facts.raw_features),
        Severed: tuple(reach.severed(facts.inferences, facts.pairs)),
        NameUse: tuple(facts.uses.values()),
        MarkedAttribute: tuple(facts.marked_attributes),
        UnregisteredModule: modules,
        FrozenRegistration: tuple(facts.frozen_registrations),
        LibraryObject: tuple(facts.objects),
        ConstraintValue: _with_sites(facts.constraints, parameters, sites),
    }
    coverage = Coverage(
        frozenset(each.place for each in programs),
        frozenset((p.model.place, p.guide.place, p.inference.place) for p in facts.pairs),
        frozenset(each.place for each in facts.inferences if each.reason is None),
        unresolved,
        facts.budget_hits,
    )
    return Analysis(
        path,
        tuple(programs),
        tuple(facts.inferences),
        tuple(facts.pairs),
        subjects,
        coverage,
        frozenset(project.read),
        frozenset(each.place for each in roots),
        frozenset(place for place in facts.entered if place.path != path),
    )


def _with_optimizers(inference: Inference, facts: Facts) -> Inference:
    """An inference with what evaluation has learnt of its optimizers since.

    An ELBO that is called by hand is trained by those that step on its gradients.
    """
    if inference.kind == "elbo":
        found = {
            each.optimizer.identity: each
            for each in facts.training.descents
            if each.objective == inference.step
        }
        if found:
            inference = msgspec.structs.replace(
                inference,
                optimizers=tuple((each.guard, each.optimizer) for each in found.values()),
                turns=next(iter(found.values())).turns,
            )
    made = {each.identity for _, each in inference.optimizers if isinstance(each, LibraryObject)}
    if made & facts.training.paced:
        inference = msgspec.structs.replace(inference, is_paced=True)
    return inference


def _with_predictions(facts: Facts) -> Iterator[Inference]:
    """The inferences, with the sites whose draws are read from what they predict."""
    for each in facts.inferences:
        read = facts.predicted.get(each.step) if each.step is not None else None
        yield msgspec.structs.replace(each, predicted=frozenset(read)) if read else each


def _with_sites(
    constraints: Iterable[ConstraintValue],
    parameters: Iterable[ParamSite],
    sites: Iterable[SampleSite],
) -> tuple[ConstraintValue, ...]:
    """Constraints with the parameter or sample site that each was met at."""
    names = {each.constraint.place: each.name for each in parameters if each.constraint is not None}
    for site in sites:
        for _, distribution in site.distributions():
            names.setdefault(distribution.place, site.name)
    return tuple(
        msgspec.structs.replace(each, site=names.get(each.place))
        for each in dict.fromkeys(constraints)
    )


def _made_by(value: Value) -> Iterator[Place]:
    """Where the functions stand that made a value's alternatives."""
    for _, option in alternatives(value):
        if isinstance(option, Numeric) and option.applied is not None:
            yield option.applied.place


def _parameter_uses(sites: Iterable[SampleSite]) -> dict[Place, set[tuple[Place, str]]]:
    """For each parameter and noted function, the distribution arguments it goes into."""
    uses: dict[Place, set[tuple[Place, str]]] = {}
    for site in sites:
        for _, distribution in site.distributions():
            for name, value in distribution.arguments.items():
                for origin in origins_of(value):
                    uses.setdefault(origin.place, set()).add((distribution.place, name))
                for made in _made_by(value):
                    uses.setdefault(made, set()).add((distribution.place, name))
    return uses


def _priors(pairs: Iterable[Pair]) -> dict[tuple[Place, str | None], list[Value]]:
    """For each parameter, what the models say of the latents that it feeds in their guides."""
    priors: dict[tuple[Place, str | None], list[Value]] = {}
    for pair in pairs:
        for model_site, guide_site in pair.shared_latents():
            for _, distribution in guide_site.distributions():
                for origin in origins_of(distribution):
                    priors.setdefault((origin.place, origin.name), []).append(
                        model_site.distribution
                    )
    return priors


def _is_sole(place: Place, uses: Mapping[Place, set[tuple[Place, str]]], facts: Facts) -> bool:
    return len(uses.get(place, ())) == 1 and len(facts.reads.get(place, ())) <= 1


def _unique_parameters(parameters: Iterable[ParamSite]) -> list[ParamSite]:
    """One entry a parameter statement: that of the run that knows its initial value."""
    best: dict[tuple[Place, str | None], ParamSite] = {}
    for each in parameters:
        key = (each.place, each.name)
        known = best.get(key)
        if known is None or (known.init is None or isinstance(known.init, Unknown)):
            best[key] = each
    return list(best.values())


def _with_uses(
    site: SampleSite, uses: Mapping[Place, set[tuple[Place, str]]], facts: Facts
) -> SampleSite:
    """Note which arguments hold a value that is read nowhere else."""
    single: set[str] = set()
    for _, distribution in site.distributions():
        for name, value in distribution.arguments.items():
            if any(_is_sole(made, uses, facts) for made in _made_by(value)):
                single.add(name)
    if not single and not site.breaches:
        return site
    breaches = tuple(
        msgspec.structs.replace(each, is_sole_use=True)
        if each.origin is not None and _is_sole(each.origin.place, uses, facts)
        else each
        for each in site.breaches
    )
    return msgspec.structs.replace(site, single_use=frozenset(single), breaches=breaches)
