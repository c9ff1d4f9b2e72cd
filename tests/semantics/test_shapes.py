"""Shapes as torch has them: the algebra against torch itself, and what programs make of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from semantics.reading import read_program

from pyrolint.semantics import shapes
from pyrolint.semantics.shapes import Dimension, Shape

SIZES = st.sampled_from([1, 2, 3])
RANKS = st.integers(0, 4)


def tensors(ranks: st.SearchStrategy[int] = RANKS) -> st.SearchStrategy[torch.Tensor]:
    return ranks.flatmap(
        lambda rank: st.lists(SIZES, min_size=rank, max_size=rank).map(
            lambda sizes: torch.zeros(sizes)
        )
    )


def veiled(draw: st.DrawFn, shape: Sequence[int]) -> Shape:
    """The shape with some sizes hidden, a wide one perhaps behind a symbol."""
    result: list[Dimension] = []
    for size in shape:
        hidden: list[Dimension] = [size, None, *([f"n{size}"] if size > 1 else [])]
        result.append(draw(st.sampled_from(hidden)))
    return tuple(result)


def agrees(believed: Shape | None, actual: Sequence[int]) -> bool:
    """Whether what is believed of a shape holds, wherever anything is believed."""
    if believed is None:
        return True
    return len(believed) == len(actual) and all(
        own is None or own == size or own == f"n{size}"
        for own, size in zip(believed, actual, strict=True)
    )


@given(st.data(), tensors(), tensors())
def test_broadcasting(data: st.DataObject, one: torch.Tensor, other: torch.Tensor) -> None:
    left = data.draw(st.composite(veiled)(one.shape))
    right = data.draw(st.composite(veiled)(other.shape))
    try:
        actual = (one + other).shape
    except RuntimeError:
        assert shapes.broadcast(tuple(one.shape), tuple(other.shape)) is None
        return
    assert agrees(shapes.broadcast(left, right), actual)
    assert shapes.broadcast(tuple(one.shape), tuple(other.shape)) == tuple(actual)


@given(st.data(), tensors(st.integers(1, 4)), tensors(st.integers(1, 4)))
def test_products(data: st.DataObject, one: torch.Tensor, other: torch.Tensor) -> None:
    try:
        actual = (one @ other).shape
    except RuntimeError:
        return
    assert shapes.multiplied(tuple(one.shape), tuple(other.shape)) == tuple(actual)
    veil = st.composite(veiled)
    left, right = data.draw(veil(one.shape)), data.draw(veil(other.shape))
    assert agrees(shapes.multiplied(left, right), actual)


@given(st.data(), tensors(st.integers(1, 4)))
def test_rearrangements(data: st.DataObject, tensor: torch.Tensor) -> None:
    rank = tensor.dim()
    shape = data.draw(st.composite(veiled)(tensor.shape))
    one, other = (data.draw(st.integers(-rank, rank - 1)) for _ in range(2))
    order = data.draw(st.permutations(range(rank)))
    keeps = data.draw(st.booleans())
    assert agrees(shapes.squeezed(shape), tensor.squeeze().shape)
    assert agrees(shapes.squeezed(shape, [one]), tensor.squeeze(one).shape)
    assert agrees(shapes.unsqueezed(shape, one), tensor.unsqueeze(one).shape)
    assert agrees(shapes.transposed(shape, one, other), tensor.transpose(one, other).shape)
    assert agrees(shapes.permuted(shape, order), tensor.permute(order).shape)
    assert agrees(shapes.reduced(shape, [one], keeps=keeps), tensor.sum(one, keeps).shape)
    assert agrees(shapes.reduced(shape), tensor.sum().shape)
    assert agrees(shapes.reshaped(shape, (-1,)), tensor.reshape(-1).shape)
    assert agrees(shapes.reshaped(shape, (-1, 1)), tensor.reshape(-1, 1).shape)
    assert agrees(shapes.stacked([shape, shape], one), torch.stack([tensor, tensor], one).shape)
    assert agrees(shapes.concatenated([shape, shape], one), torch.cat([tensor, tensor], one).shape)
    assert agrees(shapes.repeated(shape, (2,) * rank), tensor.repeat((2,) * rank).shape)
    first, last = sorted((one % rank, other % rank))
    assert agrees(shapes.flattened(shape, first, last), tensor.flatten(first, last).shape)


PROGRAM = """
import numpy as np
table = np.load("table.npy")
x = torch.randn(10, 3)
y = torch.randn(10)
batches = torch.randn(4, 5, 6)
index = torch.arange(7)
n, d = table.shape
def helper(value):
    return value.mean(-1, keepdim=True)
def model(data):
    pyro.sample("site", dist.Normal({code}, 1.0))
SVI(model, model, Adam({{}}), Trace_ELBO()).step(table)
"""


def believed(code: str) -> Shape | None:
    analysis = read_program(PROGRAM.format(code=code))
    site = next(each for each in analysis.programs[0].sites if each.name == "site")
    (shape,) = [distribution.batch_shape for _, distribution in site.distributions()]
    return shape


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("x", (10, 3)),
        ("x[0]", (3,)),
        ("x[:, 1]", (10,)),
        ("x[2:5]", (3, 3)),
        ("x[..., None]", (10, 3, 1)),
        ("x[None]", (1, 10, 3)),
        ("batches[..., 0]", (4, 5)),
        ("batches[1, :, 2]", (5,)),
        ("x[torch.tensor([1, 2])]", (2, 3)),
        ("x[index]", (7, 3)),
        ("x @ torch.ones(3)", (10,)),
        ("x.T @ y", (3,)),
        ("x + y[:, None]", (10, 3)),
        ("x.sum(-1)", (10,)),
        ("x.sum(dim=(0, 1))", ()),
        ("helper(x)", (10, 1)),
        ("batches.reshape(4, -1)", (4, 30)),
        ("batches.permute(2, 0, 1)", (6, 4, 5)),
        ("torch.stack([y, y], -1)", (10, 2)),
        ("torch.cat([x, x], dim=1)", (10, 6)),
        ("torch.zeros(x.shape[0], 2)", (10, 2)),
        ("torch.zeros(len(x))", (10,)),
        ("torch.zeros(x.size())", (10, 3)),
        ("torch.zeros(*x.shape)", (10, 3)),
        ("torch.arange(0, 10, 3)", (4,)),
        ("torch.linspace(0, 1, 5)", (5,)),
        ("torch.tensor([[1.0, 2.0], [3.0, 4.0]])", (2, 2)),
        ("torch.einsum('ij,j->i', x, torch.ones(3))", (10,)),
        ("torch.where(x > 0, x, y[:, None])", (10, 3)),
        ("F.softplus(x).exp().clamp(min=0.1)", (10, 3)),
        ("nn.Linear(3, 4)(x)", (10, 4)),
        ("nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))(x).squeeze(-1)", (10,)),
        ("nn.Embedding(5, 2)(index)", (7, 2)),
        ("dist.Normal(0.0, 1.0).expand([5]).sample()", (5,)),
        ("dist.Dirichlet(torch.ones(4)).sample((2,))", (2, 4)),
        ("pyro.param('p', torch.zeros(3))", (3,)),
        ("pyro.param('p', lambda: torch.zeros(3, 2))", (3, 2)),
        ("pyro.sample('z', dist.Normal(torch.zeros(3), 1.0).to_event(1))", (3,)),
        # What is not known stays so.
        ("data", None),
        ("data.sum()", None),
        ("data.squeeze()", None),
        ("x[data]", None),
        ("x.max(-1)[0]", None),
        ("x.norm(2, -1)", None),
        ("x[y > 0]", None),
        ("data.reshape(-1, 1)", (None, 1)),
        ("torch.zeros(data)", None),
    ],
)
def test_shapes_in_programs(code: str, shape: Shape | None) -> None:
    assert believed(code) == shape


def test_the_sizes_of_data_have_one_symbol_each() -> None:
    length = believed("torch.zeros(len(data))")
    assert length is not None
    assert isinstance(length[0], str)
    for code in ("torch.zeros(data.shape[0])", "torch.zeros(data.size(0))", "torch.zeros(n)"):
        assert believed(code) == length
    assert believed("torch.zeros(data.shape[-1])") not in (length, None)
    assert believed("torch.zeros(len(data[0]))") != length
