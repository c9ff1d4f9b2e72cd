"""Each page that says what `confirm` shows: it shows it on the Example, and not on the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dynamic.measuring import measured

from pyrolint.dynamic.messages import Claim, Evidence, Reason, Verdict
from pyrolint.dynamic.verdicts import claim_of
from pyrolint.registry import Described, load_registry
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
_ONE_ARGUMENT = {"PYR101", "PYR103", "PYR104", "PYR105", "PYR110"}
"""What feeds an argument a value outside its set; a run may see another of them."""

HOUSES = "\n".join(
    ["area,rooms,price", *(f"{50 + 11 * i},{1 + i % 5},{90000 + 17500 * i}" for i in range(40))]
)
"""The file that a page reads."""


def sections(page: str) -> dict[str, str]:
    parts = _SECTION.split(page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def cases(section: str) -> list[object]:
    found = []
    for rule in load_registry().described:
        parts = sections(rule.page)
        shown = parts.get("What confirm shows", "Nothing").strip()
        if not shown.startswith("Nothing"):
            programs = _PROGRAM.findall(parts[section])
            found += [
                pytest.param(rule, program, id=f"{rule.code}-{index}")
                for index, program in enumerate(programs)
            ]
    return found


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs run in their own folder."""
    monkeypatch.chdir(tmp_path)


def confirmed(rule: Described, program: str, folder: Path) -> list[Evidence]:
    """The evidence that confirms the rule's fault in a program, with the claims of `check`."""
    path = folder / "model.py"
    path.write_text(program)
    (folder / "houses.csv").write_text(HOUSES)
    report = measured(path, claims=claims(rule, path))
    if report.reason is Reason.MISSING_PACKAGE:
        pytest.skip(report.detail)
    assert report.reason in (None, Reason.RAISED, Reason.NO_INFERENCE), report
    assert report.step is None or report.detail == "", report.detail
    codes = _ONE_ARGUMENT if rule.code in _ONE_ARGUMENT else {rule.code}
    return [
        each for each in report.evidence if each.verdict is Verdict.CONFIRMED and each.code in codes
    ]


def claims(rule: Described, path: Path) -> list[Claim]:
    options = Options(extend_select=(rule.code,))
    outcome = check([str(path)], SettingsFinder(options, isolated=True))
    return [claim_of(diagnostic) for diagnostic in outcome.diagnostics]


@pytest.mark.parametrize(("rule", "program"), cases("Example"))
def test_the_example_is_confirmed(rule: Described, program: str, tmp_path: Path) -> None:
    assert confirmed(rule, program, tmp_path)


@pytest.mark.parametrize(("rule", "program"), cases("Use instead"))
def test_what_to_use_instead_is_not(rule: Described, program: str, tmp_path: Path) -> None:
    assert confirmed(rule, program, tmp_path) == []
