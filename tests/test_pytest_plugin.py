"""The fixture ``assert_confirmed_clean`` as a test of somebody else's meets it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = os.pathsep.join([str(ROOT), str(ROOT / "rules")])

TESTS = """\
import pyro
import pyro.distributions as dist
import pytest
import torch

DATA = torch.tensor([0.3, -0.2, 0.9, 0.4])


def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


def guide(data):
    scale = pyro.param("scale", torch.tensor(0.1), constraint=dist.constraints.positive)
    pyro.sample("loc", dist.Normal(0.0, scale))


def faulty(data):
    scale = pyro.param("faulty", torch.tensor(0.1))
    pyro.sample("loc", dist.Normal(0.0, scale))


def leaving(data):
    raise SystemExit


def test_passes(assert_confirmed_clean):
    verdicts = assert_confirmed_clean.using(seed=5)(model, guide, DATA)
    assert verdicts.seed == 5


def test_leaves_things_alone(assert_confirmed_clean):
    pyro.set_rng_seed(3)
    state = torch.get_rng_state()
    assert_confirmed_clean(model, guide, DATA)
    assert torch.equal(torch.get_rng_state(), state)
    assert list(pyro.get_param_store()) == []


def test_fails(assert_confirmed_clean):
    assert_confirmed_clean(model, faulty, DATA)


def test_fails_by_an_error(assert_confirmed_clean):
    assert_confirmed_clean(leaving, None, DATA)


def test_fails_where_nothing_is_inferred(assert_confirmed_clean):
    from pyro.infer import MCMC, NUTS

    sampler = MCMC(NUTS(model), num_samples=1)
    sampler.run = lambda *arguments: None
    assert_confirmed_clean(sampler, DATA)
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one run of those tests prints."""
    folder = tmp_path_factory.mktemp("tested")
    folder.joinpath("test_pair.py").write_text(TESTS)
    # Where pyrolint is installed, its entry point would register the plugin a second time.
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": SOURCES}
    command = ["-m", "pytest", "-p", "pyrolint.pytest_plugin", "-p", "no:cacheprovider", "-v"]
    done = subprocess.run(
        [sys.executable, *command, "test_pair.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_clean_pair_passes_and_nothing_is_left(output: str) -> None:
    assert "test_passes PASSED" in output
    assert "test_leaves_things_alone PASSED" in output
    assert "3 failed, 2 passed" in output


def test_a_faulty_pair_fails_with_the_finding(output: str) -> None:
    row = TESTS[: TESTS.index('    scale = pyro.param("faulty"')].count("\n") + 1
    assert "AssertionError: one inference step confirms a fault:" in output
    assert "confirmed error PYR101 unconstrained-parameter" in output
    assert f"test_pair.py:{row}  site 'loc' argument 'scale'" in output
    assert "evidence: now 0.1" in output
    # The failure is shown at the user's line, not within the plugin.
    assert "pytest_plugin.py" not in output


def test_what_shows_nothing_fails_too(output: str) -> None:
    assert "PYR903 runtime-error" in output
    assert "came to no inference step: the program ended without an inference step" in output


def test_the_plugin_is_light() -> None:
    code = (
        "import sys, pyrolint.pytest_plugin\n"
        "print({'torch', 'pyro', 'libcst', 'msgspec', 'pyrolint.dynamic'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": SOURCES},
        check=False,
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="reads TOML")
def test_the_plugin_is_an_entry_point() -> None:
    tomllib = importlib.import_module("tomllib")
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"pyrolint": "pyrolint.pytest_plugin"}
