"""Words that messages share, and messages of sites of which no name is known."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from linting import lint_text

from pyrolint.semantics import sets
from pyrolint.semantics.sets import Interval, Set
from pyrolint.semantics.wording import constraint_words, family_onto, named, transform_onto

UNNAMED = """\
import pyro
import pyro.distributions as dist
import torch

name = input()


def model():
    pyro.sample(name, dist.Normal(0.0, -1.0))
    pyro.sample(f"{name}", dist.Normal(0.0, torch.tensor([-1.0, 0.0])))
    width = pyro.param(name, torch.tensor(1.0))
    pyro.sample(name, dist.Normal(0.0, width))
    start = pyro.param(name, torch.tensor(-1.0), constraint=dist.constraints.positive)
    rate = pyro.sample(name, dist.Normal(0.0, start, validate_args=False))
    pyro.sample(name, dist.Poisson(rate))
    pyro.param(name, 1.0, constraint=dist.constraints.boolean)
"""


def test_messages_name_no_site_that_has_no_known_name(tmp_path: Path) -> None:
    messages = [each.message for each in lint_text(tmp_path, UNNAMED).diagnostics]
    assert len(messages) >= 6
    assert not [each for each in messages if "`None`" in each or "`{}`" in each]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x", "site `x`"),
        ("x_{}", "site `x_{}`"),
        ("{}", "a site"),
        ("", "a site"),
        (None, "a site"),
    ],
)
def test_named(name: str | None, words: str) -> None:
    assert named("site", name, "a site") == words


@pytest.mark.parametrize(
    ("members", "constraint", "family", "transform"),
    [
        (sets.POSITIVE, "constraints.positive", "LogNormal", "softplus or exp"),
        (sets.UNIT_INTERVAL, "constraints.unit_interval", "Beta", "sigmoid"),
        (sets.SIMPLEX, "constraints.simplex", "Dirichlet", "softmax"),
        (sets.BOOLEAN, None, None, "a transform onto that set"),
        (
            Interval(2.0, math.inf),
            "constraints.greater_than(2.0)",
            None,
            "`transform_to(constraints.greater_than(2.0))`",
        ),
    ],
)
def test_remedies(members: Set, constraint: str | None, family: str | None, transform: str) -> None:
    assert constraint_words(members) == constraint
    assert family_onto(members) == family
    assert transform_onto(members) == transform


def test_constant_tensors_are_told_by_their_elements(tmp_path: Path) -> None:
    messages = [each.message for each in lint_text(tmp_path, UNNAMED).diagnostics]
    assert [each for each in messages if "gets values from -1 to 0 as `scale` of Normal" in each]


def test_what_a_transform_hands_on_is_not_said_of_the_parameter(tmp_path: Path) -> None:
    text = UNNAMED.replace("input()", '"a"').replace("Normal(0.0, width)", "Bernoulli(width.exp())")
    (message,) = [
        each.message
        for each in lint_text(tmp_path, text).diagnostics
        if "Bernoulli" in each.message
    ]
    assert message.startswith("The parameter `a` reaches site `a` as a number above 0")
    assert "sigmoid" in message
