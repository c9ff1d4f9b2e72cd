from __future__ import annotations

import json
from pathlib import Path

import pytest

from . import verdicts
from .lint import Target
from .verdicts import Key, Verdict

HEADER = "package\tversion\tpath\tline\tcode\tverdict\treason\n"
KEY = Key("example", "1.0", "model.py", "3", "PYR101")


def test_rows_are_read_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.tsv"
    file.write_text(HEADER + "example\t1.0\tmodel.py\t3\tPYR101\tfalse\tthe \"quoted' reason\n")
    assert verdicts.read(file) == [Verdict(KEY, False, "the \"quoted' reason")]


@pytest.mark.parametrize(
    "row",
    [
        "example\t1.0\tmodel.py\t3\tPYR101\ttrue",
        "example\t1.0\tmodel.py\t3\tPYR101\targuable\treason",
        "example\t1.0\tmodel.py\t3\tPYR101\ttrue\t ",
        "example\t1.0\tmodel.py\t3\tPYR101\ttrue\treason\tmore",
    ],
)
def test_a_row_that_is_no_verdict_is_named(tmp_path: Path, row: str) -> None:
    file = tmp_path / "verdicts.tsv"
    file.write_text(f"{HEADER}{row}\n")
    with pytest.raises(verdicts.VerdictsError, match=r"verdicts\.tsv:2"):
        verdicts.read(file)


def test_a_file_without_its_header_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.tsv"
    file.write_text("example\t1.0\tmodel.py\t3\tPYR101\ttrue\treason\n")
    with pytest.raises(verdicts.VerdictsError, match="columns"):
        verdicts.read(file)


def test_findings_and_verdicts_are_matched_one_to_one() -> None:
    right, wrong = Verdict(KEY, True, "right"), Verdict(KEY, False, "wrong")
    old = Verdict(KEY._replace(version="0.9"), True, "old")
    other = KEY._replace(line="4")
    found = [(KEY, "message"), (KEY, "message"), (KEY, "again"), (other, "new")]
    comparison = verdicts.compare(found, [right, wrong, old])
    assert comparison.judged == [right, wrong]
    assert comparison.unjudged == [(KEY, "again"), (other, "new")]
    assert comparison.stale == [old]
    assert not comparison.is_complete
    assert verdicts.compare([(KEY, "message")], [right]).is_complete


def test_precision_is_told_by_rule_and_overall() -> None:
    judged = [
        Verdict(KEY, True, "right"),
        Verdict(KEY, False, "wrong"),
        Verdict(KEY._replace(code="PYR501"), True, "right"),
    ]
    comparison = verdicts.Comparison(judged)
    lines = list(verdicts.report(comparison))
    assert lines[:3] == [
        "PYR101     1 of    2 findings are true, precision 0.500",
        "PYR501     1 of    1 findings are true, precision 1.000",
        "all        2 of    3 findings are true, precision 0.667",
    ]
    assert lines[3:] == ["false\texample\t1.0\tmodel.py\t3\tPYR101\twrong"]


def test_what_has_no_partner_is_listed() -> None:
    comparison = verdicts.Comparison([], [(KEY, "message")], [Verdict(KEY, True, "reason")])
    assert list(verdicts.report(comparison))[1:] == [
        "no verdict\texample\t1.0\tmodel.py\t3\tPYR101\tmessage",
        "no finding\texample\t1.0\tmodel.py\t3\tPYR101\treason",
    ]


def test_a_finding_in_a_notebook_is_known_by_cell_and_line(tmp_path: Path) -> None:
    source = "import pyro\npyro.enable_validation(False)\n"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
        {
            "cell_type": "code",
            "execution_count": None,
            "metadata": {},
            "outputs": [],
            "source": source,
        },
    ]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.ipynb").write_text(text)
    ((key, _),) = verdicts.findings(Target("example", "1.0", tmp_path))
    assert key == Key("example", "1.0", "notes/a.ipynb", "2:2", "PYR501")


def test_verdicts_on_other_versions_and_packages_are_left_out(tmp_path: Path) -> None:
    kept = Verdict(KEY, True, "kept")
    others = [
        Verdict(KEY._replace(version="0.9"), True, "older"),
        Verdict(KEY._replace(package="other"), True, "other"),
    ]
    assert verdicts.of_targets([kept, *others], [Target("example", "1.0", tmp_path)]) == [kept]
