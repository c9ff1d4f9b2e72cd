"""Messengers: what the effect handlers around a sample site make of it."""

from __future__ import annotations

import msgspec

from pyrolint.semantics.comparisons import truth
from pyrolint.semantics.contents import known_entries, new_dictionary
from pyrolint.semantics.machine import Arguments, HandlerScope, Machine
from pyrolint.semantics.values import FALSE, NONE, TRUE, Choice, Constant, Unknown, Value
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
    """A sample statement as it stands: what the handlers around it judge it by."""

    name: str | None
    name_known: bool
    distribution: Value
    observation: Value | None
    infer: Value | None
    place: Place
    observed: bool | None = None


def under_handlers(
    machine: Machine, statement: Statement
) -> tuple[bool | None, Value | None, bool, bool]:
    """Observed or not, the value, hidden or not, reparameterised or not, under the handlers."""
    name, name_known = statement.name, statement.name_known
    observed: bool | None = observed_state(statement.observation)
    value = statement.observation if observed is not False else None
    reparameterised = False
    for scope in reversed(machine.handlers):
        match scope.name.rsplit(".", 1)[-1]:
            case "condition" | "do":
                given = _conditioned(machine, scope, name, name_known)
                if isinstance(given, Unknown):
                    observed = None
                elif given is not None:
                    observed, value = True, given
                    if scope.name.endswith(".do"):
                        return True, given, True, reparameterised
            case "uncondition":
                observed, value = False, None
            case "reparam":
                reparameterised = True
            case "block":
                seen = msgspec.structs.replace(statement, observed=observed)
                verdict = _is_hidden(machine, scope, seen)
                if verdict is None and machine.recorder is not None:
                    machine.recorder.note_unknown("may be hidden by a block", statement.place)
                if verdict is not False:
                    return observed, value, True, reparameterised
            case _:
                pass
    return observed, value, False, reparameterised


def _conditioned(
    machine: Machine, scope: HandlerScope, name: str | None, name_known: bool
) -> Value | None:
    data = scope.arguments.get("data")
    if data is None:
        return Unknown("conditioned on what is not known")
    known = known_entries(machine, data)
    if known is None:
        return Unknown("conditioned on what is not known")
    if name_known and name in known:
        return known[name]
    return None


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
    if not by_type:
        return site.name in texts if site.name_known else None
    if site.observed is None:
        return None
    return ("observe" if site.observed else "sample") in texts


def _verdict(
    machine: Machine, function: Value, site: Statement, scope: HandlerScope
) -> bool | None:
    """What a block's own function says of a site: it is given the site's message."""
    known: dict[object, Value] = {
        "type": Constant("sample"),
        "name": Constant(site.name) if site.name_known else Unknown("a name", independent=True),
        "fn": site.distribution,
    }
    if site.observed is not None:
        known["is_observed"] = Constant(site.observed)
    if site.infer is not None:
        known["infer"] = site.infer
    message = new_dictionary(machine, known, Unknown("an entry of a message", independent=True))
    return truth(machine, machine.call(function, Arguments((message,)), scope.place))
