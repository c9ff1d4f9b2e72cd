"""Elementwise functions: their images of intervals, by name, and of numeric values."""

from __future__ import annotations

import math
from collections.abc import Callable

from pyrolint.semantics import sets
from pyrolint.semantics.numeric import IntervalMap, bounded, is_whole_line, mapped, replaced
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import Numeric


def _exp(x: float) -> float:
    if x == -math.inf:
        return 0.0
    return math.exp(x) if x < 709.0 else math.inf


def _log(members: Interval) -> Interval | None:
    if members.lower < 0.0:
        return None
    return sets.increasing(
        members, lambda x: -math.inf if x == 0 else math.inf if x == math.inf else math.log(x)
    )


def _scaled(members: Interval | None, factor: float) -> Interval | None:
    return sets.multiplied(members, sets.point(factor)) if members is not None else None


def _sqrt(members: Interval) -> Interval | None:
    if members.lower < 0.0:
        return None
    return sets.increasing(members, lambda x: math.sqrt(x) if x != math.inf else x)


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + _exp(-x)) if x > -700 else 0.0


def _softplus(x: float) -> float:
    return 0.0 if x == -math.inf else x if x > 30.0 else math.log1p(math.exp(x))


def _monotone(function: Callable[[float], float]) -> IntervalMap:
    return lambda members: sets.increasing(members, function)


def _relu(members: Interval) -> Interval:
    return sets.clamped(members, 0.0, None)


def squared(members: Interval) -> Interval:
    """``x ** 2``"""
    return sets.increasing(sets.absolute(members), lambda x: x * x)


def _wave(members: Interval) -> Interval:
    return Interval(-1.0, 1.0, End.CLOSED, End.CLOSED, free=members.free)


def _elu(x: float) -> float:
    return x if x > 0 else _exp(x) - 1.0


def _above(bound: float) -> IntervalMap:
    return lambda members: Interval(bound, math.inf, End.CLOSED, free=members.free)


_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717
"""The constants of Klambauer et al., Self-Normalizing Neural Networks (2017)."""

ELEMENTWISE: dict[str, IntervalMap] = {
    "exp": _monotone(_exp),
    "expm1": _monotone(lambda x: _exp(x) - 1.0),
    "exp2": _monotone(lambda x: _exp(x * math.log(2.0))),
    "log": _log,
    "log2": lambda members: _scaled(_log(members), 1.0 / math.log(2.0)),
    "log10": lambda members: _scaled(_log(members), 1.0 / math.log(10.0)),
    "log1p": lambda members: _log(sets.added(members, sets.point(1.0))),
    "sqrt": _sqrt,
    "sigmoid": _monotone(_sigmoid),
    "expit": _monotone(_sigmoid),
    "softplus": _monotone(_softplus),
    "logsigmoid": _monotone(lambda x: -_softplus(-x)),
    "tanh": _monotone(math.tanh),
    "atan": _monotone(math.atan),
    "arctan": _monotone(math.atan),
    "erf": _monotone(math.erf),
    "relu": _relu,
    "relu6": lambda members: sets.clamped(members, 0.0, 6.0),
    "hardtanh": lambda members: sets.clamped(members, -1.0, 1.0),
    "hardsigmoid": lambda members: sets.clamped(
        sets.multiplied(sets.added(members, sets.point(3.0)), sets.point(1.0 / 6.0)), 0.0, 1.0
    ),
    "leaky_relu": _monotone(lambda x: x if x > 0 else 0.01 * x),
    "elu": _monotone(_elu),
    "selu": _monotone(lambda x: _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * (_exp(x) - 1.0))),
    "celu": _monotone(_elu),
    "softsign": _monotone(lambda x: math.copysign(1.0, x) if math.isinf(x) else x / (1 + abs(x))),
    "abs": sets.absolute,
    "absolute": sets.absolute,
    "square": squared,
    "neg": sets.negated,
    "negative": sets.negated,
    "reciprocal": sets.reciprocal,
    "sin": _wave,
    "cos": _wave,
    "cosh": _above(1.0),
}
"""Elementwise functions by the name that torch, numpy and tensor methods give them."""

EXACT_ON_THE_LINE = frozenset({"sin", "cos", "cosh"})
"""Functions whose given image is exact only for arguments that reach the whole line."""


def elementwise(name: str, number: Numeric) -> Numeric:
    """The image under the elementwise function ``name`` of the table."""
    exact = name not in EXACT_ON_THE_LINE or (
        isinstance(number.reaches, Interval) and number.reaches.is_real_line
    )
    result = mapped(number, ELEMENTWISE[name], exact=exact, keeps_form=False)
    if name in EXACT_ON_THE_LINE:
        everywhere = ELEMENTWISE[name](sets.REAL)
        return replaced(result, within=everywhere, start=None)
    if result.within is None and number.within is None:
        everywhere = ELEMENTWISE[name](sets.REAL)
        return replaced(result, within=everywhere)
    return result


def clamp(number: Numeric, minimum: float | None, maximum: float | None) -> Numeric:
    """``clamp(x, min, max)`` for constant bounds."""
    result = mapped(number, lambda m: sets.clamped(m, minimum, maximum))
    if number.within is None:
        return replaced(result, within=sets.clamped(sets.REAL, minimum, maximum))
    return result


def softmax(number: Numeric) -> Numeric:
    """``softmax``: the simplex, exactly where the argument reaches the whole line."""
    reach = sets.SIMPLEX if is_whole_line(number) else None
    result = bounded(number, sets.SIMPLEX)
    start = sets.UNIT_INTERVAL if number.start is not None else None
    return replaced(result, reaches=reach, start=start)
