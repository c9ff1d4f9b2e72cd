"""Sets behind constraints against torch's own checks, and ranges against what torch computes."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyro.distributions as dist
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import biject_to, constraints
from torch.distributions.transforms import (
    AffineTransform,
    ExpTransform,
    SigmoidTransform,
    StickBreakingTransform,
    TanhTransform,
)

from pyrolint.dynamic.child.facts.ranges import range_of
from pyrolint.dynamic.child.facts.supports import (
    Members,
    describe,
    is_inverted,
    is_subset,
    margins,
    members,
    support_members,
    value_beyond,
)
from pyrolint.dynamic.child.repetition.operations import (
    OperationRecorder,
    Source,
    SourceKind,
)

bounds = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0])
numbers = st.floats(-6.0, 6.0, width=32)


@st.composite
def intervals(draw: st.DrawFn) -> constraints.Constraint:
    lower = draw(bounds)
    return draw(
        st.sampled_from(
            [
                constraints.real,
                constraints.positive,
                constraints.nonnegative,
                constraints.unit_interval,
                constraints.greater_than(lower),
                constraints.greater_than_eq(lower),
                constraints.less_than(lower),
                constraints.interval(lower, lower + draw(st.sampled_from([0.5, 2.0]))),
                constraints.half_open_interval(lower, lower + 1.0),
            ]
        )
    )


discrete = st.sampled_from(
    [
        constraints.boolean,
        constraints.nonnegative_integer,
        constraints.positive_integer,
        constraints.integer_interval(0, 3),
    ]
)
structured = st.sampled_from(
    [
        constraints.simplex,
        constraints.lower_cholesky,
        constraints.corr_cholesky,
        constraints.positive_definite,
        dist.constraints.ordered_vector,
    ]
)


@given(intervals(), st.lists(numbers, min_size=1, max_size=5))
def test_a_margin_has_the_sign_that_torch_checks(
    constraint: constraints.Constraint, values: list[float]
) -> None:
    value = torch.tensor(values)
    inside = torch.as_tensor(constraint.check(value)).expand(value.shape)
    least = list(margins(constraint, value))
    worst = torch.stack(least).amin(0) if least else torch.full_like(value, math.inf)
    # At an end, closed and open sets differ, and margins do not tell them apart.
    apart = worst.abs() > 1e-6
    assert ((worst > 0) == inside)[apart].all()


@given(st.one_of(intervals(), discrete), st.one_of(intervals(), discrete), st.lists(numbers))
@example(constraints.greater_than(0.5), constraints.nonnegative_integer, [])
@example(constraints.less_than(-0.5), constraints.integer_interval(-9, 9), [])
def test_a_subset_holds_no_value_that_the_larger_set_refuses(
    inner: constraints.Constraint, outer: constraints.Constraint, values: list[float]
) -> None:
    small, large = members(inner), members(outer)
    assert small is not None
    assert large is not None
    value = torch.tensor([*values, *(float(round(each)) for each in values)])
    ends = torch.tensor(
        [float(torch.as_tensor(e)) for k in (small, large) for e in (k.lower, k.upper)]
    )
    away = (value.unsqueeze(-1) - ends).abs().amin(-1) > 1e-6
    is_small = torch.as_tensor(inner.check(value)) & (away | torch.tensor(small.is_discrete))
    refused = is_small & away & ~torch.as_tensor(outer.check(value))
    if is_subset(small, large):
        assert not refused.any()
    else:
        # Then there is a value that the one takes and the other refuses.
        beyond = value_beyond(small, large)
        assert beyond is not None
        assert not bool(outer.check(torch.tensor(beyond)))


@given(structured, st.integers(0, 2**16))
def test_what_a_structured_set_holds_has_no_negative_margin(
    constraint: constraints.Constraint, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    shape = {"corr_cholesky": (6,), "positive_definite": (3, 3), "lower_cholesky": (3, 3)}
    known = members(constraint)
    assert known is not None
    assert known.structure is not None
    free = torch.randn(shape.get(known.structure, (4,)), generator=generator)
    value = torch.distributions.transform_to(constraint)(free)
    for inside in margins(constraint, value):
        assert (inside > -1e-4).all()
    assert is_subset(known, known) is True
    assert is_subset(members(constraints.real) or Members(), known) is False


@given(structured, structured)
def test_structured_sets_are_ordered_one_way(
    one: constraints.Constraint, other: constraints.Constraint
) -> None:
    first, second = members(one), members(other)
    assert first is not None
    assert second is not None
    if first.structure != second.structure:
        assert not (is_subset(first, second) and is_subset(second, first))


@pytest.mark.parametrize(
    ("distribution", "lower", "upper"),
    [
        (dist.LogNormal(0.0, 1.0), 0.0, math.inf),
        (dist.Uniform(1.0, 3.0).expand([2]).to_event(1).mask(False), 1.0, 3.0),
        (dist.VonMises(0.0, 1.0), -math.pi, math.pi),
        (dist.Poisson(2.0), 0.0, math.inf),
        (dist.Gumbel(0.0, 1.0), -math.inf, math.inf),
        (dist.Pareto(2.0, 1.0), 2.0, math.inf),
    ],
)
def test_the_support_of_a_distribution_is_stripped(
    distribution: dist.Distribution, lower: float, upper: float
) -> None:
    known = support_members(distribution)
    assert known is not None
    assert (known.lower, known.upper) == pytest.approx((lower, upper))


transforms = st.lists(
    st.sampled_from(
        [
            ExpTransform(),
            SigmoidTransform(),
            TanhTransform(),
            AffineTransform(0.5, 2.0),
            AffineTransform(-1.0, -0.5),
            SigmoidTransform().inv,
        ]
    ),
    min_size=1,
    max_size=4,
)


@given(
    st.sampled_from([dist.Normal(0.0, 1.0), dist.Uniform(0.0, 1.0), dist.Uniform(0.2, 0.7)]),
    transforms,
    st.integers(0, 2**16),
)
@settings(deadline=None)
def test_draws_lie_in_the_support_that_transforms_lead_to(
    base: dist.Distribution, steps: list[torch.distributions.Transform], seed: int
) -> None:
    torch.manual_seed(seed)
    distribution = dist.TransformedDistribution(base, steps)
    known = support_members(distribution)
    draws = distribution.sample(torch.Size([64]))
    if known is not None:
        kept = draws[torch.isfinite(draws)]
        assert (kept >= torch.as_tensor(known.lower) - 1e-5).all()
        assert (kept <= torch.as_tensor(known.upper) + 1e-5).all()


def test_an_affine_map_after_a_sigmoid_ends_where_it_ends() -> None:
    base = dist.Normal(0.0, 1.0)
    known = support_members(
        dist.TransformedDistribution(base, [SigmoidTransform(), AffineTransform(0.0, 10.0)])
    )
    assert known == Members(0.0, 10.0)
    whole = support_members(
        dist.TransformedDistribution(dist.Uniform(0.0, 1.0), [SigmoidTransform().inv])
    )
    assert whole is not None
    assert whole.is_real_line
    simplex = support_members(
        dist.TransformedDistribution(base.expand([3]).to_event(1), [StickBreakingTransform()])
    )
    assert simplex is not None
    assert simplex.structure == "simplex"


def test_what_a_point_or_a_sample_of_points_gives_is_not_known() -> None:
    assert support_members(dist.Delta(torch.tensor(0.5))) is None
    assert support_members(dist.Empirical(torch.ones(3), torch.ones(3))) is None


def test_bounds_the_wrong_way_round_leave_no_room() -> None:
    for constraint, inverted in [
        (constraints.interval(2.0, 1.0), True),
        (constraints.interval(1.0, 1.0), True),
        (constraints.interval(1.0, 2.0), False),
        (constraints.interval(torch.tensor([0.0, 3.0]), torch.tensor([1.0, 2.0])), True),
        (constraints.real, False),
    ]:
        known = members(constraint)
        assert known is not None
        assert is_inverted(known) is inverted


def test_sets_in_words() -> None:
    assert describe(members(constraints.positive)) == "a number above 0"
    assert describe(members(constraints.boolean)) == "0 or 1"
    assert describe(members(constraints.nonnegative_integer)) == "an integer from 0 on"
    assert describe(members(constraints.interval(0.0, 10.0))) == "a number from 0 to 10"
    assert describe(None) == "a set that is not known"


# --- ranges ------------------------------------------------------------------------------------

Step = Callable[[Tensor, Tensor], Tensor]
STEPS: dict[str, Step] = {
    "exp": lambda x, y: x.clamp(max=20.0).exp(),
    "softplus": lambda x, y: torch.nn.functional.softplus(x),
    "sigmoid": lambda x, y: torch.sigmoid(x),
    "tanh": lambda x, y: x.tanh(),
    "relu": lambda x, y: x.relu(),
    "neg": lambda x, y: -x,
    "abs": lambda x, y: x.abs(),
    "square": lambda x, y: x**2,
    "cube": lambda x, y: x**3,
    "square method": lambda x, y: x.square(),
    "plus": lambda x, y: x + 1.5,
    "minus": lambda x, y: 1.5 - x,
    "times": lambda x, y: -2.0 * x,
    "over": lambda x, y: x / 4.0,
    "over positive": lambda x, y: 1.0 / (x.abs() + 0.5),
    "add other": lambda x, y: x + y,
    "subtract other": lambda x, y: x - y,
    "multiply other": lambda x, y: x * y,
    "maximum": lambda x, y: torch.maximum(x, y),
    "minimum": lambda x, y: torch.min(x, y),
    "clamp": lambda x, y: x.clamp(-0.5, 2.0),
    "clamp below": lambda x, y: x.clamp(min=0.1),
    "clamp above": lambda x, y: torch.clamp_max(x, 0.3),
    "where": lambda x, y: torch.where(x > 0, x, y),
    "stack": lambda x, y: torch.stack([x, 2.0 * x])[1],
    "cat": lambda x, y: torch.cat([x, y]),
    "softmax": lambda x, y: x.softmax(-1),
    "log softmax": lambda x, y: x.log_softmax(-1),
    "sum": lambda x, y: x.sum(-1, keepdim=True),
    "mean": lambda x, y: x.mean(-1, keepdim=True),
    "cumsum": lambda x, y: x.cumsum(-1),
    "max": lambda x, y: x.max(-1, keepdim=True).values,
    "index": lambda x, y: x[..., :1],
    "set": lambda x, y: _set(x),
    "sqrt": lambda x, y: (x.abs() + 0.1).sqrt(),
    "log": lambda x, y: (x.abs() + 0.1).log(),
    "log1p": lambda x, y: x.abs().log1p(),
    "reciprocal": lambda x, y: (x.square() + 0.2).reciprocal(),
    "logaddexp": lambda x, y: torch.logaddexp(x, y),
    "in place": lambda x, y: x.clone().mul_(-1.0).add_(0.5),
    "sin": lambda x, y: x.sin(),
    "norm": lambda x, y: x.norm(dim=-1, keepdim=True),
    "std": lambda x, y: torch.cat([x, -x]).std(0, keepdim=True),
    "matmul": lambda x, y: (x.unsqueeze(0) @ x.unsqueeze(-1)).squeeze(0),
    "nan to num": lambda x, y: (x / 0.0).nan_to_num(),
    "elu": lambda x, y: torch.nn.functional.elu(x),
    "unfold": lambda x, y: x.abs().diff(dim=0, prepend=torch.zeros(1)),
    "median": lambda x, y: x.median().reshape(1),
    "prod": lambda x, y: x.sigmoid().prod(-1, keepdim=True),
    "leaky": lambda x, y: torch.nn.functional.leaky_relu(x, 0.5),
    "celu": lambda x, y: torch.nn.functional.elu(x, alpha=2.0),
    "sharp softplus": lambda x, y: torch.nn.functional.softplus(x, beta=0.5),
    "diag": lambda x, y: torch.diag_embed(x.exp())[0],
    "var": lambda x, y: torch.cat([x, x + 1]).var(0, keepdim=True),
    "rsub": lambda x, y: torch.rsub(x, 1.0, alpha=2.0),
    "scaled add": lambda x, y: torch.add(x, y, alpha=-2.0),
    "floor": lambda x, y: x.floor(),
    "erf": lambda x, y: x.erf(),
    "even power": lambda x, y: x**4,
    "negative power": lambda x, y: (x.abs() + 1.0) ** -1,
    "rpow": lambda x, y: 2.0**x,
    "zero clamp": lambda x, y: x.clamp(min=0),
    "divided other": lambda x, y: x / (y.abs() + 1.0),
    "remainder": lambda x, y: x % 1.0,
    "floor division": lambda x, y: x // 2.0,
    "lerp": lambda x, y: torch.lerp(x, y, 0.5),
    "cumprod": lambda x, y: x.sigmoid().cumprod(-1),
    "tensor clamp": lambda x, y: torch.clamp(x, y, y + 1.0),
    "hard sigmoid": lambda x, y: torch.nn.functional.hardsigmoid(x),
    "normalised": lambda x, y: torch.nn.functional.normalize(x, dim=-1),
    "rounded": lambda x, y: x.round(),
    "threshold": lambda x, y: torch.nn.functional.threshold(x, 0.1, 20.0),
    "masked fill": lambda x, y: x.sigmoid().masked_fill(x > 0, 7.0),
    "fill": lambda x, y: x.sigmoid().clone().fill_(9.0),
    "new full": lambda x, y: x.new_full((1,), -3.0),
    "zero slope": lambda x, y: torch.nn.functional.hardtanh(x, -3.0, 0.0),
    "padded": lambda x, y: torch.nn.functional.pad(x.abs() + 1.0, (1, 0)),
    "nan fill": lambda x, y: (x / 0.0).nan_to_num(posinf=1.0, neginf=-5.0),
    "scatter": lambda x, y: x.sigmoid().scatter(0, torch.tensor([0]), 4.0),
    "dropout": lambda x, y: torch.nn.functional.dropout(-x.abs(), 0.5),
    "index put": lambda x, y: x.sigmoid().index_fill(0, torch.tensor([0]), -4.0),
    "copied": lambda x, y: x.sigmoid().clone().copy_(y),
    "clamped copy": lambda x, y: x.clone().clamp_(min=0.0),
    "reversed division": lambda x, y: 3.0 / (x.abs() + 1.0),
}


def _set(x: Tensor) -> Tensor:
    x = x.sigmoid().clone()
    x[0] = -3.0
    return x


@given(
    st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6),
    st.lists(numbers, min_size=2, max_size=4),
    st.sampled_from([constraints.real, constraints.positive, constraints.unit_interval]),
    st.integers(0, 2**16),
)
@settings(deadline=None)
def test_a_range_holds_what_torch_computes(
    names: list[str], values: list[float], constraint: constraints.Constraint, seed: int
) -> None:
    torch.manual_seed(seed)
    value = biject_to(constraint)(torch.tensor(values))
    with OperationRecorder() as operations:
        operations.mark(value, Source(SourceKind.PARAMETER, "p", _Declared(constraint)))
        result = value
        for name in names:
            before = result
            result = STEPS[name](result, value[:1])
            if result.dim() != 1 or not torch.isfinite(result).all():
                result = before
                break
        low, high = range_of(operations.of(result))
    slack = 1e-4 * (1.0 + result.detach().abs())
    assert (result >= low - slack).all(), (names, low, high, result)
    assert (result <= high + slack).all(), (names, low, high, result)


class _Declared:
    def __init__(self, constraint: constraints.Constraint) -> None:
        self.constraint = constraint


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x: x.exp(), (0.0, math.inf)),
        (lambda x: torch.sigmoid(x) * 2.0 - 1.0, (-1.0, 1.0)),
        (lambda x: torch.nn.functional.softplus(x) + 0.1, (0.1, math.inf)),
        (lambda x: x.clamp(min=1e-3), (1e-3, math.inf)),
        (lambda x: x.clamp(min=0.0, max=2.0), (0.0, 2.0)),
        (lambda x: 1.0 - x.softmax(-1), (0.0, 1.0)),
        (lambda x: torch.cat([x.exp(), x.square()]), (0.0, math.inf)),
        (lambda x: x * 2.0, (-math.inf, math.inf)),
    ],
)
def test_ranges_are_as_narrow_as_operations_tell(
    compute: Callable[[Tensor], Tensor], expected: tuple[float, float]
) -> None:
    with OperationRecorder() as operations:
        value = torch.randn(3)
        operations.mark(value, Source(SourceKind.PARAMETER, "p", _Declared(constraints.real)))
        found = range_of(operations.of(compute(value)))
    assert found == pytest.approx(expected)
