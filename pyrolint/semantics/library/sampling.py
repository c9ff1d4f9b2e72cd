"""Sample sites: ``pyro.sample`` and what it draws."""

from __future__ import annotations

from pyrolint.semantics.alternatives import alternatives, choose
from pyrolint.semantics.flow import lose
from pyrolint.semantics.library.distributions import as_distribution, breaches_of
from pyrolint.semantics.library.enumeration import enumeration_of, has_baseline
from pyrolint.semantics.library.messengers import Statement, under_handlers
from pyrolint.semantics.machine import Arguments, Machine, opaque
from pyrolint.semantics.module_facts import ModulePrior
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import Breach, SampleSite
from pyrolint.semantics.strings import name_of
from pyrolint.semantics.values import (
    NONE,
    Choice,
    Distribution,
    Guard,
    Numeric,
    Origin,
    OriginKind,
    Value,
)
from pyrolint.syntax.ir import Place


def sample(machine: Machine, arguments: Arguments, place: Place) -> Value:
    """``pyro.sample(name, fn, *args, obs=…, obs_mask=…, infer=…)``"""
    name = arguments.get(0, "name")
    distribution = arguments.get(1, "fn")
    if name is None or distribution is None:
        return opaque("pyro.sample without a name or a distribution", arguments, place)
    observation = arguments.keywords.get("obs")
    return sample_site(
        machine, name, distribution, observation, arguments.keywords.get("infer"), place,
        is_partial="obs_mask" in arguments.keywords,
    )  # fmt: skip


def sample_site(
    machine: Machine,
    name: Value,
    distribution: Value,
    observation: Value | None,
    infer: Value | None,
    place: Place,
    *,
    is_partial: bool = False,
    prior: ModulePrior | None = None,
) -> Value:
    """Record a site as the handlers around it leave it, and give what it returns."""
    text, name_known = name_of(name)
    resolved = _resolve(machine, distribution)
    observed, value, hidden, reparameterised = under_handlers(
        machine, Statement(text, name_known, resolved, observation, infer, place)
    )
    recorder = machine.recorder
    if recorder is None or hidden:
        lose(machine, resolved, value or NONE)
    if infer is not None:
        lose(machine, infer)
    if recorder is not None and not hidden:
        recorder.sites.append(
            SampleSite(
                text,
                name_known,
                place,
                resolved,
                None if is_partial else observed,
                value,
                machine.path,
                recorder.name,
                recorder.active_plates,
                infer,
                _breaches(machine, resolved),
                inference_kind=recorder.kind,
                is_reparameterised=reparameterised,
                thresholds=machine.thresholds,
                role=recorder.role,
                caller=machine.caller,
                prior=prior,
                enumeration=enumeration_of(machine, infer, resolved),
                has_baseline=has_baseline(machine, infer),
            )
        )
    if observed and value is not None and not is_partial:
        return value
    drawn = draw(machine, resolved, text, place)
    if observed is None and value is not None:
        return choose([(((("observed", place), 1),), value), (((("observed", place), 0),), drawn)])
    return drawn


def _resolve(machine: Machine, distribution: Value) -> Value:
    if isinstance(distribution, Choice):
        return choose([(g, as_distribution(machine, v)) for g, v in distribution.alternatives])
    return as_distribution(machine, distribution)


def _breaches(machine: Machine, distribution: Value) -> tuple[Breach, ...]:
    """The arguments that break their constraints; none that a test on this path is about."""
    found: list[Breach] = []
    for _, option in alternatives(distribution):
        if isinstance(option, Distribution):
            found.extend(breaches_of(option))
    tested = {origin.source for key, _ in machine.path for origin in machine.tests.get(key, ())}
    return tuple(
        each for each in found if tested.isdisjoint(o.source for o in each.value.origins)
    )


def draw(
    machine: Machine,
    distribution: Value,
    name: str | None,
    place: Place,
    kind: OriginKind | None = None,
) -> Value:
    """A draw from a site: a latent with the support as its set."""
    kind = kind or (OriginKind.LATENT if machine.recorder is not None else OriginKind.RANDOM)
    options: list[tuple[Guard, Value]] = []
    for guard, option in alternatives(distribution):
        if not isinstance(option, Distribution):
            origin = Origin(kind, place, name)
            options.append((guard, Numeric(None, None, None, (origin,), None, "tensor")))
            continue
        origin = Origin(kind, place, name, option.support)
        discrete = option.family is not None and option.family.is_discrete
        origins: tuple[Origin, ...] = (origin,)
        if option.name.endswith(".Delta"):
            point = as_numeric(option.arguments.get("v", NONE))
            if point is not None and point.origins:
                origins = point.origins
        options.append(
            (
                guard,
                Numeric(
                    option.enclosure,
                    option.support,
                    None,
                    origins,
                    "int" if discrete else "float",
                    "tensor",
                ),
            )
        )
    return options[0][1] if len(options) == 1 else choose(options, place)
