"""Messengers: what the effect handlers around a sample site make of it."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.comparisons import truth
from pyrolint.semantics.contents import entries_of, known_entries, new_dictionary
from pyrolint.semantics.machine import HandlerScope, Machine
from pyrolint.semantics.strings import concatenated, pattern_of
from pyrolint.semantics.values import (
    FALSE,
    NONE,
    TRUE,
    Choice,
    Constant,
    Dictionary,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place


def observed_state(observation: Value | None) -> bool | None:
    """Whether an ``obs=`` argument observes: None where it may be None."""
    match observation:
        case None | Constant(None):
            return False
        case Choice(options):
            states = {observed_state(option) for _, option in options}
            return states.pop() if len(states) == 1 else None
        case Unknown(independent=independent):
            return True if independent else None
        case _:
            return True


class Statement(msgspec.Struct, frozen=True):
    """A statement as it stands: what the handlers around it judge it by."""

    name: Value
    place: Place
    distribution: Value = NONE
    observation: Value | None = None
    infer: Value | None = None
    observed: bool | None = None
    type: str = "sample"


class Outcome(msgspec.Struct):
    """What the handlers around a statement make of it.

    ``name`` is the one that it has in the trace, ``observed`` None where that is not known;
    ``given`` is what the program gets in the place of the site's value. ``is_counted``: a handler
    numbers what has the same name. ``is_masked``: the density counts for nothing, None where that
    is not known.
    """

    name: Value
    observed: bool | None
    value: Value | None
    given: Value | None = None
    hidden: bool = False
    reparameterised: bool = False
    is_counted: bool = False
    is_masked: bool | None = False


_HARMLESS = frozenset(
    "trace replay substitute scale enum seed markov inferconfig configenumerate broadcast escape"
    " queue init plate indep subsample guide".split()
)
"""Handlers that hide no site and make none."""


def under_handlers(machine: Machine, statement: Statement) -> Outcome:
    """What the handlers make of a statement, from the innermost to the outermost."""
    observed = observed_state(statement.observation)
    value = statement.observation if observed is not False else None
    outcome = Outcome(statement.name, observed, value)
    for scope in reversed(machine.handlers):
        _apply(machine, scope, statement, outcome)
        if outcome.hidden:
            break
    return outcome


def _apply(machine: Machine, scope: HandlerScope, statement: Statement, outcome: Outcome) -> None:
    """What one handler makes of a statement."""
    is_sample = statement.type == "sample"
    kind = scope.name.rsplit(".", 1)[-1].removesuffix("Messenger").lower().replace("_", "")
    match kind:
        case "block":
            seen = msgspec.structs.replace(statement, name=outcome.name, observed=outcome.observed)
            verdict = _is_hidden(machine, scope, seen)
            if verdict is None:
                _note(machine, "may be hidden by a block", statement)
            outcome.hidden = verdict is not False
        case "lift" if not is_sample:
            _note(machine, "a parameter that may be lifted to a site", statement)
        case "condition" if is_sample:
            given = _conditioned(machine, scope, outcome.name)
            if isinstance(given, Unknown) and not given.independent:
                outcome.observed = None
            elif given is not None:
                outcome.observed = observed_state(given)
                outcome.value = given if outcome.observed is not False else None
        case "do" if is_sample:
            # The site is drawn all the same: only what follows gets another value.
            outcome.given = _conditioned(machine, scope, outcome.name)
        case "uncondition" if is_sample:
            outcome.observed, outcome.value = False, None
        case "mask" if is_sample:
            mask = scope.arguments.get("mask", NONE)
            off = mask == FALSE
            outcome.is_masked = off or (None if isinstance(mask, Unknown) else outcome.is_masked)
        case "reparam" if is_sample:
            outcome.reparameterised |= _is_reparameterised(machine, scope, outcome.name)
            if outcome.reparameterised:
                _note(machine, "reparameterised, which makes sites of other names", statement)
        case "scope" if is_sample:
            prefix = scope.arguments.get("prefix", Unknown("a prefix"))
            outcome.name = concatenated((prefix, Constant("/"), outcome.name))
        case "namecount" if is_sample:
            outcome.is_counted = True
        case _ if scope.name.startswith("pyro.") and kind not in _HARMLESS | _KNOWN:
            _note(machine, f"`{scope.name}` may change what sites there are", statement)
        case _:
            pass


_KNOWN = frozenset("lift condition do uncondition mask reparam scope namecount".split())


def _note(machine: Machine, reason: str, statement: Statement) -> None:
    if machine.recorder is not None:
        machine.recorder.note_unknown(reason, statement.place)


def _conditioned(machine: Machine, scope: HandlerScope, name: Value) -> Value | None:
    """What a handler's data holds for a site, None where it certainly holds nothing."""
    data = scope.arguments.get("data")
    unknown = Unknown("conditioned on what is not known")
    if not isinstance(data, Dictionary):
        return unknown
    entries = entries_of(machine, data)
    if isinstance(name, Constant):
        given = entries.known.get(name.value)
        return given if given is not None else None if entries.rest is None else unknown
    pattern = pattern_of(name)
    fits = any(isinstance(key, str) and pattern.may_be(key) for key in entries.known)
    return unknown if fits or entries.rest is not None else None


def _is_reparameterised(machine: Machine, scope: HandlerScope, name: Value) -> bool:
    """Whether a site may be one that the handler has a way for."""
    config = scope.arguments.get("config")
    entries = known_entries(machine, config) if config is not None else None
    if entries is None:
        return True
    pattern = pattern_of(name)
    return any(isinstance(key, str) and pattern.may_be(key) for key in entries)


def _is_hidden(machine: Machine, scope: HandlerScope, site: Statement) -> bool | None:
    """Whether a block hides a site: what it lists is hidden, or all that it does not expose."""
    arguments = {k: v for k, v in scope.arguments.items() if v != NONE and k != "fn"}
    for key in ("hide_fn", "expose_fn"):
        if key in arguments:
            verdict = _verdict(machine, arguments[key], site, scope)
            return verdict if verdict is None or key == "hide_fn" else not verdict
    listed: dict[str, bool] = {}
    hides_all = arguments.get("expose_all") != TRUE and arguments.get("hide_all") != FALSE
    for key in ("hide", "expose", "hide_types", "expose_types"):
        if key in arguments:
            found = _lists(machine, arguments[key], site, scope, by_type=key.endswith("types"))
            if found is None:
                return None
            listed[key] = found
            hides_all = key.startswith("expose")
    if listed.get("hide") or listed.get("hide_types"):
        return True
    return hides_all and not (listed.get("expose") or listed.get("expose_types"))


def _lists(
    machine: Machine, names: Value, site: Statement, scope: HandlerScope, *, by_type: bool
) -> bool | None:
    """Whether a list holds the name or the type of a site."""
    items = machine.iterate(names, scope.place)
    if not isinstance(items, tuple):
        return None
    texts = [item.value for item in items if isinstance(item, Constant)]
    if len(texts) != len(items):
        return None
    if by_type:
        if site.type == "sample" and site.observed is None:
            return None
        return ("observe" if site.observed else site.type) in texts
    return site.name.value in texts if isinstance(site.name, Constant) else None


def _verdict(
    machine: Machine, function: Value, site: Statement, scope: HandlerScope
) -> bool | None:
    """What a block's own function says of a site: it is given the site's message."""
    known: dict[object, Value] = {
        "type": Constant(site.type),
        "name": site.name,
        "fn": site.distribution,
    }
    if site.observed is not None:
        known["is_observed"] = Constant(site.observed)
    if site.infer is not None:
        known["infer"] = site.infer
    message = new_dictionary(machine, known, Unknown("an entry of a message", independent=True))
    return truth(machine, machine.call(function, Arguments((message,)), scope.place))
