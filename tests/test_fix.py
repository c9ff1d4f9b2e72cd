from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from linting import FAULT, PROGRAM, codes

from pyrolint.fix import Mended, diff, mend
from pyrolint.settings import Options, SettingsFinder

MENDED_FAULT = FAULT[:-1] + ", constraint=dist.constraints.positive)"
RULES = '''
from pyrolint.rule import *


@rule("TST001", "bad-init", severity=Severity.WARNING)
def bad_init(parameter: ParamSite):
    """Replaces the initial value."""
    if parameter.init_place is not None and parameter.name == "scale":
        edit = ReplaceExpression(parameter.init_place, "{code}")
        yield Finding("bad", parameter.place, fix=Fix("replace it", (edit,), safe={safe}))
'''


def mended(folder: Path, text: str, *, unsafe: bool = False, name: str = "model.py") -> Mended:
    path = folder / name
    path.write_text(text, newline="")
    return mend([str(path)], SettingsFinder(Options(unsafe_fixes=unsafe)))


def result(done: Mended) -> str:
    (data,) = done.after.values()
    return data.decode()


def with_rule(folder: Path, code: str, *, safe: bool) -> None:
    (folder / "rules.py").write_text(RULES.format(code=code, safe=safe))
    (folder / "pyrolint.toml").write_text('plugins = ["rules.py"]\nselect = ["TST"]\n')


def test_a_safe_fix_changes_its_characters_only(tmp_path: Path) -> None:
    text = PROGRAM.replace(FAULT, f"{FAULT}   # odd   spacing")
    done = mended(tmp_path, text)
    assert result(done) == text.replace(FAULT, MENDED_FAULT)
    assert (done.applied, codes(done.outcome)) == (1, [])


def test_nothing_is_written(tmp_path: Path) -> None:
    mended(tmp_path, PROGRAM)
    assert (tmp_path / "model.py").read_text() == PROGRAM


def test_line_ends_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(b"\xef\xbb\xbf" + PROGRAM.replace("\n", "\r\n").encode())
    (data,) = mend([str(path)], SettingsFinder(Options())).after.values()
    expected = PROGRAM.replace(FAULT, MENDED_FAULT).replace("\n", "\r\n")
    assert data == b"\xef\xbb\xbf" + expected.encode()


def test_unsafe_fixes_are_applied_where_they_are_asked_for(tmp_path: Path) -> None:
    with_rule(tmp_path, "torch.tensor(0.2)", safe=False)
    assert mended(tmp_path, PROGRAM).after == {}
    assert "torch.tensor(0.2)" in result(mended(tmp_path, PROGRAM, unsafe=True))


def test_rounds_are_bounded(tmp_path: Path) -> None:
    with_rule(tmp_path, "torch.abs(torch.tensor(0.2))", safe=True)
    done = mended(tmp_path, PROGRAM)
    assert codes(done.outcome) != []
    assert done.applied == 20


def test_a_fix_that_would_not_parse_is_refused_and_named(tmp_path: Path) -> None:
    with_rule(tmp_path, "torch.tensor(", safe=True)
    done = mended(tmp_path, PROGRAM)
    assert done.after == {}
    (failure,) = done.outcome.failures
    assert failure.path == str(tmp_path / "model.py")
    assert "a fix cannot be applied: line 15 would not parse" in failure.message


def test_files_that_were_not_given_are_not_changed(tmp_path: Path) -> None:
    head, model, guide, run = PROGRAM.split("\n\n\n")
    (tmp_path / "guides.py").write_text(f"{head}\n\n\n{guide}\n")
    main = f"{head}\nfrom guides import guide\n\n\n{model}\n\n\n{run}"
    assert mended(tmp_path, main, name="main.py").after == {}


def shown(done: Mended) -> Iterator[str]:
    return diff(done, {path: Path(path).name for path in done.after})


def test_the_diff_is_unified(tmp_path: Path) -> None:
    lines = "".join(shown(mended(tmp_path, PROGRAM))).splitlines()
    assert lines[:2] == ["--- model.py", "+++ model.py"]
    assert [line for line in lines[2:] if line[0] in "+-"] == [f"-{FAULT}", f"+{MENDED_FAULT}"]


def test_the_diff_says_where_the_last_line_has_no_end(tmp_path: Path) -> None:
    text = "import pyro\n\npyro.enable_validation(True)  # noqa: PYR501"
    lines = "".join(shown(mended(tmp_path, text))).splitlines()
    assert lines.count("\\ No newline at end of file") == 2


@pytest.mark.parametrize("end", ["\x0c", "\x1c", "\u2028"])
def test_only_python_s_line_ends_divide_the_diff(tmp_path: Path, end: str) -> None:
    text = PROGRAM.replace("\n\n\ndef model", f'\n\nmark = "{end}"\n\n\ndef model')
    (tmp_path / "model.py").write_text(text, encoding="utf-8")
    changed = [line for line in shown(mended(tmp_path, text)) if line[0] in "+-"]
    assert len(changed) == 4
