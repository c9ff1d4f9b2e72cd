"""Transfer functions: what they say of images, against what torch makes of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from semantics.members import holds, intervals, numbers_in

from pyrolint.semantics import arithmetic, assembly, elementwise, numeric, sets
from pyrolint.semantics.elementwise import ELEMENTWISE
from pyrolint.semantics.sets import End, Interval, projection
from pyrolint.semantics.values import Numeric, Origin, OriginKind
from pyrolint.syntax.ir import Place

Tensor = torch.Tensor
EXAMPLES = settings(max_examples=25, deadline=None, derandomize=True)
EXACT = frozenset("abs absolute neg negative relu square relu6 hardtanh".split())
"""Functions whose images of the numbers tried here are not rounded."""


def live(name: str) -> Callable[[Tensor], Tensor]:
    """Torch's own function of a name."""
    for module in (torch, torch.special, torch.nn.functional):
        if hasattr(module, name):
            function: Callable[[Tensor], Tensor] = getattr(module, name)
            return function
    raise AssertionError(f"torch has no {name}")


def parameter(members: Interval, place: int = 1) -> Numeric:
    """A value that ranges over all of an interval."""
    origin = Origin(OriginKind.PARAMETER, Place("model.py", place), members=members)
    return Numeric(members, members, members, (origin,), "float", "tensor")


def spread(members: Interval) -> Tensor:
    """Numbers from all over an interval, up to very near its ends, zero and infinity."""
    low, high = members.lower, members.upper
    far = torch.logspace(0, 150, 76, dtype=torch.double)
    near = torch.logspace(-30, 0, 31, dtype=torch.double)
    middle = torch.linspace(-7, 7, 1121, dtype=torch.double)
    around = [centre + side * near for centre in (0.0, low, high) for side in (-1, 1)]
    ends = torch.tensor([low, high], dtype=torch.double)
    numbers = torch.cat([-far, *around, middle, far, ends])
    if members.integer:
        numbers = numbers.round()
    inside = numbers.isfinite() & (numbers >= low) & (numbers <= high)
    for bound, end in ((low, members.lower_end), (high, members.upper_end)):
        if end is not End.ATOM and not members.integer:
            inside &= numbers != bound
    return numbers[inside].unique() + 0.0


def attains(images: Tensor, members: Interval) -> bool:
    """Whether images come near both ends of an interval."""
    images = images[~images.isnan()]
    least, most = images.min().item(), images.max().item()

    def near(found: float, bound: float) -> bool:
        if math.isinf(bound):
            return abs(found) > 20.0
        return abs(found - bound) < 1e-4 * max(1.0, abs(bound))

    return near(least, members.lower) and near(most, members.upper)


def check(result: Numeric, images: Tensor, *, exactly: bool) -> None:
    """Assert that all images lie where the result says they do."""
    if result.within is None:
        return
    within = projection(result.within)
    for image in images.flatten().tolist():
        assert math.isnan(image) or holds(within, image, exactly=exactly), (within, image)


@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
@given(data=st.data())
@EXAMPLES
def test_images_of_members_lie_within(name: str, data: st.DataObject) -> None:
    members = data.draw(intervals())
    numbers = data.draw(st.lists(numbers_in(members), min_size=1, max_size=8))
    images = live(name)(torch.tensor(numbers, dtype=torch.double))
    check(elementwise.elementwise(name, parameter(members)), images, exactly=name in EXACT)


@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
@given(members=intervals())
@EXAMPLES
def test_what_is_claimed_to_be_attained_is(name: str, members: Interval) -> None:
    result = elementwise.elementwise(name, parameter(members))
    if result.reaches is not None:
        numbers = spread(members)
        images = live(name)(numbers)
        assert attains(images, projection(result.reaches)), (result.reaches, images.aminmax())


ARITHMETIC: dict[str, tuple[Callable[[Numeric, Numeric], Numeric], Callable[..., Tensor]]] = {
    "add": (arithmetic.add, torch.add),
    "subtract": (arithmetic.subtract, torch.sub),
    "multiply": (arithmetic.multiply, torch.mul),
    "divide": (arithmetic.divide, torch.div),
    "power": (arithmetic.power, torch.pow),
}


@pytest.mark.parametrize("name", ARITHMETIC)
@given(data=st.data())
@EXAMPLES
def test_arithmetic_lies_within(name: str, data: st.DataObject) -> None:
    one, other = data.draw(intervals()), data.draw(intervals())
    abstract, concrete = ARITHMETIC[name]
    left = torch.tensor(data.draw(numbers_in(one)), dtype=torch.double)
    right = torch.tensor(data.draw(numbers_in(other)), dtype=torch.double)
    result = abstract(parameter(one, 1), parameter(other, 2))
    check(result, concrete(left, right), exactly=name in ("add", "subtract"))


@pytest.mark.parametrize("name", ARITHMETIC)
@given(one=intervals(), other=intervals())
@EXAMPLES
def test_arithmetic_attains_what_is_claimed(name: str, one: Interval, other: Interval) -> None:
    abstract, concrete = ARITHMETIC[name]
    result = abstract(parameter(one, 1), parameter(other, 2))
    if result.reaches is not None:
        images = concrete(spread(one)[:, None], spread(other)[None, :])
        assert attains(images, projection(result.reaches)), (result.reaches, images.aminmax())


@pytest.mark.parametrize("name", ARITHMETIC)
@given(members=intervals())
@EXAMPLES
def test_one_origin_on_both_sides_attains_what_is_claimed(name: str, members: Interval) -> None:
    abstract, concrete = ARITHMETIC[name]
    value = parameter(members)
    result = abstract(value, value)
    numbers = spread(members)
    images = concrete(numbers, numbers)
    check(result, images, exactly=False)
    if result.reaches is not None:
        assert attains(images, projection(result.reaches)), (result.reaches, images.aminmax())


@given(st.data(), st.sampled_from([-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_powers_by_a_constant(data: st.DataObject, exponent: float) -> None:
    members = data.draw(intervals())
    numbers = spread(members)
    result = arithmetic.power(parameter(members), numeric.from_constant(exponent))
    images = numbers**exponent
    check(result, images, exactly=False)
    if result.reaches is not None:
        assert attains(images, projection(result.reaches)), (result.reaches, images.aminmax())


@given(intervals(), st.sampled_from([None, -1.0, 0.0, 0.5]), st.sampled_from([None, 0.75, 2.0]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_clamp(members: Interval, low: float | None, high: float | None) -> None:
    if low is None and high is None:
        return
    result = elementwise.clamp(parameter(members), low, high)
    images = spread(members).clamp(low, high)
    check(result, images, exactly=False)
    assert result.reaches is not None
    assert attains(images, projection(result.reaches)), (result.reaches, images.aminmax())


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_products_of_matrices_lie_within(data: st.DataObject) -> None:
    one, other = data.draw(intervals()), data.draw(intervals())
    row = data.draw(st.lists(numbers_in(one), min_size=3, max_size=3))
    column = data.draw(st.lists(numbers_in(other), min_size=3, max_size=3))
    image = torch.tensor(row, dtype=torch.double) @ torch.tensor(column, dtype=torch.double)
    result = arithmetic.matrix_multiply(parameter(one, 1), parameter(other, 2))
    check(result, image, exactly=False)


@pytest.mark.parametrize("size", [1, 2, 4])
@given(one=intervals(), other=intervals())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_products_of_matrices_attain_what_is_claimed_at_any_size(
    size: int, one: Interval, other: Interval
) -> None:
    result = arithmetic.matrix_multiply(parameter(one, 1), parameter(other, 2))
    if result.reaches is None:
        return
    reaches = projection(result.reaches)
    # Equal elements give the least and the largest sums.
    images = size * spread(one)[:, None] * spread(other)[None, :]
    for bound in (reaches.lower, reaches.upper):
        if math.isinf(bound):
            assert (images.max() if bound > 0 else -images.min()) > 20.0
        else:
            assert (images - bound).abs().min() < 1e-4


@given(st.lists(intervals(), min_size=1, max_size=3), st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_parts_of_what_is_joined_lie_within(parts: list[Interval], data: st.DataObject) -> None:
    result = assembly.joined([parameter(part, at) for at, part in enumerate(parts)])
    numbers = [data.draw(numbers_in(part)) for part in parts]
    check(result, torch.tensor(numbers, dtype=torch.double), exactly=True)


def test_softmax_of_any_numbers_is_the_simplex() -> None:
    result = elementwise.softmax(parameter(sets.REAL))
    assert result.within == result.reaches == sets.SIMPLEX
    assert elementwise.softmax(parameter(sets.POSITIVE)).reaches is None


def test_product_with_unknown_data_keeps_the_line() -> None:
    data = Numeric(None, None, None, (), "float", "tensor", independent=True)
    assert arithmetic.multiply(parameter(sets.REAL), data).reaches == sets.REAL
    assert arithmetic.multiply(parameter(sets.POSITIVE), data).reaches is None
    assert arithmetic.divide(data, parameter(sets.REAL)).reaches is None


def test_product_of_matrices_with_zeros_is_not_the_line() -> None:
    zeros = numeric.from_constant(0.0)
    assert arithmetic.matrix_multiply(parameter(sets.REAL), zeros).reaches in (
        None,
        sets.point(0.0),
    )
