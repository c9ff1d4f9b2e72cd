"""Matching: the names of a guide against those of its model, as Pyro's check of a pair has it.

Only what is certain is told: sites that every run of the step comes by, under an objective that
makes the check, and against a program of which all sites are known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

import msgspec

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.families import is_enumerable
from pyrolint.semantics.inferences import Pair
from pyrolint.semantics.names import Likeness
from pyrolint.semantics.program import Enumeration, NamedStatement, Program, StatementKind
from pyrolint.semantics.values import Distribution, LibraryObject

_UNCHECKED = frozenset({"pyro.infer.Trace_MMD", "pyro.infer.EnergyDistance"})
_DRAWN = (StatementKind.SAMPLE, StatementKind.DETERMINISTIC, StatementKind.FACTOR)


class Missing(msgspec.Struct, frozen=True, eq=False):
    """A latent of the model that the guide lacks; ``near`` is a stranger there of a like name."""

    site: NamedStatement
    near: NamedStatement | None = None


def is_checked(pair: Pair) -> bool:
    """Whether the step certainly compares the pair's names, and the guide writes them out."""
    if pair.inference.kind not in ("svi", "elbo") or pair.guide.autoguide is not None:
        return False
    objectives = [option for _, option in pair.inference.objectives]
    return bool(objectives) and all(
        isinstance(option, LibraryObject)
        and option.kind == "elbo"
        and option.name not in _UNCHECKED
        and not option.is_base
        for option in objectives
    )


def missing_sites(pair: Pair) -> Iterator[Missing]:
    """The latents of the model that the guide certainly lacks."""
    if not (is_checked(pair) and pair.model.complete and pair.guide.complete):
        return
    taken = [each for each in pair.guide.statements if each.kind in _DRAWN]
    enumerates = _enumerates(pair)
    missing = [
        each
        for each in _distinct(pair.model.statements)
        if _needs_guide(each, enumerates=enumerates)
        and _is_certain(each, pair.model)
        and _has_none(each, taken)
    ]
    strangers = {each.name.text: each for each in _strangers(pair)}
    for site in missing:
        close = difflib.get_close_matches(site.name.text, strangers, n=1)
        yield Missing(site, strangers.pop(close[0]) if close else None)


def unknown_sites(pair: Pair) -> Iterator[NamedStatement]:
    """The sites of the guide that the model certainly lacks, those left out that are misspelt."""
    if not (is_checked(pair) and pair.model.complete):
        return
    misspelt = {each.near.place for each in missing_sites(pair) if each.near is not None}
    for each in _strangers(pair):
        if each.place not in misspelt:
            yield each


def computed_sites(pair: Pair) -> Iterator[tuple[NamedStatement, NamedStatement]]:
    """The sites of the guide that the model only computes, with the model's statements."""
    for site, twins in _twins(pair):
        if all(twin.kind is StatementKind.DETERMINISTIC for twin in twins):
            yield site, twins[0]


def observed_sites(pair: Pair) -> Iterator[tuple[NamedStatement, NamedStatement]]:
    """The sites of the guide that the model certainly observes, with the model's statements."""
    for site, twins in _twins(pair):
        if all(twin.kind is StatementKind.SAMPLE and twin.observed for twin in twins):
            yield site, twins[0]


def bare_factors(pair: Pair) -> Iterator[NamedStatement]:
    """The factors of the guide that do not say whether they come of reparameterised draws."""
    if not is_checked(pair):
        return
    for each in _distinct(pair.guide.statements):
        if each.kind is StatementKind.FACTOR and not each.is_declared:
            if _is_certain(each, pair.guide):
                yield each


def unmatched_plates(pair: Pair) -> Iterator[NamedStatement]:
    """The plates of the guide that hold sites, and that the model certainly lacks."""
    if not (is_checked(pair) and pair.model.complete):
        return
    holding = {
        plate.place
        for each in pair.guide.statements
        if each.kind in _DRAWN
        for plate in each.plates
    }
    taken = [each for each in pair.model.statements if each.kind is not StatementKind.PARAM]
    for each in _distinct(pair.guide.statements):
        if each.kind is StatementKind.PLATE and each.place in holding:
            if _is_certain(each, pair.guide) and _has_none(each, taken):
                yield each


def _twins(pair: Pair) -> Iterator[tuple[NamedStatement, list[NamedStatement]]]:
    """Sites of the guide with the statements of the model that certainly have their names."""
    if not is_checked(pair):
        return
    taken = [each for each in pair.model.statements if each.kind is not StatementKind.PARAM]
    for site in _distinct(pair.guide.statements):
        if site.kind is not StatementKind.SAMPLE or site.is_auxiliary is not False:
            continue
        if not _is_certain(site, pair.guide):
            continue
        likely = [each for each in taken if site.name.matched(each.name) is not Likeness.DIFFERENT]
        if likely and all(
            site.name.matched(each.name) is Likeness.EQUAL and _is_certain(each, pair.model)
            for each in likely
        ):
            yield site, likely


def _strangers(pair: Pair) -> Iterator[NamedStatement]:
    """The sites of the guide that the model, all of which is known, lacks."""
    taken = [each for each in pair.model.statements if each.kind is not StatementKind.PARAM]
    for each in _distinct(pair.guide.statements):
        is_site = each.kind in (StatementKind.SAMPLE, StatementKind.DETERMINISTIC)
        if is_site and each.is_auxiliary is False and _is_certain(each, pair.guide):
            if _has_none(each, taken):
                yield each


def _enumerates(pair: Pair) -> bool:
    """Whether the objective goes through the values of latents that are marked."""
    return any(
        isinstance(option, LibraryObject) and option.name.endswith(("Enum_ELBO", "TMC_ELBO"))
        for _, option in pair.inference.objectives
    )


def _needs_guide(statement: NamedStatement, *, enumerates: bool) -> bool:
    """Whether a statement of a model is a latent that the guide has to draw."""
    site = statement.site
    if statement.kind is not StatementKind.SAMPLE or site is None:
        return False
    if statement.observed is not False or statement.is_auxiliary is not False:
        return False
    if site.enumeration is not Enumeration.NONE or site.is_masked is not False:
        return False
    if enumerates and is_enumerable(site.distribution) is not False:
        # It is meant to be gone through: that nothing marks it is another fault.
        return False
    options = [option for _, option in alternatives(site.distribution)]
    return all(
        isinstance(option, Distribution)
        and not option.masked
        and not option.name.endswith((".Delta", ".Unit"))
        for option in options
    )


def _is_certain(statement: NamedStatement, program: Program) -> bool:
    """Whether each run of the program comes by the statement, under that very name."""
    return set(statement.guard) <= set(program.guard) and not statement.is_counted


def _has_none(statement: NamedStatement, others: Iterable[NamedStatement]) -> bool:
    return all(
        statement.name.matched(each.name) is Likeness.DIFFERENT and not each.is_counted
        for each in others
    )


def _distinct(statements: Iterable[NamedStatement]) -> Iterator[NamedStatement]:
    """One statement for each place and name: the turns of a loop come by the same ones."""
    seen: set[object] = set()
    for each in statements:
        key = (each.place, each.name.text)
        if key not in seen:
            seen.add(key)
            yield each
