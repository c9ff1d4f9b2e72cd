"""What the analysis believes of a file, as plain data: programs, sites, sets, origins, findings.

The first tool to look into a finding, or into a silence: whatever is not known says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pyrolint.diagnostic import Diagnostic, Span
from pyrolint.marks import Marks
from pyrolint.semantics.analysis import Analysis
from pyrolint.semantics.inferences import Inference
from pyrolint.semantics.program import ParamSite, PlateUse, Program, SampleSite
from pyrolint.semantics.provenance import choosers_of, origins_of
from pyrolint.semantics.sets import describe
from pyrolint.semantics.values import (
    Choice,
    Constant,
    ConstraintValue,
    Distribution,
    External,
    LibraryObject,
    Numeric,
    Origin,
    OriginKind,
    Pattern,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

SHOWN_ELEMENTS = 6
_PARENTS = (OriginKind.PARAMETER, OriginKind.LATENT, OriginKind.NETWORK)


def describe_graph(
    analysis: Analysis, locate: Callable[[Place], Span], diagnostics: Sequence[Diagnostic] = ()
) -> dict[str, Any]:
    """The whole graph of one root file, with what was found in it.

    ``locate`` finds places in their files. What a finding is about has its number in the list of
    findings.
    """
    marks = Marks(diagnostics, analysis, locate)
    return _Describer(analysis, locate, marks).graph(diagnostics)


class _Describer:
    """Renders one analysis."""

    def __init__(self, analysis: Analysis, locate: Callable[[Place], Span], marks: Marks) -> None:
        self._analysis = analysis
        self._locate = locate
        self._marks = marks
        described = {id(each): self._program(each) for each in analysis.programs}
        self._programs = _distinct(described.values())
        self._indices = {
            identity: self._programs.index(program) for identity, program in described.items()
        }

    def graph(self, diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
        """The whole graph."""
        analysis, coverage = self._analysis, self._analysis.coverage
        return {
            "filename": analysis.path,
            "inferences": _distinct(self._inference(each) for each in analysis.inferences),
            "pairs": _distinct(
                {
                    "model": self._program_name(pair.model),
                    "guide": self._program_name(pair.guide),
                    "inference": {"name": pair.inference.name, **self._at(pair.inference.place)},
                }
                for pair in analysis.pairs
            ),
            "programs": self._programs,
            "findings": [self._finding(each) for each in diagnostics],
            "coverage": {
                "programs": coverage.programs,
                "pairs": coverage.pairs,
                "unresolved": [
                    {"reason": reason, **self._at(place)} for place, reason in coverage.unresolved
                ],
                "budget_hits": coverage.budget_hits,
                "read": sorted(analysis.read),
            },
        }

    def _at(self, place: Place | None) -> dict[str, Any]:
        if place is None or not place.path:
            return {"filename": None, "cell": None, "location": None}
        span = self._locate(place)
        return {
            "filename": span.filename,
            "cell": span.cell,
            "location": {"row": span.row, "column": span.column},
        }

    def _program_name(self, program: Program | None) -> dict[str, Any] | None:
        if program is None:
            return None
        return {
            "name": program.name,
            **self._at(program.place),
            # One without any site or parameter is not listed.
            "program": self._indices.get(id(program)),
            "autoguide": program.autoguide.name if program.autoguide else None,
        }

    def _finding(self, diagnostic: Diagnostic) -> dict[str, Any]:
        span = diagnostic.span
        return {
            "code": diagnostic.code,
            "name": diagnostic.name,
            "severity": diagnostic.severity.label,
            "message": diagnostic.message,
            "filename": span.filename,
            "cell": span.cell,
            "location": {"row": span.row, "column": span.column},
            "end_location": {"row": span.end_row, "column": span.end_column},
        }

    def _inference(self, inference: Inference) -> dict[str, Any]:
        return {
            "kind": inference.kind,
            "name": inference.name,
            **self._at(inference.place),
            "model": self._program_name(inference.model),
            "guide": self._program_name(inference.guide),
            "objective": inference.objective.name if inference.objective else None,
            "optimizer": inference.optimizer.name if inference.optimizer else None,
            "unknown": inference.reason,
            "findings": self._marks.of(inference),
        }

    def _program(self, program: Program) -> dict[str, Any]:
        return {
            "name": program.name,
            "role": program.role,
            "inference": program.inference_kind,
            **self._at(program.place),
            "autoguide": program.autoguide.name if program.autoguide else None,
            "sites": [self._site(site) for site in program.sites],
            "parameters": [self._parameter(parameter) for parameter in program.parameters],
            "plates": [self._plate(each) for each in {p.place: p for p in program.plates}.values()],
            "unknown": [{"reason": reason, **self._at(place)} for reason, place in program.unknown],
            "findings": self._marks.of(program),
        }

    def _site(self, site: SampleSite) -> dict[str, Any]:
        return {
            "name": site.name,
            "name_known": site.name_known,
            **self._at(site.place),
            "observed": site.observed,
            "conditional": bool(site.guard),
            "distribution": self._value(site.distribution),
            "observation": None if site.observation is None else self._value(site.observation),
            "plates": [plate.name for plate in site.plates],
            "parents": _distinct(self._parents(site.distribution)),
            "findings": self._marks.of(site),
        }

    def _parents(self, distribution: Value) -> Iterator[dict[str, Any]]:
        """The latents, parameters and networks that a distribution's arguments are made of."""
        yield from self._origins((*origins_of(distribution), *choosers_of(distribution)))

    def _origins(self, origins: Iterable[Origin]) -> Iterator[dict[str, Any]]:
        for origin in origins:
            if origin.kind in _PARENTS:
                yield {
                    "kind": origin.kind.value,
                    "name": origin.name,
                    **self._at(origin.place),
                    "inputs": _distinct(self._origins(origin.inputs)),
                }

    def _parameter(self, parameter: ParamSite) -> dict[str, Any]:
        return {
            "name": parameter.name,
            "name_known": parameter.name_known,
            "statement": parameter.kind,
            **self._at(parameter.place),
            "conditional": bool(parameter.guard),
            "constraint": (
                self._value(parameter.constraint) if parameter.constraint is not None else None
            ),
            "init": self._value(parameter.init) if parameter.init is not None else None,
            "findings": self._marks.of(parameter),
        }

    def _plate(self, plate: PlateUse) -> dict[str, Any]:
        return {
            "name": plate.name,
            **self._at(plate.place),
            "size": None if plate.size is None else self._value(plate.size),
            "subsample_size": (
                None if plate.subsample_size is None else self._value(plate.subsample_size)
            ),
            "dim": None if plate.dim is None else self._value(plate.dim),
            "sequential": plate.is_sequential,
            "findings": self._marks.of(plate),
        }

    def _value(self, value: Value) -> dict[str, Any]:
        """A value by kind, with what is known of it."""
        match value:
            case Unknown():
                at = self._at(value.place) if value.place else {}
                return {"kind": "unknown", "reason": value.reason, **at}
            case Constant():
                return {"kind": "constant", "value": value.value}
            case Pattern():
                return {"kind": "string", "pattern": value.text}
            case Numeric():
                return self._numeric(value)
            case Distribution():
                return {
                    "kind": "distribution",
                    "family": value.name,
                    "support": describe(value.support),
                    "event_dims": value.event_dims,
                    "arguments": {
                        name: self._value(each) for name, each in value.arguments.items()
                    },
                    "complete": value.is_complete,
                }
            case ConstraintValue():
                return {
                    "kind": "constraint",
                    "name": value.name,
                    "set": describe(value.members),
                }
            case Choice():
                return {
                    "kind": "choice",
                    "alternatives": [self._value(each) for _, each in value.alternatives],
                }
            case External() | LibraryObject():
                return {"kind": "library", "name": value.name}
            case _:
                return {"kind": type(value).__name__.lower()}

    def _numeric(self, value: Numeric) -> dict[str, Any]:
        literal = value.literal
        small = literal is not None and len(literal.values) <= SHOWN_ELEMENTS
        return {
            "kind": "number",
            "within": describe(value.within),
            "reaches": describe(value.reaches),
            "start": describe(value.start),
            "values": list(literal.values) if literal is not None and small else None,
            "shape": list(value.shape) if value.shape is not None else None,
            "dtype": value.dtype,
            "made_by": value.applied.function if value.applied else None,
            "origins": [
                {
                    "kind": origin.kind.value,
                    "name": origin.name,
                    "set": describe(origin.members),
                    **self._at(origin.place),
                }
                for origin in value.origins
            ],
            "raw_data": bool(value.raw),
        }


def _distinct(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items less those equal to an earlier one: one inference may be run many times."""
    kept: list[dict[str, Any]] = []
    for item in items:
        if item not in kept:
            kept.append(item)
    return kept
