"""Messengers: what the effect handlers around a sample site make of it."""

from __future__ import annotations

from pyrolint.semantics.contents import known_entries
from pyrolint.semantics.machine import HandlerScope, Machine
from pyrolint.semantics.values import NONE, Choice, Constant, Unknown, Value
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


def under_handlers(
    machine: Machine, name: str | None, name_known: bool, observation: Value | None, place: Place
) -> tuple[bool | None, Value | None, bool, bool]:
    """Observed or not, the value, hidden or not, reparameterised or not, under the handlers."""
    observed: bool | None = observed_state(observation)
    value = observation if observed is not False else None
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
                verdict = _is_hidden(machine, scope, name, name_known, bool(observed))
                if verdict is None and machine.recorder is not None:
                    machine.recorder.note_unknown("may be hidden by a block", place)
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


def _is_hidden(
    machine: Machine, scope: HandlerScope, name: str | None, name_known: bool, observed: bool
) -> bool | None:
    arguments = {k: v for k, v in scope.arguments.items() if v != NONE and k != "fn"}
    if not arguments:
        return True
    hides: list[str | None] = []
    for key, listed in arguments.items():
        if key in ("hide_fn", "expose_fn"):
            return None
        if key == "hide_all":
            return True
        if key == "expose_all":
            return False
        items = machine.iterate(listed, scope.place)
        if not isinstance(items, tuple):
            return None
        texts = [item.value for item in items if isinstance(item, Constant)]
        if len(texts) != len(items):
            return None
        if key in ("hide", "expose"):
            if not name_known:
                return None
            inside = name in texts
        else:
            inside = ("observe" if observed else "sample") in texts
        hides.append(
            "hide"
            if key.startswith("hide") and inside
            else "show"
            if key.startswith("expose") and inside
            else None
        )
        if key.startswith("expose") and not inside and "hide" not in arguments:
            return True
    return "hide" in hides
