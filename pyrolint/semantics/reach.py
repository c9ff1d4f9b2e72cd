"""Reach: what is learnt or drawn and reaches no density, or reaches it without its gradient.

Both say what a value is *not* used for, so both are asked only of values whose every use is seen:
what was lost on the way (see ``flow``) may be used anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.flow import followed, with_inputs
from pyrolint.semantics.inferences import Inference, Pair
from pyrolint.semantics.machine import Facts
from pyrolint.semantics.program import ParamSite, Program, SampleSite
from pyrolint.semantics.provenance import is_independent, origins_of
from pyrolint.semantics.values import (
    Distribution,
    LibraryObject,
    Numeric,
    Origin,
    OriginKind,
    Value,
)
from pyrolint.syntax.ir import Place

Source = tuple[object, ...]

_TRAINING = frozenset({"svi", "elbo", "root"})
"""Kinds of inference under which a parameter may be trained."""
_GRADIENT_KERNELS = ("NUTS", "HMC")


class Severed(msgspec.Struct, frozen=True, eq=False):
    """A parameter or latent that goes into densities, none of which gives it a gradient.

    ``origin`` has the cuts on the way to ``argument`` of ``site``, which stands at ``place``.
    ``is_frozen``: a parameter that is cut off in the very expression that declares it.
    """

    origin: Origin
    site: SampleSite
    argument: str
    place: Place
    is_frozen: bool = False


class _Use(msgspec.Struct, frozen=True, eq=False):
    """An origin that goes into a density by a value; see ``Severed`` for the rest."""

    origin: Origin
    value: Value
    site: SampleSite
    argument: str
    place: Place


class Reach:
    """All the densities that parameters and latents go into."""

    def __init__(self, programs: Iterable[Program], facts: Facts) -> None:
        self._facts = facts
        self._programs = tuple(programs)
        self._uses = [use for program in self._programs for use in _uses_in(program)]
        lost = {_source(each): bool(each.cuts) for each in facts.lost if each.cuts}
        lost.update((_source(each), False) for each in facts.lost if not each.cuts)
        self._lost = lost
        self._whole = {_source(use.origin) for use in self._uses if not use.origin.cuts}

    def severed(self, inferences: Iterable[Inference], pairs: Iterable[Pair]) -> Iterator[Severed]:
        """The parameters and latents that go into densities only without their gradients."""
        candidates = [
            use
            for use in self._uses
            if use.origin.cuts
            and _is_plain(use.value)
            and _source(use.origin) not in self._whole
            and self._lost.get(_source(use.origin), True)
        ]
        if not candidates:
            return
        drawn = _trained_latents(inferences, pairs)
        for use in candidates:
            origin = use.origin
            if origin.kind is OriginKind.PARAMETER:
                if origin.statement not in ("pyro.param", "PyroParam"):
                    continue
                if use.site.inference_kind not in _TRAINING:
                    continue
                is_frozen = not self._facts.reads.get(origin.place)
            elif (origin.place, origin.name) in drawn.get(id(use.site), ()):
                is_frozen = False
            else:
                continue
            yield Severed(origin, use.site, use.argument, use.place, is_frozen)

    def idle(self, parameters: Iterable[ParamSite]) -> set[Place]:
        """The places of the parameters that certainly go into no density and nothing else."""
        holders = _holders(self._programs)
        candidates = [each for each in parameters if _is_declared(each) and each.place in holders]
        if not candidates or self._facts.budget_hits:
            return set()
        used = {_source(use.origin) for use in self._uses} | set(self._lost)
        for program in self._programs:
            for _, about in program.tests:
                used.update(map(_source, followed(about)))
        others = [each for each in parameters if each.kind == "pyro.param"]
        return {
            each.place
            for each in candidates
            if (OriginKind.PARAMETER, each.name) not in used
            and all(program.complete and program.sites for program in holders[each.place])
            and not any(_may_be(one, each) for one in others)
        }


def _source(origin: Origin) -> Source:
    """What tells sources apart: Pyro's parameters are known by their names everywhere."""
    by_name = origin.kind is OriginKind.PARAMETER and origin.name is not None
    if by_name and origin.statement in ("pyro.param", None):
        return origin.kind, origin.name
    return origin.source


def _is_plain(value: Value) -> bool:
    """Whether nothing opaque went into a value, which might have been given the number alone."""
    return isinstance(value, Numeric) and all(
        each.kind is not OriginKind.OPAQUE for each in value.origins
    )


def _uses_in(program: Program) -> Iterator[_Use]:
    for site in program.sites:
        if not site.distribution_is_plain:
            yield from _uses_of(site, site.distribution, "fn", site.place)
        for _, distribution in site.distributions():
            for name, value, place in arguments_inside(distribution):
                yield from _uses_of(site, value, name, place)
        if site.observation is not None:
            yield from _uses_of(site, site.observation, "obs", site.place)


def arguments_inside(distribution: Distribution) -> Iterator[tuple[str, Value, Place]]:
    """The arguments of a distribution and of those it is made of: name, alternative and place."""
    for name, value in distribution.arguments.items():
        place = distribution.places.get(name, distribution.place)
        for _, option in alternatives(value):
            if isinstance(option, Distribution):
                yield from arguments_inside(option)
            else:
                yield name, option, place


def _uses_of(site: SampleSite, value: Value, argument: str, place: Place) -> Iterator[_Use]:
    for _, option in alternatives(value):
        for origin in followed(origins_of(option)):
            yield _Use(origin, option, site, argument, place)


def _trained_latents(
    inferences: Iterable[Inference], pairs: Iterable[Pair]
) -> dict[int, set[tuple[Place, str | None]]]:
    """By site of a model: the continuous latents of that model whose gradients train something.

    A guide that draws one without a pathwise gradient learns of it by its score alone.
    """
    unpathed: dict[int, set[str | None]] = {}
    for pair in pairs:
        for one, twin in pair.shared_latents():
            if not _has_pathwise_gradient(twin):
                unpathed.setdefault(id(pair.model), set()).add(one.name)
    found: dict[int, set[tuple[Place, str | None]]] = {}
    for inference in inferences:
        model = inference.model
        if model is None or not _follows_gradients(inference):
            continue
        latents = {
            (site.place, site.name)
            for site in model.sites
            if site.observed is False
            and _is_continuous(site)
            and site.name not in unpathed.get(id(model), ())
        }
        for site in model.sites:
            found[id(site)] = latents
    return found


def _follows_gradients(inference: Inference) -> bool:
    if inference.kind != "mcmc":
        return inference.kind in ("svi", "elbo")
    kernel = inference.made.arguments.get("kernel") if inference.made is not None else None
    name = kernel.name if isinstance(kernel, LibraryObject) else inference.name
    return name.rsplit(".", 1)[-1] in _GRADIENT_KERNELS


def _is_continuous(site: SampleSite) -> bool:
    families = [distribution.family for _, distribution in site.distributions()]
    return (
        site.distribution_is_plain
        and bool(families)
        and all(family is not None and not family.is_discrete for family in families)
    )


def _has_pathwise_gradient(site: SampleSite) -> bool:
    families = [distribution.family for _, distribution in site.distributions()]
    return bool(families) and all(family is not None and family.has_rsample for family in families)


def _is_declared(parameter: ParamSite) -> bool:
    if parameter.kind != "pyro.param" or parameter.init is None:
        return False
    # A tensor that is learnt already, such as an `nn.Parameter`, is used under its own name.
    named = parameter.name is not None and parameter.name.replace("{}", "")
    return bool(named) and is_independent(parameter.init)


def _holders(programs: Iterable[Program]) -> dict[Place, list[Program]]:
    """By the place of a parameter: the programs that declare it."""
    holders: dict[Place, list[Program]] = {}
    for program in programs:
        for parameter in program.parameters:
            holders.setdefault(parameter.place, []).append(program)
    return holders


def _may_be(other: ParamSite, declared: ParamSite) -> bool:
    """Whether another statement may stand for the declared parameter, which no name tells."""
    if other.place == declared.place or other.name == declared.name:
        # The use of one is that of the other.
        return other.init is None and other.place != declared.place
    if other.name is None or declared.name is None:
        return True
    if other.name_known and declared.name_known:
        return False
    # One name at least is a pattern: what stands before and behind its holes must fit.
    (one, *_, one_end), (two, *_, two_end) = (_split(each) for each in (other, declared))
    return (one.startswith(two) or two.startswith(one)) and (
        one_end.endswith(two_end) or two_end.endswith(one_end)
    )


def _split(parameter: ParamSite) -> list[str]:
    """The text of a name around its holes; a name without any is a beginning and an end."""
    parts = (parameter.name or "").split("{}")
    return parts if len(parts) > 1 else parts * 2


def untraced_draws(program: Program) -> Iterator[tuple[Origin, SampleSite, str, Place]]:
    """The draws inside a program that no site made, and the densities of sites they go into.

    A guide's point mass may be drawn in any way, where it says itself how dense it is there.
    """
    if _may_be_trained(program):
        for site in program.sites:
            for origin, argument, place in _untraced_in(site):
                # What draws data around a program is no part of it.
                if origin.place in program.draws:
                    yield origin, site, argument, place


def _may_be_trained(program: Program) -> bool:
    """Whether a program is trained, or where nobody is seen to run it, looks like one that is.

    A mere simulator observes nothing; what only defines programs and calls them has no site of
    its own.
    """
    if program.inference_kind != "root":
        return program.inference_kind in (*_TRAINING, "mcmc")
    own = [site for site in program.sites if site.caller == program.place]
    return bool(own) and (
        bool(program.parameters) or any(site.observed is not False for site in program.sites)
    )


def _untraced_in(site: SampleSite) -> Iterator[tuple[Origin, str, Place]]:
    values: list[tuple[str, Value, Place]] = []
    for _, distribution in site.distributions():
        if "log_density" not in distribution.arguments:
            values.extend(arguments_inside(distribution))
    if site.observed and site.observation is not None:
        values.extend(("obs", option, site.place) for _, option in alternatives(site.observation))
    for argument, value, place in values:
        if _is_plain(value):
            for origin in with_inputs(origins_of(value)):
                if origin.kind is OriginKind.RANDOM and origin.statement is not None:
                    yield origin, argument, place


def latent_tests(program: Program) -> Iterator[tuple[Place, Origin]]:
    """The tests of a program that are on a continuous latent of its own, which is not observed."""
    if not _may_be_trained(program):
        return
    latents = {
        (site.place, site.name)
        for site in program.sites
        if site.observed is False and _is_continuous(site)
    }
    for place, about in program.tests:
        for origin in followed(about):
            if origin.kind is OriginKind.LATENT and (origin.place, origin.name) in latents:
                yield place, origin
                break
