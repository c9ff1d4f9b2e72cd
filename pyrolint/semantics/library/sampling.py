"""Sample sites: ``pyro.sample`` and what it draws."""

from __future__ import annotations

from pyrolint.semantics.alternatives import alternatives, choose
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.flow import lose
from pyrolint.semantics.library.distributions import as_distribution, breaches_of
from pyrolint.semantics.library.enumeration import enumeration_of, has_baseline
from pyrolint.semantics.library.extents import in_plates
from pyrolint.semantics.library.messengers import Statement, observed_state, under_handlers
from pyrolint.semantics.library.statements import each_way, note_site, note_statement, record
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.module_facts import ModulePrior
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import Breach, SampleSite, StatementKind
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.strings import concatenated, is_choice_of_words, name_of
from pyrolint.semantics.values import (
    NONE,
    Choice,
    Constant,
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
    # The family's own arguments behind it, and whatever else there may be.
    lose(machine, *arguments.positional[2:])
    if name is None or distribution is None:
        lose(machine, *arguments.values())
        note_site(machine, "pyro.sample without a name or a distribution", place)
        return opaque("pyro.sample without a name or a distribution", arguments, place)
    observation = arguments.keywords.get("obs")
    observation_place = arguments.keyword_places.get("obs")
    name_place = arguments.place(0, "name")
    mask = arguments.keywords.get("obs_mask", NONE)
    if all(option == NONE for _, option in alternatives(mask)):
        return sample_site(
            machine, name, distribution, observation, arguments.keywords.get("infer"), place,
            name_place=name_place, observation_place=observation_place,
            distribution_place=arguments.place(1, "fn"),
        )  # fmt: skip
    # What the mask leaves out is a latent of its own, and both come together as one.
    observed = sample_site(
        machine, concatenated((name, Constant("_observed"))), distribution, observation, None,
        place, observation_place=observation_place, mask=mask,
    )  # fmt: skip
    drawn = sample_site(
        machine, concatenated((name, Constant("_unobserved"))), distribution, None, None, place,
        is_judged=False,
    )  # fmt: skip
    note_statement(machine, StatementKind.DETERMINISTIC, name, place, name_place)
    masked = ("masked", place)
    return choose([(((masked, 1),), observed), (((masked, 0),), drawn)])


def sample_site(
    machine: Machine,
    name: Value,
    distribution: Value,
    observation: Value | None,
    infer: Value | None,
    place: Place,
    *,
    prior: ModulePrior | None = None,
    name_place: Place | None = None,
    observation_place: Place | None = None,
    distribution_place: Place | None = None,
    is_judged: bool = True,
    mask: Value | None = None,
) -> Value:
    """Record a site as the handlers around it leave it, and give what it returns.

    ``is_judged``: nobody else looks at the distribution's arguments.
    """
    if is_choice_of_words(name):
        return each_way(
            machine, name,
            lambda option: sample_site(
                machine, option, distribution, observation, infer, place,
                prior=prior, name_place=name_place, observation_place=observation_place,
                distribution_place=distribution_place, is_judged=is_judged, mask=mask,
            ),
        )  # fmt: skip
    resolved = _resolve(machine, distribution)
    outcome = under_handlers(machine, Statement(name, place, resolved, observation, infer))
    text, name_known = name_of(outcome.name)
    observed, value = outcome.observed, outcome.value
    recorder = machine.recorder
    is_known = all(isinstance(each, Distribution) for _, each in alternatives(resolved))
    if recorder is None or outcome.hidden or not is_known:
        lose(machine, resolved, value or NONE)
    if infer is not None:
        lose(machine, infer)
    if recorder is not None and outcome.hidden and observed is not False:
        recorder.hides_observations = True
    if recorder is not None and not outcome.hidden:
        site = SampleSite(
            text,
            name_known,
            place,
            resolved,
            observed,
            value,
            machine.path,
            recorder.name,
            recorder.active_plates,
            infer,
            _breaches(machine, resolved) if is_judged else (),
            inference_kind=recorder.kind,
            is_reparameterised=outcome.reparameterised,
            thresholds=machine.thresholds,
            role=recorder.role,
            plates_known=not recorder.is_obscured,
            caller=machine.caller,
            prior=prior,
            enumeration=enumeration_of(machine, infer, resolved),
            has_baseline=has_baseline(machine, infer),
            is_masked=outcome.is_masked,
            observation_place=observation_place if value in (None, observation) else None,
            distribution_place=distribution_place,
            is_checked=not machine.facts.switched_off,
            mask=mask,
            is_scaled=any(scope.name.endswith(".scale") for scope in machine.handlers),
        )
        recorder.sites.append(site)
        record(machine, StatementKind.SAMPLE, outcome, place, name_place, infer=infer, site=site)
    drawn = draw(machine, resolved, text, place)
    if observed and value is not None:
        drawn = value
    elif observed is None and value is not None:
        drawn = choose([(((("observed", place), 1),), value), (((("observed", place), 0),), drawn)])
    if outcome.given is None or observed_state(outcome.given) is False:
        return drawn
    return outcome.given


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
    return tuple(each for each in found if tested.isdisjoint(o.source for o in each.value.origins))


def _drawn_shape(machine: Machine, distribution: Distribution) -> Shape | None:
    """The shape of a draw where the plates around it are all known."""
    recorder = machine.recorder
    batch, event = distribution.batch_shape, distribution.event_shape
    if batch is None or event is None:
        return None
    if recorder is not None:
        if recorder.is_obscured or recorder.kind == "root":
            return None
        batch = in_plates(batch, recorder.active_plates)
    return (*batch, *event) if batch is not None else None


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
        integers = option.family is not None and option.family.draws_integers
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
                    "int" if integers else "float",
                    "tensor",
                    shape=_drawn_shape(machine, option),
                ),
            )
        )
    return options[0][1] if len(options) == 1 else choose(options, place)
