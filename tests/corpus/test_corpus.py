from __future__ import annotations

from pathlib import Path

import pytest

from pyrolint.finding import Severity

from . import fetch, knowledge, mutants, verdicts
from .lint import PYRO_COMMIT, Target, lint

SMALL = [package for package in fetch.packages() if package.is_small]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = fetch.default_cache()
    return chosen if chosen.is_dir() else tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def unreachable() -> list[str]:
    """What the registry said the first time that it gave nothing."""
    return []


@pytest.fixture(params=SMALL, ids=lambda package: package.name)
def target(request: pytest.FixtureRequest, cache: Path, unreachable: list[str]) -> Target:
    package: fetch.Package = request.param
    if unreachable:
        pytest.skip(f"the registry gave nothing before: {unreachable[0]}")
    try:
        folder = fetch.fetch(package, cache)
    except fetch.FetchError as error:
        unreachable.append(str(error))
        pytest.skip(f"the registry does not give {package.name} {package.version}: {error}")
    return Target(package.name, package.version, folder.resolve())


@pytest.mark.network
def test_real_packages_are_linted_without_a_crash_as_a_reader_judged(target: Target) -> None:
    outcome = lint(target).outcome
    assert [failure.detail or failure.message for failure in outcome.failures] == []
    assert outcome.covered.budget_hits == 0
    found = [
        (verdicts.key_of(each, target), each.message)
        for each in outcome.diagnostics
        if each.severity > Severity.ADVICE
    ]
    comparison = verdicts.compare(found, verdicts.of_targets(verdicts.read(), [target]))
    assert comparison.unjudged == []
    assert comparison.stale == []


def test_each_verdict_is_on_a_package_of_the_list() -> None:
    listed = {(package.name, package.version) for package in fetch.packages()}
    listed.add(("pyro", PYRO_COMMIT))
    recorded = verdicts.read()
    assert {(each.key.package, each.key.version) for each in recorded} <= listed
    assert recorded


PROGRAM = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam


def model(data):
    scale = pyro.sample("scale", dist.Gamma(2.0, 2.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(0.0, scale), obs=data)


def guide(data):
    rate = pyro.param("rate", torch.tensor(2.0), constraint=constraints.positive)
    pyro.sample("scale", dist.Gamma(2.0, rate))


svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
svi.step(torch.randn(10))
"""


def test_planted_faults_are_found_by_their_rules(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(PROGRAM)
    planted = frozenset({"disable-validation", "drop-constraint", "widen-guide-family"})
    judged = list(mutants.Subject(Target("here", "", tmp_path)).verdicts(planted))
    assert sorted((each.mutant.operator, each.found) for each in judged) == [
        ("disable-validation", True),
        ("drop-constraint", True),
        ("widen-guide-family", True),
    ]
    lines = list(mutants.report(judged))
    assert "all                           3 of    3 found, recall 1.000" in lines


def test_a_miss_says_what_the_analysis_believed(tmp_path: Path) -> None:
    unpaired = PROGRAM.replace("SVI(model, guide,", "SVI(model, make(guide),")
    (tmp_path / "model.py").write_text(unpaired)
    subject = mutants.Subject(Target("here", "", tmp_path))
    (judged,) = subject.verdicts(frozenset({"widen-guide-family"}))
    assert (judged.found, judged.place) == (False, "here/model.py:17")
    assert "the guide is in no pair" in judged.belief


def test_a_fault_in_a_faulty_statement_counts_apart(tmp_path: Path) -> None:
    wide = PROGRAM.replace("Gamma(2.0, 2.0)", "Normal(0.0, 1.0)")
    wide = wide.replace("Gamma(2.0, rate)", "Normal(0.0, rate)").replace("(2.0), ", "(200.0), ")
    (tmp_path / "model.py").write_text(wide)
    subject = mutants.Subject(Target("here", "", tmp_path))
    (judged,) = subject.verdicts(frozenset({"enlarge-init"}))
    assert judged.apart == mutants.FAULTY
    assert any(line.startswith("apart: enlarge-init") for line in mutants.report([judged]))


def test_an_edit_of_another_file_is_judged_where_that_is_read(tmp_path: Path) -> None:
    head, tail = PROGRAM.split("svi = ")
    (tmp_path / "programs.py").write_text(head)
    (tmp_path / "train.py").write_text(
        "import pyro\nfrom pyro.infer import SVI, Trace_ELBO\nfrom pyro.optim import Adam\n"
        "import torch\nfrom programs import guide, model\nsvi = " + tail
    )
    (tmp_path / "pyrolint.toml").touch()
    subject = mutants.Subject(Target("here", "", tmp_path))
    (judged,) = subject.verdicts(frozenset({"widen-guide-family"}))
    assert judged.found


def test_a_file_without_pyro_may_be_what_imports_a_guide(tmp_path: Path) -> None:
    (tmp_path / "guides.py").write_text(PROGRAM.split("svi = ")[0] + "kept = guide\n")
    subject = mutants.Subject(Target("here", "", tmp_path))
    (judged,) = subject.verdicts(frozenset({"widen-guide-family"}))
    assert judged.apart
    (tmp_path / "__init__.py").write_text("from .guides import guide\n")
    subject = mutants.Subject(Target("here", "", tmp_path))
    (judged,) = subject.verdicts(frozenset({"widen-guide-family"}))
    assert not judged.apart


def test_knowledge_counts_what_is_known_and_why_the_rest_is_not(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        PROGRAM.replace("dist.Normal(0.0, scale), obs", "dist.Normal(0.0, opaque(data)), obs")
        + "\n\ndef never(draw):\n    return [draw for _ in ()]\n"
    )
    known = knowledge.Knowledge()
    knowledge.measure(Target("here", "", tmp_path), known)
    # Two concentrations, two rates, and the scale that nobody knows.
    assert (known.arguments.known, known.arguments.total) == (4, 5)
    assert list(known.arguments.reasons.values()) == [["here/model.py:12"]]
    assert (known.pairs.known, known.pairs.total) == (1, 1)
    assert (known.trainings.known, known.trainings.total) == (1, 1)
    assert (known.statements.known, known.statements.total) == (3, 3)
    assert (known.distributions.known, known.distributions.total) == (3, 3)
