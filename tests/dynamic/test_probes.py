"""Each probe's fixtures: what is marked is confirmed from every seed, and nothing else ever is."""

from __future__ import annotations

from pathlib import Path

import pytest
from dynamic.measuring import measured
from marks import Mark, marks_in

from pyrolint.dynamic.child.probes import probes
from pyrolint.dynamic.messages import Evidence, Report, Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures" / "confirm"
SEEDS = range(20)


def cases(kind: str) -> list[object]:
    found = sorted(path for path in FIXTURES.glob(f"*/{kind}_*") if path.suffix != ".csv")
    return [pytest.param(path, id=f"{path.parent.name}-{path.stem}") for path in found]


def confirmed(report: Report) -> list[Evidence]:
    return [each for each in report.evidence if each.verdict is Verdict.CONFIRMED]


def fits(mark: Mark, evidence: Evidence) -> bool:
    position = evidence.position
    return (
        evidence.code == mark.code
        and mark.site in (None, evidence.site)
        and mark.argument in (None, evidence.argument)
        and position is not None
        and (position.filename, position.cell, position.row) == (mark.path, mark.cell, mark.row)
    )


@pytest.mark.parametrize("path", cases("bad"))
def test_the_fault_is_confirmed_from_every_seed(path: Path) -> None:
    marks = [mark for mark in marks_in(path) if mark.kind == "confirmed"]
    assert marks
    for seed in SEEDS:
        report = measured(path, seed=seed)
        found = confirmed(report)
        missing = [mark for mark in marks if not any(fits(mark, each) for each in found)]
        beyond = [each for each in found if not any(fits(mark, each) for mark in marks)]
        assert not missing, (seed, missing, report)
        assert not beyond, (seed, beyond)


@pytest.mark.parametrize("path", cases("good"))
def test_the_twin_is_never_confirmed(path: Path) -> None:
    for seed in SEEDS:
        report = measured(path, seed=seed)
        assert report.step is not None, report
        assert report.detail == ""
        assert confirmed(report) == [], seed


def test_every_probe_has_fixtures_of_both_kinds() -> None:
    for probe in probes():
        folder = FIXTURES / probe.name
        assert list(folder.glob("bad_*")), probe.name
        assert list(folder.glob("good_*")), probe.name
