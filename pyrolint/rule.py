"""All that a rule imports: the decorator, findings with their edits, and the semantic types.

A rule is a pure generator; the annotation of its one parameter is what it subscribes to::

    @rule("PYR102", "guide-support-mismatch", severity=Severity.ERROR, tips=[4])
    def guide_support_mismatch(pair: Pair) -> Iterator[Finding]:
        \"\"\"The guide draws values that the model's site cannot take. …\"\"\"
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_type_hints

from pyrolint.finding import (
    AddEntry,
    AddImport,
    AddKeyword,
    AppendCode,
    Edit,
    Finding,
    Fix,
    GatherKeywords,
    InsertStatement,
    Interpolate,
    KeepReceiver,
    Related,
    RemoveArgument,
    RemoveStatement,
    RenameAttribute,
    RenameImport,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExpression,
    ReplaceMethodCall,
    Severity,
    TakeRows,
    UnwrapCall,
)
from pyrolint.renaming import renaming
from pyrolint.semantics.alternatives import alternatives, contradict
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.clashes import Clash, clashes
from pyrolint.semantics.conditioning import leaves_data_unused, likely_likelihood
from pyrolint.semantics.families import (
    bounding_latents,
    family_name,
    has_rsample,
    is_discrete,
    is_enumerable,
)
from pyrolint.semantics.fits import (
    Crossing,
    Misfit,
    Undeclared,
    misfits,
    observation_crossing,
    parameter_misfits,
    plate_nesting,
    shape_disagreement,
    undeclared_dimension,
    whole_shape,
)
from pyrolint.semantics.inferences import Inference, Pair
from pyrolint.semantics.library.constraints import bound_value
from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.retired import REMOVED, REMOVED_METHODS, Retired, retired
from pyrolint.semantics.matching import (
    Missing,
    bare_factors,
    computed_sites,
    missing_sites,
    observed_sites,
    unknown_sites,
    unmatched_plates,
)
from pyrolint.semantics.module_facts import (
    FrozenRegistration,
    MarkedAttribute,
    ModulePrior,
    PlainModule,
    UnregisteredModule,
)
from pyrolint.semantics.names import Likeness, SiteName
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.observations import DENSITY_ASKED, Outlier, outlier
from pyrolint.semantics.optimizers import Options, classes_of, options_of, stepping
from pyrolint.semantics.program import (
    Breach,
    BreachKind,
    CallSite,
    Enumeration,
    NamedStatement,
    ParamSite,
    PlateUse,
    Program,
    Prototype,
    RawFeature,
    SampleSite,
    StatementKind,
    Thresholds,
)
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.reach import Severed, latent_tests, untraced_draws
from pyrolint.semantics.rows import rows_of
from pyrolint.semantics.sets import (
    BOOLEAN,
    End,
    Interval,
    Set,
    Structured,
    constraint_code,
    describe,
    is_subset,
    projection,
)
from pyrolint.semantics.sizes import size_of
from pyrolint.semantics.spread import (
    Spread,
    by_width,
    distance_of,
    innermost,
    parameter_in,
    spread_of,
    typical_deviation,
)
from pyrolint.semantics.symmetry import symmetric_mixtures
from pyrolint.semantics.training import Descent
from pyrolint.semantics.uses import NameUse, UseKind
from pyrolint.semantics.values import (
    FALSE,
    NONE,
    Applied,
    Bound,
    Choice,
    Class,
    Constant,
    ConstraintValue,
    Cut,
    Distribution,
    Entries,
    External,
    Function,
    Guard,
    Handled,
    Instance,
    LibraryObject,
    List,
    Literal,
    Numeric,
    Origin,
    OriginKind,
    Rows,
    RowsKind,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.semantics.wording import (
    constraint_words,
    family_onto,
    named,
    passage,
    shape_words,
    size_words,
    transform_onto,
)
from pyrolint.syntax.ir import Place

SUBJECTS: tuple[type, ...] = (
    Program,
    SampleSite,
    ParamSite,
    PlateUse,
    Inference,
    Pair,
    CallSite,
    RawFeature,
    Severed,
    NameUse,
    MarkedAttribute,
    UnregisteredModule,
    FrozenRegistration,
    LibraryObject,
    ConstraintValue,
    Descent,
)
"""What a rule can be asked about: the types that an analysis lists."""

_CODE = re.compile(r"[A-Z]{3,4}[0-9]{3}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class RuleError(Exception):
    """A rule is declared wrongly; the sentence says which and how."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule: its identity, its page (the docstring) and its pure check.

    ``subject`` is None where only a run shows the fault: then ``check`` is never asked.
    """

    code: str
    name: str
    severity: Severity
    tips: tuple[int, ...]
    subject: type | None
    check: Callable[[Any], Iterable[Finding]]
    page: str


def rule(
    code: str, name: str, *, severity: Severity, tips: Iterable[int] = ()
) -> Callable[[Callable[[Any], Iterator[Finding]]], Rule]:
    """Make a generator function a Rule; its one parameter's annotation is its subscription.

    Raises RuleError where the code, the name, the docstring or the signature will not do.
    """
    _require_words(code, name)

    def declare(check: Callable[[Any], Iterator[Finding]]) -> Rule:
        parameters = list(inspect.signature(check).parameters)
        hints = get_type_hints(check)
        if len(parameters) != 1 or parameters[0] not in hints:
            raise RuleError(f"{code}: the check takes one parameter, annotated with its subject")
        subject = hints[parameters[0]]
        if subject not in SUBJECTS:
            shown = getattr(subject, "__name__", subject)
            known = ", ".join(sorted(each.__name__ for each in SUBJECTS))
            raise RuleError(
                f"{code}: no rule is asked about {shown}; its subject is one of {known}"
            )
        return Rule(code, name, severity, tuple(tips), subject, check, _page(code, check))

    return declare


def measured_rule(
    code: str, name: str, *, severity: Severity, tips: Iterable[int] = ()
) -> Callable[[Callable[[], None]], Rule]:
    """Make a function of a docstring alone the Rule of a fault that only a run shows.

    Raises RuleError where the code, the name or the docstring will not do.
    """
    _require_words(code, name)

    def declare(page: Callable[[], None]) -> Rule:
        return Rule(code, name, severity, tuple(tips), None, lambda _: (), _page(code, page))

    return declare


def _require_words(code: str, name: str) -> None:
    if not _CODE.fullmatch(code):
        raise RuleError(f"{code!r} is no rule code: write three or four capitals and three digits")
    if not _NAME.fullmatch(name):
        raise RuleError(f"{code}: {name!r} is no rule name: write lower-case words with hyphens")


def _page(code: str, documented: Callable[..., object]) -> str:
    if not documented.__doc__:
        raise RuleError(f"{code}: the check needs a docstring; it is the rule's page")
    return inspect.cleandoc(documented.__doc__)


__all__ = [
    "BOOLEAN",
    "DENSITY_ASKED",
    "FALSE",
    "NONE",
    "REMOVED",
    "REMOVED_METHODS",
    "SUBJECTS",
    "AddEntry",
    "AddImport",
    "AddKeyword",
    "AppendCode",
    "Applied",
    "Arguments",
    "Bound",
    "Breach",
    "BreachKind",
    "CallSite",
    "Choice",
    "Clash",
    "Class",
    "Constant",
    "ConstraintValue",
    "Crossing",
    "Cut",
    "Descent",
    "Distribution",
    "Edit",
    "End",
    "Entries",
    "Enumeration",
    "External",
    "Finding",
    "Fix",
    "FrozenRegistration",
    "Function",
    "GatherKeywords",
    "Guard",
    "Handled",
    "Inference",
    "InsertStatement",
    "Instance",
    "Interpolate",
    "Interval",
    "KeepReceiver",
    "LibraryObject",
    "Likeness",
    "List",
    "Literal",
    "MarkedAttribute",
    "Misfit",
    "Missing",
    "ModulePrior",
    "NameUse",
    "NamedStatement",
    "Numeric",
    "Options",
    "Origin",
    "OriginKind",
    "Outlier",
    "Pair",
    "ParamSite",
    "Place",
    "PlainModule",
    "PlateUse",
    "Program",
    "Prototype",
    "RawFeature",
    "Related",
    "RemoveArgument",
    "RemoveStatement",
    "RenameAttribute",
    "RenameImport",
    "RenameKeyword",
    "ReplaceCallee",
    "ReplaceExpression",
    "ReplaceMethodCall",
    "Retired",
    "Rows",
    "RowsKind",
    "Rule",
    "RuleError",
    "SampleSite",
    "Set",
    "Severed",
    "Severity",
    "SiteName",
    "Spread",
    "StatementKind",
    "Structured",
    "TakeRows",
    "Thresholds",
    "Tuple",
    "Undeclared",
    "Unknown",
    "UnregisteredModule",
    "UnwrapCall",
    "UseKind",
    "Value",
    "alternatives",
    "as_numeric",
    "bare_factors",
    "bound_value",
    "bounding_latents",
    "by_width",
    "clashes",
    "classes_of",
    "computed_sites",
    "constraint_code",
    "constraint_words",
    "contradict",
    "describe",
    "distance_of",
    "family_name",
    "family_onto",
    "has_rsample",
    "innermost",
    "is_discrete",
    "is_enumerable",
    "is_subset",
    "knowledge",
    "latent_tests",
    "leaves_data_unused",
    "likely_likelihood",
    "measured_rule",
    "misfits",
    "missing_sites",
    "named",
    "observation_crossing",
    "observed_sites",
    "options_of",
    "origins_of",
    "outlier",
    "parameter_in",
    "parameter_misfits",
    "passage",
    "plate_nesting",
    "projection",
    "renaming",
    "retired",
    "rows_of",
    "rule",
    "shape_disagreement",
    "shape_words",
    "size_of",
    "size_words",
    "spread_of",
    "stepping",
    "symmetric_mixtures",
    "transform_onto",
    "typical_deviation",
    "undeclared_dimension",
    "unknown_sites",
    "unmatched_plates",
    "untraced_draws",
    "whole_shape",
]
