"""Every fixture gives the findings it is marked with, no others, and mends as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from marks import Mark, marks_in

from pyrolint.diagnostic import Diagnostic
from pyrolint.finding import Severity
from pyrolint.fix import mend
from pyrolint.outcome import Outcome
from pyrolint.registry import load_registry
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder

FIXTURES = Path(__file__).parent.parent / "fixtures"
REGISTRY = load_registry()
SUFFIXES = (".py", ".ipynb")


def cases(kind: str) -> list[object]:
    found = [
        path
        for path in sorted(FIXTURES.glob(f"*/{kind}_*"))
        if (path.is_dir() or path.suffix in SUFFIXES) and not path.stem.endswith(".fixed")
    ]
    return [pytest.param(path, id=f"{path.parent.name[:6]}-{path.name}") for path in found]


def files_of(case: Path) -> list[Path]:
    if case.is_file():
        return [case]
    return sorted(path for path in case.rglob("*") if path.suffix in SUFFIXES)


def finder_for(case: Path, *, unsafe_fixes: bool = False) -> SettingsFinder:
    """No settings but the rule's own, where it is off by default."""
    folder = next(parent for parent in case.parents if parent.parent == FIXTURES)
    rule = REGISTRY.find(folder.name[:6])
    is_advice = rule is not None and rule.severity is Severity.ADVICE
    selected = (rule.code,) if rule is not None and is_advice else ()
    return SettingsFinder(Options(extend_select=selected, unsafe_fixes=unsafe_fixes), isolated=True)


def lint(case: Path) -> Outcome:
    outcome = check([str(path) for path in files_of(case)], finder_for(case))
    assert not outcome.failures
    return outcome


def shown(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    cell = "" if span.cell is None else f"cell {span.cell}:"
    return (
        f"{Path(span.filename).name}:{cell}{span.row}: {diagnostic.code} site={diagnostic.site} "
        f"argument={diagnostic.argument}: {diagnostic.message}"
    )


def match(expected: list[Mark], found: list[Diagnostic]) -> dict[Mark, Diagnostic]:
    """Pair marks and diagnostics off, the marks that state most first."""
    pairs: dict[Mark, Diagnostic] = {}
    left = list(found)
    for mark in sorted(expected, key=lambda each: (each.site is None, each.argument is None)):
        fitting = [each for each in left if mark.at(each.span) and mark.fits(each)]
        if fitting:
            pairs[mark] = fitting[0]
            left.remove(fitting[0])
    missing = [f"  missing: {mark}" for mark in expected if mark not in pairs]
    surplus = [f"  surplus: {shown(diagnostic)}" for diagnostic in left]
    if missing or surplus:
        pytest.fail("\n".join(["findings differ from the marks", *missing, *surplus]), False)
    return pairs


@pytest.mark.parametrize("case", cases("bad"))
def test_bad(case: Path) -> None:
    marks = [mark for path in files_of(case) for mark in marks_in(path)]
    expected = [mark for mark in marks if mark.kind == "expect"]
    assert expected, "a bad fixture marks at least one finding"
    outcome = lint(case)
    match(expected, list(outcome.diagnostics))
    for mark in marks:
        if mark.kind == "related":
            bearers = [each for each in outcome.diagnostics if mark.fits(each)]
            places = [related.span for each in bearers for related in each.related]
            assert any(mark.at(span) for span in places), f"no finding is related to {mark}"


@pytest.mark.parametrize("case", cases("good"))
def test_good(case: Path) -> None:
    assert [shown(diagnostic) for diagnostic in lint(case).diagnostics] == []


@pytest.mark.parametrize(
    "fixed",
    [
        pytest.param(path, id=f"{path.parent.name[:6]}-{path.name}")
        for path in sorted(FIXTURES.glob("*/bad_*.fixed.*"))
    ],
)
def test_fixed(fixed: Path) -> None:
    case = fixed.with_name(fixed.name.replace(".fixed.", "."))
    mended = mend([str(case)], finder_for(case, unsafe_fixes=True))
    assert not mended.outcome.failures
    assert str(case) in mended.after, "no fix was applied"
    assert mended.after[str(case)].decode() == fixed.read_text()
