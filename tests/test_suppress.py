from pathlib import Path

import pytest
from linting import FAULT, FAULT_ROW, PROGRAM, codes, lint_text

from pyrolint.fix import mend
from pyrolint.settings import Options, SettingsFinder

SWITCH = "import pyro\n\npyro.enable_validation(False)\n"


def with_comment(comment: str) -> str:
    return PROGRAM.replace(FAULT, f"{FAULT}  {comment}")


@pytest.mark.parametrize(
    "comment",
    [
        "# pyrolint: ignore[PYR101]",
        "# pyrolint: ignore[PYR101] the scale stays small",
        "#pyrolint:ignore[PYR1]",
        "# pyrolint: ignore[unconstrained-parameter]",
        "# pyrolint: ignore",
        "# pyrolint: ignore the scale stays small",
        "# pyrolint: ignore [PYR101]",
        "# type: ignore  # pyrolint: ignore[PYR101]",
        "# noqa: PYR101",
        "# noqa: E501, PYR101 and a reason",
        "# noqa: unconstrained-parameter",
        "# NOQA:PYR101",
        "# noqa",
    ],
)
def test_a_comment_on_the_line_hides(tmp_path: Path, comment: str) -> None:
    assert codes(lint_text(tmp_path, with_comment(comment))) == []


@pytest.mark.parametrize(
    "comment",
    ["# noqa: E501", "# noqa: because it works", "# pyrolinter: ignore"],
)
def test_other_comments_hide_nothing(tmp_path: Path, comment: str) -> None:
    assert codes(lint_text(tmp_path, with_comment(comment))) == [("PYR101", FAULT_ROW)]


@pytest.mark.parametrize(
    "comment",
    [
        "# pyrolint: ignore[PYR101",
        "# pyrolint: ignore[]",
        "# pyrolint: ignore PYR101",
        "# pyrolint: ignore: PYR101",
        "# pyrolint: ignored",
        "# pyrolint: ignore-file[PYR101",
        "# pyrolint: ignore-files[PYR1]",
        "# pyrolint: ignroe[PYR101]",
        "# pyrolint: disable=PYR101",
        "# type: ignore  # pyrolint:",
    ],
)
def test_a_comment_that_is_not_understood_hides_nothing_and_is_reported(
    tmp_path: Path, comment: str
) -> None:
    outcome = lint_text(tmp_path, with_comment(comment))
    assert codes(outcome) == [("PYR101", FAULT_ROW), ("PYR002", FAULT_ROW)]
    assert "# pyrolint: ignore[CODES]" in outcome.diagnostics[1].message


def test_an_unused_comment_above_its_statement_is_told_where_to_stand(tmp_path: Path) -> None:
    text = SWITCH.replace("pyro.en", "# pyrolint: ignore[PYR501]\npyro.en")
    messages = {each.code: each.message for each in lint_text(tmp_path, text).diagnostics}
    assert set(messages) == {"PYR001", "PYR501"}
    assert "does not hold for the statement below it" in messages["PYR001"]
    text = SWITCH.replace("(False)", "(True)  # pyrolint: ignore[PYR501]")
    (beside,) = lint_text(tmp_path, text).diagnostics
    assert "below it" not in beside.message


def test_a_string_is_no_comment(tmp_path: Path) -> None:
    text = PROGRAM.replace('"scale"', '"# noqa"')
    assert [code for code, _ in codes(lint_text(tmp_path, text))] == ["PYR101"]


def test_any_line_of_a_simple_statement_will_do(tmp_path: Path) -> None:
    for row in range(4):
        lines = [
            "    scale = pyro.param(",
            '        "scale",',
            "        torch.tensor(0.1)",
            "    )",
        ]
        lines[row] += "  # noqa: PYR101"
        assert codes(lint_text(tmp_path, PROGRAM.replace(FAULT, "\n".join(lines)))) == []


def test_a_compound_statement_s_comment_holds_for_its_header_only(tmp_path: Path) -> None:
    above = PROGRAM.replace("def guide(data):", "def guide(data):  # noqa: PYR101")
    assert ("PYR101", FAULT_ROW) in codes(lint_text(tmp_path, above))


def test_a_comment_for_the_file_stands_anywhere(tmp_path: Path) -> None:
    text = f"{PROGRAM}\n# pyrolint: ignore-file[PYR1] legacy\n"
    assert codes(lint_text(tmp_path, text)) == []


def test_the_last_row_of_the_statement_takes_the_comment(tmp_path: Path) -> None:
    text = PROGRAM.replace(FAULT, FAULT.replace("torch.tensor(0.1)", "torch.tensor(\n0.1\n)"))
    (diagnostic,) = lint_text(tmp_path, text).diagnostics
    assert (diagnostic.span.row, diagnostic.noqa_row) == (FAULT_ROW, FAULT_ROW + 2)


def test_an_unused_suppression_is_reported_and_removed(tmp_path: Path) -> None:
    text = SWITCH.replace("(False)", "(True)  # pyrolint: ignore[PYR501] not needed")
    outcome = lint_text(tmp_path, text)
    assert codes(outcome) == [("PYR001", 3)]
    assert outcome.diagnostics[0].fix is not None
    assert outcome.diagnostics[0].fix.safe
    mended = mend(outcome.files, SettingsFinder(Options()))
    assert mended.after[outcome.files[0]].decode() == SWITCH.replace("(False)", "(True)")
    assert codes(mended.outcome) == []


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# noqa: E501, PYR502", "# noqa: E501"),
        ("# noqa: PYR502,E501 why", "# noqa: E501 why"),
        ("# pyrolint: ignore[PYR501, PYR502] why", "# pyrolint: ignore[PYR501] why"),
        ("# pyrolint: ignore[PYR502]  # type: ignore", "# type: ignore"),
        ("# fmt: skip  # noqa: PYR502", "# fmt: skip"),
    ],
)
def test_only_what_is_unused_is_taken_out(tmp_path: Path, comment: str, left: str) -> None:
    hides = "PYR501" in comment
    call = f"pyro.enable_validation({not hides})"
    outcome = lint_text(
        tmp_path, f"import pyro\n\n{call}  {comment}\n", Options(extend_select=("PYR502",))
    )
    assert codes(outcome) == [("PYR001", 3)]
    mended = mend(outcome.files, SettingsFinder(Options(extend_select=("PYR502",))))
    assert mended.after[outcome.files[0]].decode() == f"import pyro\n\n{call}  {left}\n"


def test_a_line_of_its_own_goes_with_the_comment(tmp_path: Path) -> None:
    text = "import pyro\n# pyrolint: ignore-file[PYR501]\nx = 1\n"
    outcome = lint_text(tmp_path, text)
    mended = mend(outcome.files, SettingsFinder(Options()))
    assert mended.after[outcome.files[0]].decode() == "import pyro\nx = 1\n"


def test_nothing_is_said_of_rules_that_did_not_run(tmp_path: Path) -> None:
    text = SWITCH.replace("(False)", "(True)  # pyrolint: ignore[PYR501]")
    assert codes(lint_text(tmp_path, text, Options(ignore=("PYR501",)))) == []
    assert codes(lint_text(tmp_path, text.replace("PYR501", "PYR502"))) == []


def test_of_rules_that_see_several_files_only_the_whole_project_can_tell(tmp_path: Path) -> None:
    text = "import pyro\n\nx = 1  # pyrolint: ignore[PYR101]\n"
    assert codes(lint_text(tmp_path, text)) == [("PYR001", 3)]
    (tmp_path / "setup.py").touch()
    assert codes(lint_text(tmp_path, text)) == []


def test_unknown_codes_are_reported_with_the_nearest(tmp_path: Path) -> None:
    text = SWITCH.replace("(False)", "(False)  # pyrolint: ignore[PYR501, validation-disable]")
    outcome = lint_text(tmp_path, text)
    assert codes(outcome) == [("PYR002", 3)]
    assert "did you mean 'validation-disabled'?" in outcome.diagnostics[0].message
    text = SWITCH.replace("(False)", "(False)  # noqa: PYR501, PYR599, ABC123")
    outcome = lint_text(tmp_path, text)
    assert [diagnostic.span.column for diagnostic in outcome.diagnostics] == [48]


def test_comments_about_comments_can_be_ignored_too(tmp_path: Path) -> None:
    text = "import pyro\n\nx = 1  # pyrolint: ignore[PYR599, PYR002]\n"
    assert codes(lint_text(tmp_path, text)) == []


def test_a_syntax_error_cannot_be_hidden(tmp_path: Path) -> None:
    text = "# pyrolint: ignore-file\nimport pyro\n\nx = (  # noqa\n"
    outcome = lint_text(tmp_path, text)
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["PYR000"]
    assert outcome.diagnostics[0].noqa_row is None
