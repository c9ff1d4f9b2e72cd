"""What a rule yields: a fault at a symbolic place, with symbolic edits that would mend it.

All of it is frozen plain data without positions. ``Diagnostic`` is its rendered twin, with rows,
columns and text edits, made by the runner for the findings that survive suppression.

The ``code`` of an edit may name things of libraries in braces, dotted and in full, as in
``{pyro.distributions.constraints.positive}``: they are written as the file's own imports let
them, and imported where none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyrolint.syntax.ir import Place


class Severity(IntEnum):
    """How sure and how bad: errors fail or mislead, warnings are likely to, advice is opt-in."""

    ADVICE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The word users read and write: ``error``, ``warning`` or ``advice``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class AddKeyword:
    """Append ``keyword=code`` to the call at ``call``."""

    call: Place
    keyword: str
    code: str


@dataclass(frozen=True, slots=True)
class ReplaceExpression:
    """Put ``code`` in the place of the expression at ``expression``; ``{}`` in it is its text."""

    expression: Place
    code: str


@dataclass(frozen=True, slots=True)
class ReplaceCallee:
    """Let the call at ``call`` call ``code`` instead; its arguments stay.

    Where a callee stands that nothing calls, it is that which is replaced; ``{}`` in ``code`` is
    the callee's text.
    """

    call: Place
    code: str


@dataclass(frozen=True, slots=True)
class RenameKeyword:
    """Rename the keyword of the argument at ``argument``; a positional one gains the keyword."""

    argument: Place
    keyword: str


@dataclass(frozen=True, slots=True)
class RemoveArgument:
    """Take the argument at ``argument`` out of its call, with the comma that parts it."""

    argument: Place


@dataclass(frozen=True, slots=True)
class UnwrapCall:
    """Replace the call at ``call`` by its first positional argument's own text."""

    call: Place


@dataclass(frozen=True, slots=True)
class KeepReceiver:
    """Replace ``x.name`` or the call ``x.name(…)`` at ``expression`` by ``x``."""

    expression: Place


@dataclass(frozen=True, slots=True)
class ReplaceMethodCall:
    """Put ``code`` in the place of the method call at ``call``, which is assigned to a name.

    ``{}`` in it is the text of what the method is called on, ``<name>`` the name; that is none of
    ``taken``.
    """

    call: Place
    code: str
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GatherKeywords:
    """Let the keywords of the call at ``call`` be one dict, and the only argument: ``f({"a": 1})``.

    A positional argument in front of them is left out.
    """

    call: Place


@dataclass(frozen=True, slots=True)
class AddEntry:
    """Give the dict display at ``dictionary`` the entry ``"key": code``, or that value."""

    dictionary: Place
    key: str
    code: str


@dataclass(frozen=True, slots=True)
class AppendCode:
    """Write ``code`` directly after the expression at ``expression`` (``.to_event(1)``, ``()``)."""

    expression: Place
    code: str


@dataclass(frozen=True, slots=True)
class Interpolate:
    """Let the string literal at ``expression`` end with ``_`` and the value of ``variable``."""

    expression: Place
    variable: str


@dataclass(frozen=True, slots=True)
class RemoveStatement:
    """Remove the whole statement that the expression or statement at ``node`` belongs to."""

    node: Place


@dataclass(frozen=True, slots=True)
class InsertStatement:
    """Write the statement ``code`` on a line before that of the expression at ``node``.

    ``{}`` in it is the text of what the method called at ``of`` is a method of.
    """

    node: Place
    code: str
    of: Place | None = None


@dataclass(frozen=True, slots=True)
class RenameAttribute:
    """Let the attribute at ``expression``, or the method called there, be ``name`` instead."""

    expression: Place
    name: str


@dataclass(frozen=True, slots=True)
class TakeRows:
    """Let ``data[…]`` at ``subscript`` take the indices that the plate made at ``plate`` draws.

    Where the plate's ``with`` has no name for them, it gets one.
    """

    subscript: Place
    plate: Place


@dataclass(frozen=True, slots=True)
class RenameImport:
    """Let the import at ``node`` import ``new`` where it imports ``old``, both in full.

    ``node`` is one name of an import, or a ``from`` import of the module ``old``. Where no alias
    hides it, the file's uses of the old name are renamed too.
    """

    node: Place
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class AddImport:
    """Make sure ``module`` (or ``name`` from it) is imported in ``path``, bound as ``alias``."""

    path: str
    module: str
    name: str | None = None
    alias: str | None = None


Edit = (
    AddKeyword
    | ReplaceExpression
    | ReplaceCallee
    | RenameKeyword
    | RemoveArgument
    | UnwrapCall
    | KeepReceiver
    | ReplaceMethodCall
    | GatherKeywords
    | AddEntry
    | AppendCode
    | Interpolate
    | RemoveStatement
    | InsertStatement
    | RenameAttribute
    | RenameImport
    | TakeRows
    | AddImport
)


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together. ``safe`` ones keep the meaning or mend what certainly fails."""

    message: str
    edits: tuple[Edit, ...]
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains the finding: where the fault bites, or its other half."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault: what is wrong, why it matters and what to write instead, at the place to mend.

    ``cause`` identifies the fault: findings of one code with one cause are one finding, their
    ``related`` joined; it defaults to ``place``. ``program`` is a qualified name, ``site`` a
    literal site name or its pattern (``x_{}``), ``argument`` a distribution argument's name.
    ``severity`` overrides the rule's own where the catalogue gives a case another level.
    """

    message: str
    place: Place
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    program: str | None = None
    site: str | None = None
    argument: str | None = None
    cause: Place | None = None
    severity: Severity | None = None
