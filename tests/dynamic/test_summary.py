"""The page's summary of a step: what a distribution will not tell is left out, without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from dynamic.measuring import measured

HEAD = """
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Importance, Trace_ELBO
from pyro.optim import Adam


class Unmoved(dist.Normal):
    @property
    def mean(self):
        raise ImportError("no package for moments")
"""

PROGRAMS = {
    "values that are no tensors": """
def model():
    return pyro.sample("word", Words())


class Words(dist.Distribution):
    batch_shape = event_shape = torch.Size()

    def sample(self, sample_shape=torch.Size()):
        return "all"

    def log_prob(self, value):
        return torch.tensor(0.0) if isinstance(value, str) else torch.stack([value])

    @property
    def mean(self):
        return torch.stack(["all", "some"])

    @property
    def variance(self):
        return 1



Importance(model, num_samples=1).run()
""",
    "moments that need a package": """
def model():
    pyro.sample("loc", Unmoved(0.0, 1.0))


def guide():
    pyro.sample("loc", dist.Normal(pyro.param("mean", torch.tensor(0.0)), 1.0))


SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO()).step()
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_distribution_will_not_tell_is_left_out(name: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(HEAD + PROGRAMS[name])
    report = measured(path)
    assert report.detail == ""
    assert report.step is not None, report.reason
    (site, *_) = [each for each in report.step.sites if each.role == "model"]
    assert site.mean is None
    assert site.family is not None
