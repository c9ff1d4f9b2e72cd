"""Functions of tensors by name: what is believed of their results, against torch's own results."""

from __future__ import annotations

import math
from functools import cache

import numpy
import pytest
import torch
from semantics.reading import read, sites

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.library.tensors import FUNCTIONS
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.sets import End, Interval, projection
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.values import Numeric, Unknown

SCOPE = {
    "torch": torch, "F": torch.nn.functional, "np": numpy, "math": math,
    "T": torch.tensor([-1.0, 2.0, 0.5]), "M": torch.tensor([[2.0, -1.0], [-3.0, 0.25]]),
    "P": torch.tensor([0.5, 3.0, 1.0]), "Z": torch.zeros(3), "I": torch.eye(2),
    "K": torch.tensor([0, 2]), "B": torch.tensor([True, False, True]), "S": torch.tensor(-2.0),
}  # fmt: skip
PRELUDE = """\
import math
import numpy as np
import pyro
import pyro.distributions as dist
import torch
import torch.nn.functional as F
T = torch.tensor([-1.0, 2.0, 0.5])
M = torch.tensor([[2.0, -1.0], [-3.0, 0.25]])
P = torch.tensor([0.5, 3.0, 1.0])
Z = torch.zeros(3)
I = torch.eye(2)
K = torch.tensor([0, 2])
B = torch.tensor([True, False, True])
S = torch.tensor(-2.0)
def model():
"""
FORMS = [
    f"{owner}.{{0}}({arguments})"
    for owner in ("T", "M", "P", "Z", "I", "S", "K")
    for arguments in ("", "0", "-1", "1.5", "0.1, 1.0", "P", "P[0]", "0, K", "-1, keepdim=True")
] + [
    f"{module}.{{0}}({arguments})"
    for module in ("torch", "F", "np", "torch.linalg", "torch.special", "math")
    for arguments in (
        "T", "M", "P", "S", "K", "2.5", "-0.5", "T, P", "P, T", "M, M", "T, 0", "M, 1", "[T, P]",
        "(T, -P)", "3", "2, 5", "-1.0, 2.0, 0.5", "-2.0, 2.0, 5", "0.0, 1.0, 0.25", "(3,), -2.0",
        "T, -2.0", "B, T, P", "T, dim=0", "M, dim=-1", "T, min=0.1", "T, max=-1.0", "M, T[:2]",
        "T, 0.1, 0.5", "T, -0.5", "T, alpha=3.0", "T, beta=2.0", "T, negative_slope=-0.5",
        "'i,i->', T, P", "'i,i->i', T, P", "T, T", "[1.5, -2.5]", "T, P, alpha=-2.0", "(2, 3)",
    )
]  # fmt: skip
RANDOM = frozenset(
    "rand rand_like randn randn_like normal standard_normal dropout data_ptr share_memory_".split()
)
"""Functions without one result, or whose result here is of no interest."""


def results(name: str) -> dict[str, torch.Tensor]:
    """The calls of a name that torch, numpy or math take, and what they give."""
    found: dict[str, torch.Tensor] = {}
    for form in FORMS:
        code = form.format(name)
        scope = {
            key: each.clone() if torch.is_tensor(each) else each for key, each in SCOPE.items()
        }
        try:
            result = eval(code, scope)
            if isinstance(result, tuple):
                result, code = result[0], f"{code}[0]"
            result = torch.as_tensor(result).double()
        except Exception:  # noqa: BLE001 - most calls are none that the function takes
            continue
        if "alpha" not in code and name in ("add", "sub", "subtract") and code.count(",") > 1:
            continue  # An order of arguments that torch has deprecated.
        if result.numel() and not result.isnan().any():
            found[code] = result
    return found


@cache
def beliefs(name: str) -> dict[str, tuple[Numeric | None, torch.Tensor]]:
    """The calls of a name that are understood, with what is believed and what is true."""
    calls = results(name)
    body = "".join(
        f"    pyro.sample('x{at}', dist.Normal({code}, 1.0))\n" for at, code in enumerate(calls)
    )
    analysis = read(PRELUDE + body) if calls else None
    found = {}
    for at, (code, result) in enumerate(calls.items()):
        assert analysis is not None
        (site,) = sites(analysis, f"x{at}")
        ((_, distribution),) = site.distributions()
        options = [each for _, each in alternatives(distribution.arguments["loc"])]
        one = options[0] if len(options) == 1 else Unknown("one of several")
        found[code] = None if isinstance(one, Unknown) else as_numeric(one), result
    return found


pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
KNOWN = sorted(set(FUNCTIONS) - RANDOM)
FAULTS = {
    "new_tensor": "the receiver's own type is not kept",
    "pad": "padding need not be there",
    "reciprocal": "numpy's reciprocal of an integer is an integer",
    "repeat": "an element may be repeated no times",
}


def is_outside(members: Interval, result: torch.Tensor) -> bool:
    """Whether some element is no member, rounding aside."""
    slack = 1e-5 * max(1.0, result.abs().max().item())
    if members.integer and bool((result - result.round()).abs().max() > slack):
        return True
    return bool(result.min() < members.lower - slack or result.max() > members.upper + slack)


def has_shape(result: torch.Tensor, shape: Shape) -> bool:
    """Whether a result has the shape, as far as its sizes are known."""
    return len(shape) == result.dim() and all(
        size in (None, own) for size, own in zip(shape, result.shape, strict=True)
    )


def misses(members: Interval, result: torch.Tensor) -> bool:
    """Whether an end that is met for sure is not met."""
    ends = (
        (members.lower, members.lower_end, result.min().item()),
        (members.upper, members.upper_end, result.max().item()),
    )
    return any(
        end is End.ATOM and not math.isclose(bound, found, rel_tol=1e-5, abs_tol=1e-6)
        for bound, end, found in ends
    )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=[pytest.mark.xfail(strict=True, reason=FAULTS[name])] if name in FAULTS else [],
        )
        for name in KNOWN
    ],
)
def test_results_are_as_believed(name: str) -> None:
    wrong: dict[str, object] = {}
    for code, (value, result) in beliefs(name).items():
        if value is None:
            continue
        if value.within is not None and is_outside(projection(value.within), result):
            wrong[code] = "outside", value.within, result.tolist()
        if isinstance(value.reaches, Interval) and misses(value.reaches, result):
            wrong[code] = "not met", value.reaches, result.tolist()
        if value.shape is not None and not has_shape(result, value.shape):
            wrong[code] = "of another shape", value.shape, tuple(result.shape)
    assert not wrong


def test_functions_are_understood() -> None:
    names = ["exp", "clamp", "where", "arange", "max", "stack", "full", "softmax", "sum", "add"]
    for name in names:
        assert any(value is not None for value, _ in beliefs(name).values()), name


def test_most_functions_are_tried() -> None:
    untried = [name for name in KNOWN if not results(name)]
    assert len(untried) < 0.2 * len(KNOWN), untried
