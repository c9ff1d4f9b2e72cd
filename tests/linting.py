"""What the tests of the runner share: programs, and linting them where they are written."""

from __future__ import annotations

from pathlib import Path

from pyrolint.outcome import Outcome
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder

PROGRAM = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam


def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


def guide(data):
    scale = pyro.param("scale", torch.tensor(0.1))
    pyro.sample("loc", dist.Normal(0.0, scale))


svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
svi.step(torch.randn(10))
"""
FAULT = '    scale = pyro.param("scale", torch.tensor(0.1))'
FAULT_ROW = PROGRAM[: PROGRAM.index(FAULT)].count("\n") + 1


def lint(*paths: Path, options: Options | None = None) -> Outcome:
    return check([str(path) for path in paths], SettingsFinder(options or Options()))


def lint_text(
    folder: Path, text: str, options: Options | None = None, name: str = "model.py"
) -> Outcome:
    path = folder / name
    path.write_text(text)
    return lint(path, options=options)


def codes(outcome: Outcome) -> list[tuple[str, int]]:
    assert not outcome.failures
    return [(diagnostic.code, diagnostic.span.row) for diagnostic in outcome.diagnostics]
