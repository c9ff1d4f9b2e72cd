"""What runs showed, joined with what the static side found."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pyrolint.diagnostic import Diagnostic, LocatedRelated, Span
from pyrolint.dynamic.messages import (
    Evidence,
    Position,
    Reason,
    Report,
    SiteSummary,
    StepSummary,
    Verdict,
)
from pyrolint.dynamic.verdicts import (
    DeviceReport,
    claim_of,
    confirmation_of,
    speaks_of,
    unclaimed,
)
from pyrolint.finding import Severity

FILE = "/project/model.py"
OTHER = "/project/other.py"


def span(
    row: int, end_row: int | None = None, *, filename: str = FILE, cell: int | None = None
) -> Span:
    return Span(filename, cell, row, 1, end_row or row, 10)


def diagnostic(
    code: str = "PYR101",
    row: int = 5,
    *,
    end_row: int | None = None,
    filename: str = FILE,
    cell: int | None = None,
    site: str | None = None,
    argument: str | None = None,
    related: tuple[int, ...] = (),
) -> Diagnostic:
    return Diagnostic(
        code,
        "a-name",
        Severity.ERROR,
        "a message",
        span(row, end_row, filename=filename, cell=cell),
        row,
        None,
        related=tuple(LocatedRelated(span(each, cell=cell), "here") for each in related),
        site=site,
        argument=argument,
    )


def evidence(
    code: str = "PYR101",
    row: int | None = 5,
    verdict: Verdict = Verdict.CONFIRMED,
    *,
    filename: str = FILE,
    cell: int | None = None,
    site: str | None = None,
    argument: str | None = None,
    related: tuple[int, ...] = (),
    reason: Reason | None = None,
    message: str = "it was seen",
) -> Evidence:
    return Evidence(
        code,
        verdict,
        message,
        None if row is None else Position(filename, row, cell),
        site,
        argument,
        related=tuple(Position(filename, each, cell) for each in related),
        figures={"value": 1.0},
        reason=reason,
    )


def run(
    *found: Evidence,
    path: str = FILE,
    device: str = "cpu",
    measured: tuple[str, ...] = (),
    unmeasured: Mapping[str, Reason] | None = None,
    after_failed_cell: bool = False,
    sites_in: tuple[str, ...] = (),
) -> DeviceReport:
    sites = tuple(SiteSummary("x", "sample", "model", position=Position(e, 1)) for e in sites_in)
    step = StepSummary("SVI", "model", "guide", None, sites, after_failed_cell=after_failed_cell)
    report = Report(step=step, evidence=found, measured=measured, unmeasured=dict(unmeasured or {}))
    return DeviceReport(report, device, 7, path)


def ended(reason: Reason, detail: str = "", path: str = FILE) -> DeviceReport:
    return DeviceReport(Report(reason=reason, detail=detail), "cpu", 7, path)


# --- what speaks of what -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finding", "seen", "joined"),
    [
        pytest.param(diagnostic(), evidence(), True, id="the same line"),
        pytest.param(diagnostic(), evidence(row=6), False, id="the next line"),
        pytest.param(diagnostic(end_row=8), evidence(row=7), True, id="within the statement"),
        pytest.param(diagnostic(end_row=8), evidence(row=9), False, id="behind the statement"),
        pytest.param(diagnostic(), evidence(filename=OTHER), False, id="another file"),
        pytest.param(diagnostic(cell=2), evidence(cell=2), True, id="the same cell"),
        pytest.param(diagnostic(cell=2), evidence(cell=3), False, id="another cell"),
        pytest.param(diagnostic(related=(9,)), evidence(row=9), True, id="a related line"),
        pytest.param(diagnostic(row=9), evidence(related=(9,)), True, id="where it bites"),
        pytest.param(diagnostic("PYR102"), evidence("PYR301"), False, id="another code"),
        pytest.param(diagnostic("PYR101"), evidence("PYR105"), True, id="one family"),
        pytest.param(diagnostic("PYR103"), evidence("PYR110"), True, id="one family too"),
        pytest.param(diagnostic("PYR101"), evidence("PYR102"), False, id="no family"),
        pytest.param(
            diagnostic(argument="scale"), evidence(argument="loc"), False, id="other argument"
        ),
        pytest.param(
            diagnostic(argument="scale", site="x"),
            evidence(argument="scale", site="y"),
            True,
            id="a parameter of two sites",
        ),
        pytest.param(
            diagnostic(site="x", argument="scale"),
            evidence(row=50, site="x", argument="scale"),
            False,
            id="site and argument on another line",
        ),
        pytest.param(
            diagnostic(site="x", argument="scale"),
            evidence(row=50, site="x"),
            False,
            id="the site alone does not tell the argument",
        ),
        pytest.param(
            diagnostic(site="x"), evidence(row=50, site="x"), False, id="the site on another line"
        ),
        pytest.param(
            diagnostic(site="x", argument="scale"),
            evidence(row=5, filename=OTHER, site="x", argument="scale"),
            False,
            id="a site of that name in another file",
        ),
        pytest.param(
            diagnostic(site="x_{}"), evidence(row=None, site="x_12"), True, id="a site's pattern"
        ),
        pytest.param(
            diagnostic(site="x_{i}_{j}"), evidence(row=None, site="x_1_b"), True, id="two holes"
        ),
        pytest.param(
            diagnostic(site="x_{}"), evidence(row=None, site="y_12"), False, id="another pattern"
        ),
        pytest.param(
            diagnostic(site="x.{}"), evidence(row=None, site="xy1"), False, id="a dot is a dot"
        ),
        pytest.param(diagnostic(related=(9,)), evidence(row=9), True, id="where the finding bites"),
        pytest.param(
            diagnostic(related=(9,)), evidence(row=7, related=(9,)), False, id="another that bites"
        ),
        pytest.param(
            diagnostic(related=(9,)),
            evidence(row=9, verdict=Verdict.REFUTED),
            False,
            id="nothing is refuted from where it bites",
        ),
        pytest.param(
            diagnostic("PYR111", site="p"),
            evidence("PYR111", 50, site="p"),
            True,
            id="a constraint made elsewhere",
        ),
        pytest.param(diagnostic("PYR501"), evidence("PYR501", None), True, id="the program"),
        pytest.param(
            diagnostic(site="x"), evidence(row=None, site="x"), True, id="a site without a line"
        ),
        pytest.param(
            diagnostic(site="x"), evidence(row=None, site="y"), False, id="another without a line"
        ),
    ],
)
def test_what_speaks_of_what(finding: Diagnostic, seen: Evidence, joined: bool) -> None:
    assert speaks_of(seen, finding, FILE) is joined


def test_what_has_no_line_is_about_the_file_that_ran() -> None:
    for seen in (evidence(row=None), evidence(row=None, site="x")):
        assert speaks_of(seen, diagnostic(site="x"), FILE)
        assert not speaks_of(seen, diagnostic(site="x"), OTHER)


def test_a_claim_names_what_the_finding_names() -> None:
    claim = claim_of(diagnostic(end_row=8, site="x", argument="scale", related=(9,), cell=2))
    assert (claim.rows, claim.cell, claim.site, claim.argument) == ((5, 8), 2, "x", "scale")
    assert claim.related == (Position(FILE, 9, 2),)


# --- verdicts ----------------------------------------------------------------------------------


def test_confirmed_beats_unknown_beats_refuted() -> None:
    refuted = evidence(verdict=Verdict.REFUTED)
    unknown = evidence(verdict=Verdict.UNKNOWN, reason=Reason.NOT_FOUND)
    confirmed = evidence()
    for found, verdict in (
        ((refuted,), "refuted"),
        ((refuted, unknown), "unknown"),
        ((refuted, unknown, confirmed), "confirmed"),
    ):
        for order in (found, found[::-1]):
            assert confirmation_of(diagnostic(), [run(*order)]).verdict == verdict
        runs = [run(each) for each in found]
        assert confirmation_of(diagnostic(), runs).verdict == verdict


def test_a_verdict_carries_its_run() -> None:
    confirmation = confirmation_of(diagnostic(), [run(), run(evidence(), device="cuda")])
    assert (confirmation.reason, confirmation.evidence) == ("it was seen", {"value": 1.0})
    assert (confirmation.device, confirmation.seed) == ("cuda", 7)


def test_devices_stand_side_by_side() -> None:
    refuted = evidence(verdict=Verdict.REFUTED)
    runs = [run(refuted, device="cpu"), run(evidence(), device="cuda")]
    confirmation = confirmation_of(diagnostic(), runs)
    assert (confirmation.verdict, confirmation.device) == ("confirmed", "cuda")
    assert confirmation.evidence["devices"] == {"cpu": "refuted", "cuda": "confirmed"}
    alone = confirmation_of(diagnostic(), [run(evidence())])
    assert "devices" not in alone.evidence


def test_a_device_s_verdict_is_its_gravest() -> None:
    both = (evidence(verdict=Verdict.REFUTED), evidence())
    runs = [run(*both, device="cpu"), run(*both, device="cuda")]
    devices = confirmation_of(diagnostic(), runs).evidence["devices"]
    assert devices == {"cpu": "confirmed", "cuda": "confirmed"}


def test_what_came_after_a_failed_cell_says_so() -> None:
    confirmation = confirmation_of(diagnostic(), [run(evidence(), after_failed_cell=True)])
    assert confirmation.verdict == "confirmed"
    assert confirmation.reason == "it was seen (an earlier cell of the notebook failed)"


# --- silence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([run(measured=("PYR101",))], Reason.NOT_REACHED),
        ([run(unmeasured={"PYR101": Reason.OTHER_INFERENCE})], Reason.OTHER_INFERENCE),
        ([run(unmeasured={"PYR101": Reason.NEEDS_DATA})], Reason.NEEDS_DATA),
        ([run(unmeasured={"PYR101": Reason.NOT_REPEATABLE})], Reason.NOT_REPEATABLE),
        ([run(measured=("PYR301",))], Reason.NOT_MEASURABLE),
        # The run that came farthest tells.
        ([ended(Reason.RAISED), run(measured=("PYR101",))], Reason.NOT_REACHED),
        (
            [run(unmeasured={"PYR101": Reason.NEEDS_DATA}), run(measured=("PYR101",))],
            Reason.NOT_REACHED,
        ),
        # A run of another program tells nothing, unless it came by the file.
        ([ended(Reason.RAISED), run(measured=("PYR101",), path=OTHER)], Reason.RAISED),
        (
            [
                ended(Reason.NO_INFERENCE),
                run(measured=("PYR101",), path=OTHER, sites_in=(OTHER, FILE)),
            ],
            Reason.NOT_REACHED,
        ),
        ([run(path=OTHER)], Reason.NO_INFERENCE),
        ([], Reason.NO_INFERENCE),
    ],
)
def test_silence_has_a_reason(runs: list[DeviceReport], reason: Reason) -> None:
    confirmation = confirmation_of(diagnostic(), runs)
    assert (confirmation.verdict, confirmation.reason) == ("unknown", reason.value)


@pytest.mark.parametrize(
    "reason",
    [
        each
        for each in Reason
        if list(Reason).index(each) <= list(Reason).index(Reason.NOT_AVAILABLE)
    ],
)
def test_a_program_that_came_to_no_step_says_why(reason: Reason) -> None:
    confirmation = confirmation_of(diagnostic(), [ended(reason, "KeyError: 'x'")])
    assert confirmation.verdict == "unknown"
    assert confirmation.reason == f"{reason.value} (KeyError: 'x')"
    assert confirmation.evidence == {}


# --- what no finding names ---------------------------------------------------------------------


def test_only_what_is_confirmed_and_not_named_is_added() -> None:
    seen = evidence("PYR703", 9, site="x")
    named = evidence("PYR101", 5)
    doubtful = evidence("PYR601", 7, Verdict.UNKNOWN, reason=Reason.NOT_FOUND)
    added = list(unclaimed([diagnostic()], [run(named, seen, doubtful)]))
    assert [each for each, _ in added] == [seen]


def test_one_fault_is_added_once() -> None:
    runs = [run(evidence(row=9, site="x"), device=device) for device in ("cpu", "cuda")]
    added = list(unclaimed([], runs))
    assert [at.device for _, at in added] == ["cpu"]
    other = run(evidence(row=9, site="y"))
    assert len(list(unclaimed([], [*runs, other]))) == 2
