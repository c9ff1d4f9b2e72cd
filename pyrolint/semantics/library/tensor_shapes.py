"""Shapes that functions on tensors give, by short name: of torch, numpy and tensor methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from pyrolint.semantics import shapes
from pyrolint.semantics.elementwise import ELEMENTWISE
from pyrolint.semantics.library.tensor_arguments import number_of
from pyrolint.semantics.machine import Arguments, Machine
from pyrolint.semantics.shapes import Dimension, Shape
from pyrolint.semantics.sizes import integers_in, sequence_of, shape_of, size_of, sizes_in
from pyrolint.semantics.values import NONE, TRUE, Constant, List, Tuple, Value
from pyrolint.syntax.ir import Place

ShapeFunction = Callable[[Machine, Arguments, Place], Shape | None]
Rearrangement = Callable[[Machine, Shape, Arguments, Place], Shape | None]


def shape_of_call(machine: Machine, name: str, arguments: Arguments, place: Place) -> Shape | None:
    """The shape of ``name(*arguments)``; None where its rank is not known."""
    function = SHAPES.get(name)
    return function(machine, arguments, place) if function is not None else None


def _source(arguments: Arguments) -> Value | None:
    for keyword in ("input", "data", "a"):
        if keyword in arguments.keywords:
            return arguments.keywords[keyword]
    return arguments.positional[0] if arguments.positional else None


def _of_source(function: Rearrangement) -> ShapeFunction:
    """A function of one tensor above all, whose shape is known."""

    def shape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
        source = _source(arguments)
        known = shape_of(source) if source is not None else None
        if known is None or source is None:
            return None
        rest = arguments.without_first() if "input" not in arguments.keywords else arguments
        return function(machine, known, rest, place)

    return shape


def _same(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    source = _source(arguments)
    return shape_of(source) if source is not None else None


def _broadcast(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    operands = [
        *arguments.positional[:3],
        *(arguments.keywords[each] for each in ("other", "exponent") if each in arguments.keywords),
    ]
    return shapes.broadcast(*map(shape_of, operands)) if operands else None


def _filled(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    size = arguments.keywords.get("size", arguments.keywords.get("shape"))
    values = (size,) if size is not None else arguments.positional
    return sizes_in(machine, values, place)


def _full(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    size = arguments.get(0, "size")
    return sizes_in(machine, (size,), place) if size is not None else None


def _filled_like(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    return _filled(machine, arguments.without_first(), place)


def _full_like(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    return _full(machine, arguments.without_first(), place)


def _drawn(position: int, keyword: str) -> ShapeFunction:
    """A creation that takes the sizes among other arguments, a scalar without them."""

    def shape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
        size = arguments.get(position, keyword)
        if size is None:
            return None
        return sizes_in(machine, (size,), place) if size != NONE else ()

    return shape


def _eye(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    rows = size_of(arguments.get(0, "n"))
    columns = arguments.get(1, "m")
    return rows, rows if columns is None else size_of(columns)


def _arange(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    given = arguments.positional
    if len(given) == 1:
        size = size_of(given[0])
        number = number_of(given[0])
        return (size if isinstance(size, str) or number is None else max(math.ceil(number), 0),)
    numbers = [number_of(each) for each in given[:3]]
    known = [each for each in numbers if each is not None]
    if len(known) != len(numbers) or len(known) < 2:
        return (None,)
    step = known[2] if len(known) == 3 else 1.0
    return (max(math.ceil((known[1] - known[0]) / step), 0) if step else None,)


def _linspace(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    if any(shape_of(each) != () for each in arguments.positional[:2]):
        return None
    steps = arguments.get(2, "steps") or arguments.keywords.get("num")
    return (size_of(steps) if steps is not None else None,)


def _counted(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    return (size_of(arguments.get(0, "n")),)


def _made(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    """``tensor`` and ``array`` of numbers, lists of numbers, and tensors."""
    source = _source(arguments)
    return _nested(machine, source, place) if source is not None else None


def _listed(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    """``Tensor`` of a list; of numbers they are its sizes."""
    source = _source(arguments)
    if isinstance(source, Tuple | List):
        return _nested(machine, source, place)
    return _filled(machine, arguments, place) if size_of(source) is not None else None


def _nested(machine: Machine, value: Value, place: Place, depth: int = 0) -> Shape | None:
    if not isinstance(value, Tuple | List):
        return shape_of(value)
    items = sequence_of(machine, value, place)
    if not items or depth > 8:
        return None
    inner = _nested(machine, items[0], place, depth + 1)
    return (len(items), *inner) if inner is not None else None


# --- rearrangements ----------------------------------------------------------------------------


def _dimension(arguments: Arguments, position: int = 0) -> Value | None:
    for keyword in ("dim", "axis"):
        if keyword in arguments.keywords:
            return arguments.keywords[keyword]
    return arguments.positional[position] if position < len(arguments.positional) else None


def _one(arguments: Arguments, position: int, keyword: str, default: int | None) -> int | None:
    value = arguments.get(position, keyword)
    if value is None:
        return default
    size = size_of(value)
    return size if isinstance(size, int) else None


def _squeeze(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    given = _dimension(arguments)
    if given is None:
        return shapes.squeezed(shape)
    dimensions = integers_in(machine, given, place)
    return shapes.squeezed(shape, dimensions) if dimensions is not None else None


def _unsqueeze(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    dimensions = integers_in(machine, _dimension(arguments), place)
    if dimensions is None or len(dimensions) != 1:
        return None
    return shapes.unsqueezed(shape, dimensions[0])


def _reshape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    source = _source(arguments)
    rest = arguments.positional[1:]
    if "shape" in arguments.keywords:
        rest = (arguments.keywords["shape"],)
    sizes = sizes_in(machine, rest, place) if rest else None
    if sizes is None or source is None:
        return None
    return shapes.reshaped(shape_of(source), sizes)


def _expand(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    source = _source(arguments)
    rest = arguments.positional[1:]
    sizes = sizes_in(machine, rest, place) if rest else None
    if sizes is None or source is None:
        return None
    return shapes.expanded(shape_of(source), sizes)


def _as_other(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    other = arguments.get(1, "other")
    return shape_of(other) if other is not None else None


def _permute(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    given = arguments.positional
    order = integers_in(machine, given[0] if len(given) == 1 else Tuple(given), place)
    return shapes.permuted(shape, order) if order is not None else None


def _transpose(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    one, other = _one(arguments, 0, "dim0", None), _one(arguments, 1, "dim1", None)
    if one is None or other is None:
        return None
    return shapes.transposed(shape, one, other)


def _turned(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    return tuple(reversed(shape))


def _flatten(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    start, end = _one(arguments, 0, "start_dim", 0), _one(arguments, 1, "end_dim", -1)
    return shapes.flattened(shape, start, end) if start is not None and end is not None else None


def _repeat(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    times = sizes_in(machine, arguments.positional, place)
    return shapes.repeated(shape, times) if times else None


def _gather(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    index = arguments.get(1, "index")
    return shape_of(index) if index is not None else None


def _index_select(
    machine: Machine, shape: Shape, arguments: Arguments, place: Place
) -> Shape | None:
    dimension, index = _one(arguments, 0, "dim", None), arguments.get(1, "index")
    axis = shapes.axis_of(dimension, len(shape)) if dimension is not None else None
    if axis is None or index is None:
        return None
    picked = shape_of(index)
    size = picked[0] if picked is not None and len(picked) == 1 else None
    return (*shape[:axis], size, *shape[axis + 1 :])


def _together(function: Callable[[list[Shape | None], int], Shape | None]) -> ShapeFunction:
    """``stack`` and ``cat`` of a tuple or list whose items are known."""

    def shape(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
        parts = arguments.get(0, "tensors")
        items = sequence_of(machine, parts, place) if parts is not None else None
        dimensions = integers_in(machine, _dimension(arguments, 1) or Constant(0), place)
        if not items or dimensions is None or len(dimensions) != 1:
            return None
        return function([shape_of(each) for each in items], dimensions[0])

    return shape


# --- reductions and products -------------------------------------------------------------------


def _reduce(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    given = _dimension(arguments)
    keeps = arguments.keywords.get("keepdim", arguments.keywords.get("keepdims"))
    if keeps is None and len(arguments.positional) > 1:
        keeps = arguments.positional[1]
    if keeps is not None and not isinstance(keeps, Constant):
        return None
    dimensions = None
    if given is not None and given != NONE:
        dimensions = integers_in(machine, given, place)
        if dimensions is None:
            return None
    return shapes.reduced(shape, dimensions, keeps=keeps == TRUE)


def _spread(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``std`` and ``norm``, whose first positional arguments mean several things."""
    return _reduce(machine, shape, arguments, place) if not arguments.positional else None


def _extreme(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``max`` of a tensor; along a dimension, or of two tensors, it is something else."""
    return () if not arguments.positional and not arguments.keywords else None


def _matmul(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    if len(arguments.positional) < 2:
        return None
    return shapes.multiplied(*map(shape_of, arguments.positional[:2]))


def _outer(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    parts = [shape_of(each) for each in arguments.positional[:2]]
    if len(parts) != 2 or any(part is None or len(part) != 1 for part in parts):
        return None
    return tuple(size for part in parts for size in part or ())


def _linear(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    weight = arguments.get(0, "weight")
    known = shape_of(weight) if weight is not None else None
    if not shape or known is None:
        return None
    return (*shape[:-1], *known[:-1])


def _diagonal(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    if arguments.positional or arguments.keywords or len(shape) not in (1, 2):
        return None
    return (shape[0], shape[0]) if len(shape) == 1 else (shape[0],)


def _flat_diagonal(
    machine: Machine, shape: Shape, arguments: Arguments, place: Place
) -> Shape | None:
    return _diagonal(machine, shape, arguments, place) if len(shape) == 1 else None


def _triangle(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``tril``; numpy makes a matrix of a vector."""
    return shape if len(shape) > 1 else None


def _running(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    """``cumsum``; numpy makes a vector of what it is given, where it is given no axis."""
    return shape if len(shape) == 1 or _dimension(arguments) is not None else None


def _clamped(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    bounds = [arguments.keywords[each] for each in ("min", "max") if each in arguments.keywords]
    given = [each for each in (*arguments.positional, *bounds) if each != NONE]
    return shapes.broadcast(*map(shape_of, given)) if given else None


def _embedded(machine: Machine, shape: Shape, arguments: Arguments, place: Place) -> Shape | None:
    if arguments.positional or arguments.keywords or not shape:
        return None
    return (*shape, shape[-1])


def _einsum(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    if not arguments.positional or not isinstance(arguments.positional[0], Constant):
        return None
    equation = arguments.positional[0].value
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return None
    inputs, _, output = equation.replace(" ", "").partition("->")
    sizes: dict[str, Dimension] = {}
    for letters, operand in zip(inputs.split(","), arguments.positional[1:], strict=False):
        shape = shape_of(operand)
        if shape is not None and len(shape) == len(letters):
            for letter, size in zip(letters, shape, strict=True):
                sizes[letter] = shapes.joined_size(size, sizes.get(letter, 1))
    return tuple(sizes.get(letter) for letter in output)


SHAPES: Mapping[str, ShapeFunction] = {
    **dict.fromkeys(ELEMENTWISE, _same),
    **dict.fromkeys(
        "softmax softmin log_softmax gelu silu mish logcumsumexp cholesky inverse inv flip roll"
        " type_as float double half long int bool"
        " to type cpu cuda clone contiguous detach numpy from_numpy astype copy requires_grad_"
        " zeros_like ones_like rand_like randn_like full_like empty_like bernoulli round floor"
        " ceil sign logical_not isnan isfinite dropout nan_to_num argsort masked_fill fill"
        " zero_grad normalize poisson multigammaln".split(),
        _same,
    ),
    **dict.fromkeys(
        "add sub subtract mul multiply div true_divide divide pow where maximum minimum fmax fmin"
        " fmod remainder atan2 eq ne gt lt ge le logical_and logical_or logaddexp".split(),
        _broadcast,
    ),
    **dict.fromkeys("zeros ones rand randn empty".split(), _filled),
    **dict.fromkeys(
        ("new_zeros", "new_ones", "new_empty"),
        lambda machine, arguments, place: _filled(machine, arguments.without_first(), place),
    ),
    **dict.fromkeys(("Tensor", "FloatTensor", "DoubleTensor", "LongTensor"), _listed),
    "full": _full,
    "new_full": _full_like,
    "randint": _drawn(2, "size"),
    **dict.fromkeys(("normal", "uniform"), _drawn(2, "size")),
    **dict.fromkeys(("random", "standard_normal"), _drawn(0, "size")),
    "eye": _eye,
    "arange": _arange,
    **dict.fromkeys(("linspace", "logspace"), _linspace),
    "randperm": _counted,
    **dict.fromkeys(("tensor", "array", "as_tensor", "asarray", "new_tensor"), _made),
    **dict.fromkeys(("squeeze", "squeeze_"), _of_source(_squeeze)),
    **dict.fromkeys(("unsqueeze", "expand_dims"), _of_source(_unsqueeze)),
    **dict.fromkeys(("reshape", "view"), _reshape),
    **dict.fromkeys(("expand", "broadcast_to"), _expand),
    **dict.fromkeys(("view_as", "reshape_as", "expand_as"), _as_other),
    "permute": _of_source(_permute),
    **dict.fromkeys(("transpose", "swapaxes"), _of_source(_transpose)),
    "t": _of_source(_turned),
    **dict.fromkeys(("flatten", "ravel"), _of_source(_flatten)),
    **dict.fromkeys(("repeat", "tile"), _of_source(_repeat)),
    "gather": _of_source(_gather),
    "index_select": _of_source(_index_select),
    "stack": _together(shapes.stacked),
    **dict.fromkeys(("cat", "concat", "concatenate"), _together(shapes.concatenated)),
    **dict.fromkeys(
        "sum nansum mean nanmean logsumexp prod any all argmax argmin amax amin count_nonzero"
        " average".split(),
        _of_source(_reduce),
    ),
    **dict.fromkeys(("std", "var", "norm"), _of_source(_spread)),
    **dict.fromkeys(("max", "min", "median"), _of_source(_extreme)),
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot"), _matmul),
    **dict.fromkeys(("outer", "ger"), _outer),
    "linear": _of_source(_linear),
    "einsum": _einsum,
    "diag": _of_source(_diagonal),
    "diagflat": _of_source(_flat_diagonal),
    **dict.fromkeys(("tril", "triu"), _of_source(_triangle)),
    **dict.fromkeys(("cumsum", "cumprod"), _of_source(_running)),
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), _clamped),
    "diag_embed": _of_source(_embedded),
}
"""By short name; tensor methods take the receiver as their first argument."""

KEEPING = frozenset(
    name for name, function in SHAPES.items() if function in (_same, _broadcast, _clamped)
)
"""Functions whose results have the shapes of what they are given, alternative by alternative."""

REARRANGING = frozenset(
    "reshape view expand broadcast_to view_as reshape_as expand_as squeeze unsqueeze flatten ravel"
    " permute transpose t float double half long int bool to type cpu cuda clone contiguous detach"
    " numpy astype copy requires_grad_".split()
)
"""Methods that any tensor or array has, also one of which nothing else is known."""
