"""How a site's draws are taken: one of them, or all that there are, as ``infer=`` and handlers say.

``config_enumerate`` marks the sites whose values can be listed and that have no mark of their own;
given ``num_samples``, it marks every site.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.contents import entries_of
from pyrolint.semantics.families import is_enumerable
from pyrolint.semantics.machine import HandlerScope, Machine
from pyrolint.semantics.program import Enumeration
from pyrolint.semantics.values import NONE, Constant, Dictionary, Value

CONFIGURES = "pyro.infer.config_enumerate"
"""The handler that marks a program's sites."""

REPLACES = "pyro.poutine.infer_config"
"""The handler that gives sites an ``infer=`` of its own making."""
_MARKS: Mapping[object, Enumeration] = {
    None: Enumeration.DECLINED,
    False: Enumeration.DECLINED,
    "parallel": Enumeration.PARALLEL,
    "sequential": Enumeration.SEQUENTIAL,
}


def enumeration_of(machine: Machine, infer: Value | None, distribution: Value) -> Enumeration:
    """How the draws of a site with this ``infer=`` are taken under the handlers around it."""
    own, is_known = infer_option(machine, infer, "enumerate")
    if not is_known:
        return Enumeration.UNKNOWN
    if own is not None:
        return _mark(own)
    for scope in reversed(machine.handlers):
        if scope.name == REPLACES:
            return Enumeration.UNKNOWN
        if scope.name == CONFIGURES:
            return _configured(scope, distribution)
    return Enumeration.NONE


def has_baseline(machine: Machine, infer: Value | None) -> bool | None:
    """Whether a site's ``infer=`` gives it a baseline; None where that is not known."""
    baseline, is_known = infer_option(machine, infer, "baseline")
    if any(scope.name == REPLACES for scope in machine.handlers):
        return None
    return baseline is not None if is_known else None


def _configured(scope: HandlerScope, distribution: Value) -> Enumeration:
    default = scope.arguments.get("default")
    mark = Enumeration.PARALLEL if default is None else _mark(default)
    if mark is Enumeration.DECLINED:
        return mark
    if scope.arguments.get("num_samples", NONE) != NONE:
        return mark
    enumerable = is_enumerable(distribution)
    if enumerable is None:
        return Enumeration.UNKNOWN
    return mark if enumerable else Enumeration.NONE


def _mark(value: Value) -> Enumeration:
    marks = {
        _MARKS.get(option.value, Enumeration.UNKNOWN)
        if isinstance(option, Constant)
        else Enumeration.UNKNOWN
        for _, option in alternatives(value)
    }
    return marks.pop() if len(marks) == 1 else Enumeration.UNKNOWN


def infer_option(machine: Machine, infer: Value | None, key: str) -> tuple[Value | None, bool]:
    """An entry of ``infer=``, and whether all that it may be is known."""
    if infer is None or infer == NONE:
        return None, True
    if not isinstance(infer, Dictionary):
        return None, False
    entries = entries_of(machine, infer)
    known: Mapping[object, Value] = entries.known
    if key in known:
        return known[key], True
    return None, entries.rest is None
