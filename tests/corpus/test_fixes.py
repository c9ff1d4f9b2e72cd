from __future__ import annotations

from pathlib import Path

import pytest

from pyrolint.finding import Severity
from pyrolint.fix import mend
from pyrolint.registry import load_registry
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder

from . import fetch
from .fixes import complaint_of, of_subject, tried
from .lint import Target
from .mutants import Subject

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
REGISTRY = load_registry()
SMALL = [package for package in fetch.packages() if package.is_small]

FIXABLE = frozenset(
    {
        "detach-parameter",
        "drop-constraint",
        "drop-event",
        "drop-registration",
        "integer-observation",
        "keyword-optimizer",
        "numpy-observation",
        "retired-plate",
        "torch-optimizer",
        "uninstantiate-loss",
        "untraced-draw",
        "wide-autoguide",
    }
)
"""The operators that plant what a rule can mend."""


UNVEILED = {
    "PYR205-bad_unit_interval.py": "the number that becomes one lies on the edge of its interval",
    "PYR701-bad_loops.py": "another loop has taken the numbered names",
}
"""The fixtures in which a fix brings another fault to light."""


def fixtures() -> list[object]:
    found = [
        path
        for path in sorted(FIXTURES.glob("PYR*/bad_*"))
        if path.suffix in (".py", ".ipynb") and not path.stem.endswith(".fixed")
    ]
    return [pytest.param(path, id=f"{path.parent.name[:6]}-{path.name}") for path in found]


@pytest.mark.parametrize("case", fixtures())
def test_each_fix_of_a_fixture_mends_its_fault_and_nothing_else(case: Path) -> None:
    rule = REGISTRY.find(case.parent.name[:6])
    is_advice = rule is not None and rule.severity is Severity.ADVICE
    selected = (rule.code,) if rule is not None and is_advice else ()
    finder = SettingsFinder(Options(extend_select=selected, unsafe_fixes=True), isolated=True)
    path = str(case)
    before = check([path], finder)
    fixable = [each for each in before.diagnostics if each.fix is not None]
    complaints = [
        f"{each.span.row}: {each.code}: {complaint}"
        for each in fixable
        if each.fix is not None
        if (complaint := complaint_of(before, each, each.fix, path, finder))
    ]
    if f"{case.parent.name[:6]}-{case.name}" in UNVEILED:
        assert all("there are new findings" in each for each in complaints)
    else:
        assert complaints == []
    if fixable:
        done = mend([path], finder)
        assert [each.fix for each in done.outcome.diagnostics if each.fix is not None] == []
        assert mend([path], finder, done.after).applied == 0


FOLDERS = [path for path in sorted(FIXTURES.glob("PYR*/bad_*")) if path.is_dir()]


@pytest.mark.parametrize("case", FOLDERS, ids=lambda path: f"{path.parent.name[:6]}-{path.name}")
def test_what_is_mended_in_several_files_stays_as_it_is(case: Path) -> None:
    paths = [str(path) for path in sorted(case.rglob("*")) if path.suffix in (".py", ".ipynb")]
    finder = SettingsFinder(Options(unsafe_fixes=True), isolated=True)
    done = mend(paths, finder)
    assert not done.outcome.failures
    assert [each.fix for each in done.outcome.diagnostics if each.fix is not None] == []
    assert mend(paths, finder, done.after).applied == 0


PROGRAM = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO

scale = pyro.param("scale", torch.tensor(1.0))  # of the noise


def model(x):
    pyro.sample("x", dist.Normal(0.0, pyro.param("width", torch.tensor(1.0))), obs=x)


SVI(model, lambda x: None, pyro.optim.Adam({"lr": 0.01}), Trace_ELBO()).step(torch.ones(()))
"""


def test_a_fix_that_mends_is_right(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(PROGRAM)
    (done,) = tried(str(path), PROGRAM.encode(), frozenset({"PYR101"}))
    assert (done.code, done.complaint) == ("PYR101", "")
    assert list(tried(str(path), PROGRAM.encode(), frozenset({"PYR102"}))) == []


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("torch.tensor(", "line 10 does not parse"),
        ("torch.tensor(2.0)", "the finding stays"),
        ("torch.tensor(-2.0), constraint=dist.constraints.positive", "there are new findings"),
    ],
)
def test_what_is_wrong_with_a_fix_is_told(tmp_path: Path, code: str, complaint: str) -> None:
    path = tmp_path / "model.py"
    path.write_text(PROGRAM)
    finder = SettingsFinder(Options())
    before = check([str(path)], finder)
    (diagnostic,) = before.diagnostics
    assert diagnostic.fix is not None
    (edit,) = diagnostic.fix.edits
    row = PROGRAM.split("\n")[9]
    start = row.index("torch.tensor") + 1
    span = edit.span.__class__(str(path), None, 10, start, 10, start + len("torch.tensor(1.0)"))
    fix = diagnostic.fix.__class__("", (edit.__class__(span, code),), True)
    assert complaint_of(before, diagnostic, fix, str(path), finder).startswith(complaint)


def test_a_lost_comment_is_told(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(PROGRAM)
    finder = SettingsFinder(Options())
    before = check([str(path)], finder)
    (diagnostic,) = before.diagnostics
    assert diagnostic.fix is not None
    (edit,) = diagnostic.fix.edits
    length = len(PROGRAM.split("\n")[5])
    span = edit.span.__class__(str(path), None, 6, 1, 6, length + 1)
    fix = diagnostic.fix.__class__("", (edit.__class__(span, "scale = 1"),), False)
    found = complaint_of(before, diagnostic, fix, str(path), finder)
    assert found == "comments are lost: # of the noise"


@pytest.mark.network
@pytest.mark.parametrize("package", SMALL, ids=lambda package: package.name)
def test_planted_faults_in_real_packages_are_mended(package: fetch.Package) -> None:
    folder = fetch.default_cache() / f"{package.name}-{package.version}"
    if not folder.is_dir():
        pytest.skip("the package was not fetched")
    subject = Subject(Target(package.name, package.version, folder.resolve()))
    done = of_subject(subject, FIXABLE, 1, once=True)
    complaints = [f"{each.place}: {each.code}: {each.complaint}" for _, each in done]
    assert [each for each in complaints if not each.endswith(": ")] == []
