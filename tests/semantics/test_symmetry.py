"""Mixtures whose components start equal, and what tells them apart."""

from __future__ import annotations

import pytest
from semantics.reading import read_program

from pyrolint.semantics.symmetry import symmetric_mixtures

PROGRAMS = """
from somewhere import anything
@config_enumerate
def model(x):
    {before}
    with pyro.plate("data", len(x)):
        z = pyro.sample("z", dist.Categorical({weights}))
        pyro.sample("obs", dist.Normal({loc}, {scale}), obs=x)

SVI(model, {guide}, Adam({{}}), TraceEnum_ELBO()).step(torch.randn(5))
"""
EQUAL = {
    "before": 'locs = pyro.param("locs", torch.zeros(3))',
    "weights": "torch.ones(3)",
    "loc": "locs[z]",
    "scale": "1.0",
    "guide": "lambda x: None",
}
POINTS = {
    "before": 'with pyro.plate("k", 3): locs = pyro.sample("locs", dist.Normal(0.0, 1.0))',
    "guide": 'AutoDelta(poutine.block(model, hide=["z"]), init_loc_fn=init_to_mean)',
}


def sources(**changes: str) -> list[str | None]:
    analysis = read_program(PROGRAMS.format(**{**EQUAL, **changes}))
    (pair,) = analysis.pairs
    return [found.source.name for found in symmetric_mixtures(pair)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"loc": "1.0 + 2.0 * locs[z]"},
        {"loc": "locs[..., z]"},
        {"before": 'locs = pyro.param("locs", torch.full((3,), 0.5)).exp()'},
        {"weights": 'pyro.param("w", torch.ones(3) / 3, constraint=constraints.simplex)'},
        POINTS,
        {**POINTS, "guide": POINTS["guide"].replace("init_to_mean", "init_to_feasible")},
    ],
)
def test_equal_starts(changes: dict[str, str]) -> None:
    assert sources(**changes) == ["locs"]


@pytest.mark.parametrize(
    "changes",
    [
        {"before": 'locs = pyro.param("locs", torch.tensor([0.0, 1.0, 2.0]))'},
        {"before": 'locs = pyro.param("locs", torch.randn(3))'},
        {"before": 'locs = pyro.param("locs", anything(3))'},
        {"before": 'locs = pyro.param("locs", torch.zeros(1))', "weights": "torch.ones(1)"},
        {"weights": "torch.tensor([0.2, 0.3, 0.5])"},
        {"weights": "anything"},
        {"scale": "1.0 + z"},
        {"scale": "torch.tensor([1.0, 2.0, 3.0])[z]"},
        {"scale": "anything(z)"},
        {"loc": "locs[0]"},
        {"guide": 'lambda x: pyro.sample("z", dist.Categorical(torch.ones(3)))'},
        {"guide": "anything"},
        pytest.param(
            {**POINTS, "loc": "(locs + torch.arange(3.0))[z]"},
            marks=pytest.mark.xfail(reason="what is added to a latent is not known any more"),
        ),
        {**POINTS, "guide": 'AutoNormal(poutine.block(model, hide=["z"]))'},
        {**POINTS, "guide": 'AutoDelta(poutine.block(model, hide=["z"]))'},
        {**POINTS, "guide": POINTS["guide"].replace("init_to_mean", "init_to_sample")},
        {**POINTS, "guide": POINTS["guide"].replace("init_to_mean", "anything")},
    ],
)
def test_what_tells_components_apart(changes: dict[str, str]) -> None:
    analysis = read_program(PROGRAMS.format(**{**EQUAL, **changes}))
    assert [found for pair in analysis.pairs for found in symmetric_mixtures(pair)] == []
