from __future__ import annotations

import json
from pathlib import Path

import pytest
from linting import FAULT, FAULT_ROW, PROGRAM, codes, lint, lint_text

from pyrolint.finding import Finding, Fix, Related, RemoveStatement, Severity
from pyrolint.registry import RegistryError
from pyrolint.rule import SUBJECTS
from pyrolint.runner import check, join
from pyrolint.semantics.analysis import analyse
from pyrolint.semantics.project import AnalysisOptions
from pyrolint.settings import Options, SettingsFinder
from pyrolint.settings_values import SettingsError
from pyrolint.syntax.ir import Place
from pyrolint.workspace import Workspace

CRASHING = '''
from pyrolint.rule import SampleSite, Severity, rule


@rule("TST001", "crashing", severity=Severity.WARNING)
def crashing(call: SampleSite):
    """A rule that fails."""
    yield from ()
    raise ValueError("out of order")
'''


def write(folder: Path, **files: str) -> list[Path]:
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.py"
        path.write_text(text)
        paths.append(path)
    return paths


def test_a_diagnostic_says_where_what_and_how_to_mend_it(tmp_path: Path) -> None:
    (diagnostic,) = lint_text(tmp_path, PROGRAM).diagnostics
    span = diagnostic.span
    assert (diagnostic.code, diagnostic.name) == ("PYR101", "unconstrained-parameter")
    assert (diagnostic.site, diagnostic.argument, diagnostic.program) == ("loc", "scale", "guide")
    assert (span.row, span.column, span.end_row) == (FAULT_ROW, 13, FAULT_ROW)
    assert span.end_column == len(FAULT) + 1
    assert [related.span.row for related in diagnostic.related] == [FAULT_ROW + 1]
    assert diagnostic.fix is not None
    (edit,) = diagnostic.fix.edits
    assert edit.content == ", constraint=dist.constraints.positive"


def test_what_is_not_pyro_is_not_parsed(tmp_path: Path) -> None:
    outcome = lint_text(tmp_path, "x = (\n")
    assert codes(outcome) == []
    assert outcome.sources == {}


def test_a_file_that_does_not_parse_is_a_finding(tmp_path: Path) -> None:
    broken, sound = write(tmp_path, a="import pyro\n\nx = (\n", b=PROGRAM)
    outcome = lint(broken, sound)
    assert [code for code, _ in codes(outcome)] == ["PYR000", "PYR101"]
    assert outcome.diagnostics[0].noqa_row is None
    assert outcome.diagnostics[0].url is None


def test_bytes_that_are_no_text_are_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(b"import pyro\nx = '\xff'\n")
    assert codes(lint(path)) == [("PYR000", 2)]


def test_findings_are_reported_where_their_file_was_given(tmp_path: Path) -> None:
    parts = PROGRAM.split("\n\n\n")
    head, model, guide, run = parts
    (store,) = write(tmp_path, store=f"{head}\n\n\n{guide}\n")
    (main,) = write(tmp_path, main=f"{head}\nfrom store import guide\n\n\n{model}\n\n\n{run}")
    assert codes(lint(main)) == []
    alone = [diagnostic.span.filename for diagnostic in lint(main, store).diagnostics]
    assert alone == [str(store)]


def test_a_fault_seen_from_two_files_is_one_finding(tmp_path: Path) -> None:
    head, model, guide, run = PROGRAM.split("\n\n\n")
    imports = "from programs import guide, model"
    (programs,) = write(tmp_path, programs=f"{head}\n\n\n{model}\n\n\n{guide}\n")
    mains = write(tmp_path, a=f"{head}\n{imports}\n{run}", b=f"{head}\n{imports}\n{run}")
    outcome = lint(*mains, programs)
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["PYR101"]
    assert len(outcome.diagnostics[0].related) == 1


def test_the_settings_of_the_finding_s_file_count(tmp_path: Path) -> None:
    strict, lax = tmp_path / "strict", tmp_path / "lax"
    for folder in (strict, lax):
        folder.mkdir()
        write(folder, model=PROGRAM)
    (lax / "pyrolint.toml").write_text('ignore = ["PYR101"]\n')
    (strict / "pyrolint.toml").write_text('severity = {PYR101 = "warning"}\n')
    outcome = lint(strict / "model.py", lax / "model.py")
    found = [(d.span.filename, d.severity) for d in outcome.diagnostics]
    assert found == [(str(strict / "model.py"), Severity.WARNING)]


def test_per_file_ignores(tmp_path: Path) -> None:
    (tmp_path / "pyrolint.toml").write_text('per-file-ignores = {"tests/*.py" = ["PYR1"]}\n')
    (tmp_path / "tests").mkdir()
    assert codes(lint_text(tmp_path / "tests", PROGRAM)) == []
    assert codes(lint_text(tmp_path, PROGRAM)) == [("PYR101", FAULT_ROW)]


def test_a_crash_in_a_rule_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    write(tmp_path, crashing=CRASHING)
    (tmp_path / "pyrolint.toml").write_text('plugins = ["crashing.py"]\n')
    outcome = lint_text(tmp_path, PROGRAM)
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["PYR101"]
    (failure,) = outcome.failures
    assert failure.path == str(tmp_path / "model.py")
    assert failure.message == (
        "rule TST001 (crashing) crashed: ValueError: out of order (crashing.py, line 9)"
    )
    assert "Traceback" in failure.detail


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("yield 3", "rule TST001 (crashing) yields 3, which is no Finding"),
        (
            "yield Finding('x', 'here')",
            "rule TST001 (crashing) yields a Finding whose place is 'here', no Place",
        ),
        (
            "yield Finding('x', call.place, related=(1,))",
            "rule TST001 (crashing) yields a Finding whose related holds 1, no Related",
        ),
        ("raise SystemExit(3)", "rule TST001 (crashing) crashed: SystemExit: 3"),
        ("return 3", "rule TST001 (crashing) crashed: TypeError: 'int' object is not iterable"),
    ],
)
def test_a_rule_that_yields_no_findings_is_named(tmp_path: Path, body: str, sentence: str) -> None:
    text = CRASHING.replace("    yield from ()\n", "").replace(
        'raise ValueError("out of order")', body
    )
    write(tmp_path, crashing=text.replace("import S", "import Finding, S"))
    (tmp_path / "pyrolint.toml").write_text('plugins = ["crashing.py"]\n')
    outcome = lint_text(tmp_path, PROGRAM)
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["PYR101"]
    (failure,) = outcome.failures
    assert failure.message.startswith(sentence)


def test_after_a_crash_no_suppression_counts_as_unused(tmp_path: Path) -> None:
    write(tmp_path, crashing=CRASHING)
    (tmp_path / "pyrolint.toml").write_text('plugins = ["crashing.py"]\n')
    text = f"{PROGRAM}\npyro.enable_validation(True)  # pyrolint: ignore[PYR501]\n"
    assert [diagnostic.code for diagnostic in lint_text(tmp_path, text).diagnostics] == ["PYR101"]


@pytest.mark.parametrize(
    ("plugin", "text", "parts"),
    [
        ("absent.py", None, ["'absent.py'", "no path", "no entry point"]),
        ("bad.py", "import nonsense_module\n", ["'bad.py'", "ModuleNotFoundError"]),
        ("bad.py", "x = 1\n", ["'bad.py'", "holds no rules"]),
        ("bad.py", CRASHING.replace("TST001", "T1"), ["'bad.py'", "'T1' is no rule code"]),
        (
            "bad.py",
            CRASHING.replace("call: SampleSite", "site: int"),
            ["TST001: no rule is asked about int", "CallSite, ", "SampleSite"],
        ),
        (
            "bad.py",
            CRASHING.replace("call: SampleSite", "site: SampleSite | None"),
            ["TST001: no rule is asked about"],
        ),
        ("bad.py", CRASHING.replace("TST001", "PYR101"), ["two rules are called 'PYR101'"]),
    ],
)
def test_a_bad_plugin_is_a_clear_error(
    tmp_path: Path, plugin: str, text: str | None, parts: list[str]
) -> None:
    if text is not None:
        (tmp_path / plugin).write_text(text)
    (tmp_path / "pyrolint.toml").write_text(f'plugins = ["{plugin}"]\n')
    with pytest.raises(RegistryError) as error:
        lint_text(tmp_path, PROGRAM)
    for part in parts:
        assert part in str(error.value)


def test_an_unreadable_file_is_a_failure(tmp_path: Path) -> None:
    (model,) = write(tmp_path, model=PROGRAM)
    outcome = check([str(tmp_path / "absent.py"), str(model)], SettingsFinder(Options()))
    assert [failure.message for failure in outcome.failures] == ["No such file or directory"]
    assert [diagnostic.code for diagnostic in outcome.diagnostics] == ["PYR101"]


def test_an_unknown_code_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"--select: unknown rule 'PYR999'"):
        lint_text(tmp_path, PROGRAM, Options(select=("PYR999",)))


def test_coverage_is_added_up(tmp_path: Path) -> None:
    paths = write(tmp_path, a=PROGRAM, b=PROGRAM)
    covered = lint(*paths).covered
    assert (covered.programs, covered.pairs, covered.unresolved) == (4, 2, ())
    text = PROGRAM.replace("SVI(model, guide", "SVI(unknown.model, guide")
    covered = lint_text(tmp_path, text).covered
    assert [span.row for span in covered.unresolved] == [
        PROGRAM[: PROGRAM.index("SVI(m")].count("\n") + 1
    ]


def test_files_whose_evaluation_was_cut_short_are_named(tmp_path: Path) -> None:
    long, short = write(tmp_path, long="import pyro\n" + "x = 1\n" * 70_000, short=PROGRAM)
    covered = lint(long, short).covered
    assert (covered.budget_hits, covered.cut_short_in) == (1, (str(long),))


def test_rows_count_within_a_notebook_s_cell(tmp_path: Path) -> None:
    head, *rest = PROGRAM.split("\n\n\n")
    cells = [
        {"cell_type": "markdown", "source": "# Title"},
        *(
            {"cell_type": "code", "source": source, "outputs": []}
            for source in (head, f"%matplotlib inline\n{rest[0]}", rest[1], rest[2])
        ),
    ]
    path = tmp_path / "model.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    (diagnostic,) = lint(path).diagnostics
    assert (diagnostic.span.cell, diagnostic.span.row, diagnostic.span.column) == (4, 2, 13)


def test_fingerprints_stay_when_lines_move(tmp_path: Path) -> None:
    (before,) = lint_text(tmp_path, PROGRAM).diagnostics
    (after,) = lint_text(tmp_path, f"# moved\n{PROGRAM}").diagnostics
    (other,) = lint_text(tmp_path, PROGRAM.replace("tensor(0.1)", "tensor(0.2)")).diagnostics
    assert before.fingerprint == after.fingerprint
    assert before.fingerprint != other.fingerprint


def test_findings_of_one_cause_are_joined() -> None:
    places = [Place("/m.py", at) for at in range(4)]
    fix = Fix("mend", (RemoveStatement(places[0]),), safe=True)
    first = Finding("first", places[0], related=(Related(places[1], "here"),), fix=fix)
    second = Finding(
        "second",
        places[0],
        related=(Related(places[1], "here"), Related(places[2], "there")),
        fix=Fix("mend", fix.edits, safe=False),
    )
    joined = join([first, second])
    assert joined.message == "first"
    assert [related.place for related in joined.related] == places[1:3]
    assert joined.fix == Fix("mend", fix.edits, safe=False)
    other = Fix("mend", (RemoveStatement(places[3]),), safe=True)
    assert join([first, Finding("third", places[0], fix=other)]).fix is None


def test_every_subject_that_rules_may_have_is_listed_by_an_analysis(tmp_path: Path) -> None:
    (path,) = write(tmp_path, model=PROGRAM)
    analysis = analyse(str(path), Workspace({}).load, AnalysisOptions())
    assert set(SUBJECTS) == set(analysis.subjects)


def test_wide_text_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes("import pyro\n".encode("utf-16"))
    assert [code for code, _ in codes(lint(path))] == ["PYR000"]
