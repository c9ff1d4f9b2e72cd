"""Between which bounds a tensor's elements must lie, from the operations that made it.

This is the structural half of a verdict: whatever values the sources take, ``exp`` gives nothing
below 0. What an operation does is written down only where it is certain; any other gives the whole
line. An operand that occurs twice is taken to vary freely each time, which only widens the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

import torch
from torch import Tensor

from pyrolint.dynamic.child.facts.supports import members, support_members
from pyrolint.dynamic.child.repetition.operations import Operation, Source, SourceKind

Range = tuple[float, float]
"""The least and the greatest value, infinities included."""

WHOLE: Range = (-math.inf, math.inf)

DEEPEST = 400
"""How many operations deep a range is followed; beyond that nothing is said."""

SELECTING = frozenset(
    "__getitem__ reshape view view_as expand expand_as unsqueeze squeeze transpose permute t "
    "get_T get_mT flatten contiguous clone detach to float double type type_as repeat tile "
    "repeat_interleave flip roll index_select gather narrow select movedim swapaxes chunk split "
    "unbind broadcast_to broadcast_tensors diagonal unfold get_data sort topk take ravel "
    "requires_grad as_tensor max min amax amin cummax cummin median mean unflatten "
    "alias cpu cuda take_along_dim masked_select atleast_1d atleast_2d mode kthvalue".split()
)
"""Functions whose results hold elements of the first operand."""

# Functions whose second result are places in the first operand.
_WITH_INDICES = frozenset("max min median mode kthvalue sort topk cummax cummin".split())

# Results whose elements are those of the operands in a list.
_JOINING = frozenset("cat stack hstack vstack concat concatenate dstack".split())


def range_of(operation: Operation, free: Callable[[Source], bool] = lambda source: True) -> Range:
    """Between which bounds the elements of a tensor lie while its sources vary.

    ``free`` tells of a source whether it varies over its whole set; otherwise it keeps the value
    that it has. Data keeps its value. Module outputs are followed into the module.
    """
    return _Ranges(free).of(operation, 0)


class _Ranges:
    def __init__(self, free: Callable[[Source], bool]) -> None:
        self._free = free
        self._known: dict[int, Range] = {}

    def of(self, operation: Operation, depth: int) -> Range:
        key = id(operation)
        if key not in self._known:
            found = WHOLE if depth > DEEPEST else self._made(operation, depth)
            # The difference of two infinities says nothing.
            self._known[key] = WHOLE if any(map(math.isnan, found)) else found
        return self._known[key]

    def _made(self, operation: Operation, depth: int) -> Range:
        source = operation.source
        if source is not None and source.kind is not SourceKind.MODULE:
            return _range_of_source(source) if self._free(source) else _actual(operation.value)
        if operation.function is None:
            # A leaf that nothing marks and that gradients reach is a parameter of somebody's.
            return WHOLE if operation.value.requires_grad else _actual(operation.value)
        if operation.function == "__setitem__":
            return _union(
                self._operand(operation.operands[0], depth),
                self._operand(operation.operands[-1], depth),
            )
        operands = [self._operand(each, depth) for each in operation.operands]
        keywords = {name: self._operand(value, depth) for name, value in operation.keywords.items()}
        return _transfer(operation, operands, keywords)

    def _operand(self, value: Any, depth: int) -> Any:
        """An operand's range; a tuple of ranges for a list; None for what is no number."""
        if isinstance(value, Operation):
            return self.of(value, depth + 1)
        if isinstance(value, bool) or value is None:
            return None
        if isinstance(value, (int, float)):
            return (float(value), float(value))
        if isinstance(value, tuple):
            return tuple(self._operand(part, depth) for part in value)
        return None


def _range_of_source(source: Source) -> Range:
    if source.kind is SourceKind.PARAMETER:
        known = members(getattr(source.object, "constraint", None))
    elif source.kind is SourceKind.LATENT:
        known = support_members(source.object.distribution)
    else:
        known = None
    if known is None:
        return WHOLE
    return (
        float(torch.as_tensor(known.lower).min()),
        float(torch.as_tensor(known.upper).max()),
    )


def _actual(value: Tensor) -> Range:
    if value.numel() == 0 or value.is_complex():
        return WHOLE
    value = value.detach()
    low, high = float(value.min()), float(value.max())
    return WHOLE if math.isnan(low) or math.isnan(high) else (low, high)


def _union(*ranges: Any) -> Range:
    known = [each for each in ranges if _is_range(each)]
    if len(known) < len(ranges) or not known:
        return WHOLE
    return min(low for low, _ in known), max(high for _, high in known)


def _is_range(value: Any) -> TypeGuard[Range]:
    return isinstance(value, tuple) and len(value) == 2 and all(isinstance(x, float) for x in value)


def _transfer(operation: Operation, operands: list[Any], keywords: Mapping[str, Any]) -> Range:
    function = operation.function or ""
    name = function.strip("_")
    first = operands[0] if operands else None
    if function in _JOINING:
        listed = first if isinstance(first, tuple) else keywords.get("tensors")
        if _is_range(listed):
            return listed
        return _union(*listed) if isinstance(listed, tuple) else WHOLE
    if name == "where" and len(operands) == 3:
        return _union(operands[1], operands[2])
    if not _is_range(first):
        return _BOUNDED.get(name, WHOLE)
    if operation.keywords.get("_part", 0) and name in _WITH_INDICES:
        return 0.0, math.inf
    second = operands[1] if len(operands) > 1 else keywords.get("other")
    if "alpha" in operation.keywords and name in ("add", "sub", "rsub"):
        scale = keywords["alpha"]
        if not _is_range(scale) or not _is_range(second):
            return WHOLE
        # `rsub` is of the second operand, and scales the first.
        first, second = (
            (_times(first, scale), second) if name == "rsub" else (first, _times(second, scale))
        )
    if name in _BINARY and _is_range(second):
        return _BINARY[name](first, second)
    if name in ("rsub", "rdiv", "rtruediv") and _is_range(second):
        return _BINARY["sub" if name == "rsub" else "div"](second, first)
    if name in ("max", "min") and _is_range(second) and _is_tensor(operation, 1):
        return _BINARY["maximum" if name == "max" else "minimum"](first, second)
    if name in ("clamp", "clip", "clamp_min", "clamp_max", "hardtanh"):
        return _clamped(name, first, operands, keywords)
    if name in ("pow", "rpow") and _is_range(second):
        return _power(first, second) if name == "pow" else _power(second, first)
    if name in _SHARPENED and not _is_plain(operation):
        return _sharpened(operation, first)
    if name in _MONOTONE:
        return _MONOTONE[name](first[0]), _MONOTONE[name](first[1])
    if name in _SHAPED:
        return _SHAPED[name](first)
    if function in SELECTING:
        return first
    return _BOUNDED.get(name, WHOLE)


def _is_plain(operation: Operation) -> bool:
    """Whether a call has no argument but its first, and a flag at most."""
    others = [*operation.operands[1:], *operation.keywords.values()]
    return all(isinstance(each, bool) for each in others)


def _sharpened(operation: Operation, first: Range) -> Range:
    """The ends of a rising function that is called with numbers as well, such as a slope."""
    function = _SHARPENED[(operation.function or "").strip("_")]
    numbers = operation.operands[1:]
    keywords = {key: each for key, each in operation.keywords.items() if key != "inplace"}
    given = [each for each in (*numbers, *keywords.values()) if not isinstance(each, bool)]
    if not all(isinstance(each, (int, float)) and each > 0 for each in given):
        # It might fall instead.
        return WHOLE
    low, high = (
        float(function(torch.tensor(end, dtype=torch.float64), *numbers, **keywords))
        for end in first
    )
    return low, high


def _is_tensor(operation: Operation, index: int) -> bool:
    return len(operation.operands) > index and isinstance(operation.operands[index], Operation)


def _clamped(name: str, first: Range, operands: list[Any], keywords: Mapping[str, Any]) -> Range:
    bounds = [*operands[1:], None, None]
    low, high = (None, bounds[0]) if name == "clamp_max" else (bounds[0], bounds[1])
    low = low or keywords.get("min") or keywords.get("min_val")
    high = high or keywords.get("max") or keywords.get("max_val")
    if name == "hardtanh":
        low, high = low or (-1.0, -1.0), high or (1.0, 1.0)
    result = first
    if _is_range(low):
        result = _BINARY["maximum"](result, low)
    if _is_range(high):
        result = _BINARY["minimum"](result, high)
    return result


def _product(left: float, right: float) -> float:
    # A bound of 0 is attained, while an infinite one is only approached.
    return 0.0 if left == 0.0 or right == 0.0 else left * right


def _times(left: Range, right: Range) -> Range:
    ends = [_product(a, b) for a in left for b in right]
    return min(ends), max(ends)


def _over(left: Range, right: Range) -> Range:
    if right[0] <= 0.0 <= right[1] and right != (0.0, 0.0):
        if right[0] == 0.0 and left[0] >= 0.0:
            return (0.0 if math.isinf(right[1]) else left[0] / right[1]), math.inf
        return WHOLE
    if right == (0.0, 0.0):
        return WHOLE
    return _times(left, (1.0 / right[1], 1.0 / right[0]))


def _power(base: Range, exponent: Range) -> Range:
    if exponent[0] != exponent[1]:
        return (0.0, math.inf) if base[0] >= 0.0 else WHOLE
    n = exponent[0]
    if n == 2.0:
        return _square(base)
    if n > 0.0 and n % 2.0 == 0.0:
        return 0.0, math.inf
    return (0.0, math.inf) if base[0] >= 0.0 else WHOLE


def _square(value: Range) -> Range:
    ends = [_product(value[0], value[0]), _product(value[1], value[1])]
    return (0.0 if value[0] <= 0.0 <= value[1] else min(ends)), max(ends)


def _magnitude(value: Range) -> Range:
    ends = [abs(value[0]), abs(value[1])]
    return (0.0 if value[0] <= 0.0 <= value[1] else min(ends)), max(ends)


def _summed(value: Range) -> Range:
    """Bounds of a sum of at least one element."""
    low = value[0] if value[0] >= 0.0 else -math.inf
    high = value[1] if value[1] <= 0.0 else math.inf
    return low, high


def _safely(function: Callable[[Tensor], Tensor]) -> Callable[[float], float]:
    def at(value: float) -> float:
        return float(function(torch.tensor(value, dtype=torch.float64)))

    return at


_BINARY: dict[str, Callable[[Range, Range], Range]] = {
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "radd": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "iadd": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "sub": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "mul": _times,
    "multiply": _times,
    "rmul": _times,
    "imul": _times,
    "div": _over,
    "divide": _over,
    "true_divide": _over,
    "truediv": _over,
    "maximum": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "minimum": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "fmax": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "fmin": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "logaddexp": lambda a, b: (max(a[0], b[0]), math.inf),
}

_MONOTONE: dict[str, Callable[[float], float]] = {
    "exp": _safely(torch.exp),
    "expm1": _safely(torch.expm1),
    "softplus": _safely(torch.nn.functional.softplus),
    "sigmoid": _safely(torch.sigmoid),
    "expit": _safely(torch.sigmoid),
    "tanh": _safely(torch.tanh),
    "relu": _safely(torch.relu),
    "relu6": _safely(torch.nn.functional.relu6),
    "elu": _safely(torch.nn.functional.elu),
    "logsigmoid": _safely(torch.nn.functional.logsigmoid),
    "softsign": _safely(torch.nn.functional.softsign),
    "leaky_relu": _safely(torch.nn.functional.leaky_relu),
    "atan": _safely(torch.atan),
    "arctan": _safely(torch.atan),
}

# Rising functions that may be given numbers that change their shape.
_SHARPENED: dict[str, Callable[..., Tensor]] = {
    "elu": torch.nn.functional.elu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "softplus": torch.nn.functional.softplus,
}

_SHAPED: dict[str, Callable[[Range], Range]] = {
    "neg": lambda a: (-a[1], -a[0]),
    "negative": lambda a: (-a[1], -a[0]),
    "square": _square,
    "abs": _magnitude,
    "absolute": _magnitude,
    "sum": _summed,
    "cumsum": _summed,
    "sqrt": lambda a: (math.sqrt(max(a[0], 0.0)), math.sqrt(max(a[1], 0.0))),
    "log": lambda a: (
        (math.log(a[0]), math.log(a[1]))
        if a[0] > 0.0 and not math.isinf(a[1])
        else (math.log(a[0]) if a[0] > 0.0 else -math.inf, math.inf)
    ),
    "log1p": lambda a: (0.0 if a[0] >= 0.0 else -math.inf, math.inf),
    "prod": lambda a: (0.0, math.inf) if a[0] >= 0.0 else WHOLE,
    "reciprocal": lambda a: _over((1.0, 1.0), a),
    "matmul": lambda a: WHOLE,
    "diag_embed": lambda a: _union(a, (0.0, 0.0)),
    "diag": lambda a: _union(a, (0.0, 0.0)),
    "tril": lambda a: _union(a, (0.0, 0.0)),
    "triu": lambda a: _union(a, (0.0, 0.0)),
    "dropout": lambda a: (0.0, math.inf) if a[0] >= 0.0 else WHOLE,
}

# Results that lie here whatever goes in.
_BOUNDED: dict[str, Range] = {
    "softmax": (0.0, 1.0),
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "sin": (-1.0, 1.0),
    "cos": (-1.0, 1.0),
    "erf": (-1.0, 1.0),
    "exp": (0.0, math.inf),
    "softplus": (0.0, math.inf),
    "norm": (0.0, math.inf),
    "vector_norm": (0.0, math.inf),
    "std": (0.0, math.inf),
    "var": (0.0, math.inf),
    "log_softmax": (-math.inf, 0.0),
    "normalize": (-1.0, 1.0),
    "one_hot": (0.0, 1.0),
}
