"""Observing changes nothing: a step that is watched computes what it computes unwatched."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyro
import pytest
import torch
from dynamic.measuring import unchanged

from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.harness import Harness
from pyrolint.dynamic.child.observation.recorders import Recorders
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.child.observation.targets import execute
from pyrolint.dynamic.messages import Target, TargetKind

FIXTURES = Path(__file__).parents[2] / "fixtures" / "confirm"
PROGRAMS = sorted(FIXTURES.glob("*/*.py"))

Fingerprint = tuple[object, ...]


class Enough(BaseException):
    """What is compared has been seen."""


def fingerprint() -> Fingerprint:
    """All parameters with their gradients, and where the random generators stand, bit for bit."""
    parameters = tuple(
        (name, leaf.detach().numpy().tobytes(), _bytes(leaf.grad))
        for name, leaf in sorted(pyro.get_param_store().named_parameters())
    )
    state = np.random.get_state()
    numbers = (torch.get_rng_state().numpy().tobytes(), random.getstate(), str(state))
    return (parameters, numbers)


def _bytes(tensor: torch.Tensor | None) -> bytes | None:
    return None if tensor is None else tensor.detach().numpy().tobytes()


@contextmanager
def differentiations(heard: Callable[[], None]) -> Iterator[None]:
    """Tell of the end of every differentiation in the block."""
    original = torch.autograd.backward

    def backward(*args: object, **kwargs: object) -> None:
        original(*args, **kwargs)
        heard()

    torch.autograd.backward = backward
    try:
        yield
    finally:
        torch.autograd.backward = original


def run(path: Path) -> str:
    """The type of the error that ends the program; empty where none does."""
    pyro.set_rng_seed(0)
    try:
        execute(Target(TargetKind.SCRIPT, str(path)), Context(), lambda *_: None)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - some programs are to fail
        return f"{type(error).__name__}: {error}"
    return ""


def plain(path: Path, most: int) -> tuple[list[Fingerprint], str]:
    """The program as it runs by itself: a fingerprint after each of its first differentiations."""
    found: list[Fingerprint] = []

    def heard() -> None:
        found.append(fingerprint())
        if len(found) == most:
            raise Enough

    error = ""
    with unchanged(), differentiations(heard):
        try:
            error = run(path)
        except Enough:
            pass
    return found, error


def observed(path: Path) -> tuple[Fingerprint | None, int, str]:
    """The fingerprint when the watched program's step has been seen, and how it was come to."""
    recorders = Recorders()
    context = Context()
    found: list[Fingerprint] = []
    count = 0
    failed = ""

    def heard() -> None:
        nonlocal count
        count += 1

    def reached(step: Step) -> None:
        nonlocal failed
        found.append(fingerprint())
        failed = "" if step.error is None else f"{type(step.error).__name__}: {step.error}"
        raise Enough

    error = ""
    harness = Harness(context, recorders, reached)
    with unchanged(), differentiations(heard), context.collecting(), harness.watching():
        try:
            error = run(path)
        except Enough:
            error = failed
    return (found[0] if found else None), count, error


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_observed_step_is_the_plain_one(path: Path) -> None:
    seen, count, error = observed(path)
    expected, its_error = plain(path, count)
    if seen is None or count or error:
        # A loss that is no number is refused only behind the step that was seen.
        assert error == its_error
    if seen is not None and count:
        assert seen == expected[-1]


COPIED = """
import copy
import pickle

import pyro
import pyro.distributions as dist
import torch
from pyro.infer import Trace_ELBO
from pyro.infer.autoguide import AutoNormal
from pyro.optim import Adam


class Detached(dist.Normal):
    def __init__(self, loc, scale):
        super().__init__(loc.detach(), scale)


def model():
    pyro.sample("x", dist.Normal(0.0, 1.0))


weight = torch.ones((), requires_grad=True)
expanded = dist.Normal(torch.zeros(3), 1.0).to_event(1).expand([4])
guide = AutoNormal(model)
guide()
for made in (expanded, guide.locs, Trace_ELBO(), Adam({"lr": 0.1})):
    data = pickle.dumps(made)
    assert b"pyrolint.dynamic" not in data
    pickle.loads(data)
    copy.deepcopy(made)
again = pickle.loads(pickle.dumps(expanded)).expand([2, 4])
assert again.log_prob(torch.zeros(3)).shape == (2, 4)
# The argument itself is no leaf, and torch refuses to copy such a tensor.
copy.deepcopy(Detached(weight * 2, 1.0))
copy.deepcopy(guide)
"""


def test_what_programs_pickle_and_copy_is_their_own(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(COPIED)
    assert observed(path)[2] == ""
