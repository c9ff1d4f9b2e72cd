"""The parameter store as training leaves it: which parameters hold what some pair has learnt."""

from __future__ import annotations

from pyrolint.semantics.alternatives import alternatives, choose, under
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.program import Program
from pyrolint.semantics.training import StaleParameter
from pyrolint.semantics.values import Constant, Guard, LibraryObject, Tuple, Value
from pyrolint.syntax.ir import Place

_STORE, _LEARNT = 0, "learnt"

READING = frozenset(
    "__contains__ __getitem__ __iter__ __len__ get_all_param_names get_param get_state items keys"
    " named_parameters param_name save values".split()
)
"""Methods of the store that leave what it holds."""

# Where each latent has parameters of its own, and where one vector holds them all.
_BY_SITE = {"pyro.infer.autoguide.AutoNormal": "locs.", "pyro.infer.autoguide.AutoDelta": ""}
_AS_VECTOR = frozenset(
    f"pyro.infer.autoguide.Auto{name}"
    for name in ("DiagonalNormal", "MultivariateNormal", "LowRankMultivariateNormal")
)


def forget(machine: Machine) -> None:
    """The store is cleared, or may be: nothing in it is certainly what another pair learnt."""
    machine.store.write(_STORE, _LEARNT, Tuple(()))


def learn(
    machine: Machine, model: Program, guide: Program, svi: LibraryObject
) -> tuple[StaleParameter, ...]:
    """Note that a pair is trained; the answer are its parameters that hold what others learnt."""
    declared = {**_statements(model), **_statements(guide), **_of_autoguide(machine, model, guide)}
    learnt = machine.store.read(_STORE, _LEARNT) or Tuple(())
    stale: list[StaleParameter] = []
    oldest = machine.facts.training.outermost
    for name, (place, owner) in declared.items():
        found = [_last(option, name) for _, option in alternatives(under(learnt, machine.path))]
        others = [
            each
            for each in found
            if each is not None
            and each.places["model"] != model.place
            and _is_other(each, place, owner)
            # What is trained turn about with this is trained together with it.
            and (oldest is None or each.identity <= oldest)
        ]
        if others and len(others) == len(found):
            first = others[0]
            is_later = svi.identity > first.identity
            where = first.places["statement"]
            stale.append(StaleParameter(name, place, where, first.place, is_later))
    if not machine.facts.training.repeats(svi):
        # A single step learns next to nothing.
        return tuple(stale)
    marks = tuple(
        LibraryObject(
            name, "learnt", {} if owner is None else {"owner": owner}, svi.place,
            {"statement": place, "model": model.place}, machine.store.allocate(),
        )
        for name, (place, owner) in declared.items()
    )  # fmt: skip
    ways: list[tuple[Guard, Value]] = [
        (guard, Tuple((*option.items, *marks)) if isinstance(option, Tuple) else option)
        for guard, option in alternatives(learnt)
    ]
    machine.store.write(_STORE, _LEARNT, choose(ways))
    return tuple(stale)


def _is_other(mark: LibraryObject, place: Place, owner: Value | None) -> bool:
    """Whether another statement, or another autoguide, has declared the parameter."""
    if owner is None:
        return mark.places["statement"] != place
    return mark.arguments.get("owner") != owner


def _last(learnt: Value, name: str) -> LibraryObject | None:
    """The last training of a parameter, None where none is certain."""
    items = learnt.items if isinstance(learnt, Tuple) else ()
    marks = [each for each in items if isinstance(each, LibraryObject) and each.name == name]
    return marks[-1] if marks else None


def _statements(program: Program) -> dict[str, tuple[Place, Value | None]]:
    """The ``pyro.param`` statements with an initial value, by name."""
    return {
        each.name: (each.place, None)
        for each in program.parameters
        if each.kind == "pyro.param"
        and each.name is not None
        and each.name_known
        and each.init is not None
    }


def _of_autoguide(
    machine: Machine, model: Program, guide: Program
) -> dict[str, tuple[Place, Value | None]]:
    """The parameters that an autoguide makes for a model, by name."""
    made = guide.autoguide
    if made is None or not model.complete or _are_modules_local(machine):
        return {}
    latents = [
        each.name
        for each in model.sites
        if each.observed is False and each.name is not None and each.name_known
    ]
    short = made.name.rsplit(".", 1)[-1]
    owner: Value | None = Constant(made.identity)
    if made.name in _AS_VECTOR:
        names = [f"{short}.loc"] if latents else []
    else:
        prefix = _BY_SITE.get(made.name)
        names = [f"{short}.{prefix}{latent}" for latent in latents] if prefix is not None else []
    return dict.fromkeys(names, (made.place, owner))


def _are_modules_local(machine: Machine) -> bool:
    """Whether the setting is touched by which modules keep their parameters to themselves."""
    return any("module_local_params" in call.arguments for call in machine.facts.calls)
