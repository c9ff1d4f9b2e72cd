"""Each format's text, held by snapshots, and what the formats promise beyond it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePath

import pytest
from syrupy.assertion import SnapshotAssertion

from pyrolint.diagnostic import (
    Diagnostic,
    LocatedFix,
    LocatedRelated,
    Span,
    TextEdit,
)
from pyrolint.finding import Severity
from pyrolint.outcome import Covered, Failure, Outcome
from pyrolint.report import concise, full, json_lines, lsp, statistics
from pyrolint.report import json as json_format
from pyrolint.report.terminal import Style, escaped, summary
from pyrolint.source import read_source

MODEL = "/project/model.py"
NOTEBOOK = "/project/über uns.ipynb"
CLEAN = "/project/clean.py"
STYLE = Style("/project")

TEXT = """\
import pyro


def guide():
\ts = pyro.param("𝒔", torch.tensor(1.0))
\tlong = [
        1,
        2,
    ]
\tpyro.sample("z", dist.Normal(0.0, s))
"""
CELLS = {
    "cells": [
        {"cell_type": "markdown", "source": ["text"]},
        {"cell_type": "code", "id": "abc-1", "source": ["%pip install x\n", "y = 1"]},
    ],
    "metadata": {},
    "nbformat": 4,
}

DIAGNOSTICS = (
    Diagnostic(
        "PYR101",
        "unconstrained-parameter",
        Severity.ERROR,
        "The parameter `𝒔` can become any real number.",
        Span(MODEL, None, 5, 6, 5, 40),
        5,
        None,
        (5,),
        (LocatedRelated(Span(MODEL, None, 10, 36, 10, 37), "used here as `scale` of Normal"),),
        LocatedFix(
            "Constrain the parameter",
            (TextEdit(Span(MODEL, None, 5, 39, 5, 39), ", constraint=positive"),),
            safe=True,
        ),
        "guide",
        "z",
        "scale",
        "0123456789abcdef",
    ),
    Diagnostic(
        "PYR402",
        "mixed-scale-constants",
        Severity.WARNING,
        "The scales span several orders of magnitude.",
        Span(MODEL, None, 6, 9, 9, 6),
        9,
        None,
    ),
    Diagnostic(
        "PYR001",
        "unused-suppression",
        Severity.ADVICE,
        "Nothing to hide.",
        Span(NOTEBOOK, 2, 2, 1, 2, 6),
        2,
        None,
        fix=LocatedFix("Remove", (TextEdit(Span(NOTEBOOK, 2, 2, 1, 2, 6), ""),), safe=False),
    ),
)
OUTCOME = Outcome(
    (MODEL, NOTEBOOK, CLEAN),
    DIAGNOSTICS,
    covered=Covered(3, 2, (Span(MODEL, None, 40, 1, 40, 5),), 1),
    sources={
        MODEL: read_source(TEXT.encode(), MODEL),
        NOTEBOOK: read_source(json.dumps(CELLS).encode(), NOTEBOOK),
    },
)


def test_full(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(full.emit(OUTCOME, STYLE)) == snapshot


def test_full_in_colour(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(full.emit(OUTCOME, Style("/project", colour=True))) == snapshot


def test_concise(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(concise.emit(OUTCOME, STYLE)) == snapshot


def test_json(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(json_format.emit(OUTCOME)) == snapshot


def test_lsp(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(lsp.emit(OUTCOME)) == snapshot


def test_statistics(snapshot: SnapshotAssertion) -> None:
    assert "\n".join(statistics.emit(OUTCOME)) == snapshot


def test_json_has_every_key_in_every_object() -> None:
    first, *others = json.loads("\n".join(json_format.emit(OUTCOME)))
    assert [list(each) for each in others] == [list(first)] * 2
    assert list(first) == [
        "code", "name", "severity", "message", "filename", "cell", "location", "end_location",
        "noqa_row", "url", "tips", "related", "fix", "program", "site", "argument",
        "fingerprint", "confirmation",
    ]  # fmt: skip


def test_json_of_nothing_is_an_empty_array() -> None:
    assert list(json_format.emit(Outcome())) == ["[]"]


def test_json_lines_holds_the_same_objects() -> None:
    lines = [json.loads(line) for line in json_lines.emit(OUTCOME)]
    assert lines == json.loads("\n".join(json_format.emit(OUTCOME)))


def test_lsp_counts_from_zero_in_utf16_and_lists_clean_files() -> None:
    by_uri = {each["uri"]: each["diagnostics"] for each in map(json.loads, lsp.emit(OUTCOME))}
    cell = f"{PurePath(NOTEBOOK).as_uri()}#abc-1"
    assert list(by_uri) == [PurePath(MODEL).as_uri(), cell, PurePath(CLEAN).as_uri()]
    first = by_uri[PurePath(MODEL).as_uri()][0]
    assert first["range"] == {
        "start": {"line": 4, "character": 5},
        "end": {"line": 4, "character": 40},
    }
    assert by_uri[cell][0]["tags"] == [1]
    assert by_uri[PurePath(CLEAN).as_uri()] == []


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(), "No findings. 0 programs, 0 pairs."),
        (
            Outcome(failures=(Failure(None, "x"),)),
            "No findings in what could be checked. 0 programs, 0 pairs.",
        ),
        (
            OUTCOME,
            "1 error, 1 warning, 1 advice (1 fixable with --fix and 1 more fixable with --fix "
            "--unsafe-fixes). 3 programs, 2 pairs, 1 pair not resolved (model.py:40).",
        ),
        (
            Outcome((MODEL,), covered=Covered(1, 0, (Span(MODEL, None, 40, 1, 40, 5),), 1, 2)),
            "No findings. 1 program, 0 pairs, 1 pair not resolved (line 40), "
            "2 evaluations cut short.",
        ),
        (
            Outcome((MODEL, CLEAN), covered=Covered(1, 0, budget_hits=2, cut_short_in=(MODEL,))),
            "No findings. 1 program, 0 pairs, 2 evaluations cut short (model.py).",
        ),
        (
            Outcome((NOTEBOOK,), covered=Covered(1, 0, (Span(NOTEBOOK, 3, 4, 1, 4, 5),), 1)),
            "No findings. 1 program, 0 pairs, 1 pair not resolved (cell 3, line 4).",
        ),
    ],
)
def test_the_closing_line(outcome: Outcome, expected: str) -> None:
    assert summary(outcome, STYLE) == expected


def test_no_character_can_steer_a_terminal() -> None:
    hostile = "a\x1b[31m\r\n\u202eb\udc80"
    assert escaped(hostile) == "a\\x1b[31m\\r\\n\\u202eb\\udc80"
    span = Span(f"/project/{hostile}.py", None, 1, 1, 1, 2)
    diagnostic = Diagnostic("PYR101", "n", Severity.ERROR, hostile, span, 1, None, site=hostile)
    outcome = Outcome((span.filename,), (diagnostic,))
    for emitter in (full, concise):
        assert all(line.isprintable() for line in emitter.emit(outcome, STYLE))


def test_full_escapes_a_site_s_name_once() -> None:
    diagnostic = replace(DIAGNOSTICS[0], site="\x1b[31m", related=(), fix=None)
    text = "\n".join(full.emit(replace(OUTCOME, diagnostics=(diagnostic,)), STYLE))
    assert "site '\\x1b[31m'" in text
