"""Functions on numbers, arrays and tensors, by short name: torch, numpy, math, methods."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from pyrolint.semantics import arithmetic, assembly, elementwise, numeric, sets
from pyrolint.semantics.alternatives import summary
from pyrolint.semantics.library.literals import literal_tensor
from pyrolint.semantics.machine import Arguments, Machine, opaque
from pyrolint.semantics.numeric import as_numeric, lift, lift2, replaced
from pyrolint.semantics.provenance import is_independent, origins_of, raw_of
from pyrolint.semantics.raw_features import note_product
from pyrolint.semantics.sets import End, Interval
from pyrolint.semantics.values import (
    Choice,
    Constant,
    External,
    List,
    Literal,
    Numeric,
    Sequence,
    Tuple,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

Function = Callable[[Machine, str, Arguments, Place], Value]

MODULES = (
    "torch.nn.functional.",
    "torch.special.",
    "torch.linalg.",
    "torch.Tensor.",
    "torch.",
    "numpy.linalg.",
    "numpy.random.",
    "numpy.",
    "scipy.special.",
    "math.",
    "pyro.ops.indexing.",
)
"""Where the functions of this table live."""

_DTYPES = {
    "float": "float",
    "float16": "float",
    "float32": "float",
    "float64": "float",
    "double": "float",
    "half": "float",
    "bfloat16": "float",
    "int": "int",
    "int8": "int",
    "int16": "int",
    "int32": "int",
    "int64": "int",
    "long": "int",
    "short": "int",
    "uint8": "int",
    "bool": "bool",
    "FloatTensor": "float",
    "DoubleTensor": "float",
    "LongTensor": "int",
}


def short_name(name: str) -> str | None:
    """The function's own name where it lives in one of the modules of this table."""
    for module in MODULES:
        if name.startswith(module):
            rest = name[len(module) :]
            return rest if "." not in rest else None
    return None


def _dtype(arguments: Arguments) -> str | None:
    value = arguments.keywords.get("dtype")
    if isinstance(value, External):
        return _DTYPES.get(value.name.rsplit(".", 1)[-1])
    return None


def _number(value: Value | None) -> float | None:
    if isinstance(value, Constant) and isinstance(value.value, int | float):
        return float(value.value)
    if isinstance(value, Numeric) and value.literal is not None and len(value.literal.values) == 1:
        return value.literal.values[0]
    return None


# --- elementwise and structural ---------------------------------------------------------------


def _elementwise(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    at = arguments.place(0, "input")
    if name == "log" and len(arguments.positional) > 1:
        return opaque("`log` to a base", arguments, place)
    shaped = _shaped(name, source, arguments, place)
    if shaped is not None:
        return shaped
    return lift(
        lambda number: numeric.applied(
            elementwise.elementwise(name, number),
            _CANONICAL.get(name, name),
            place,
            source,
            at,
            caller=machine.caller,
        ),
        source,
        place,
    )


_CANONICAL = {"expit": "sigmoid"}
_SHAPES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "hardtanh": (("min_val", -1.0), ("max_val", 1.0)),
    "leaky_relu": (("negative_slope", 0.01),),
    "elu": (("alpha", 1.0),),
    "celu": (("alpha", 1.0),),
    "softplus": (("beta", 1.0),),
}
"""Activations whose image depends on arguments: their names behind the input, and defaults."""


def _shaped(name: str, source: Value, arguments: Arguments, place: Place) -> Value | None:
    """An activation with other arguments than its defaults; None where it has the defaults."""
    shape = _SHAPES.get(name)
    if shape is None or (len(arguments.positional) < 2 and not arguments.keywords):
        return None
    given = [
        _number(value) if (value := arguments.get(index, key)) is not None else default
        for index, (key, default) in enumerate(shape, start=1)
    ]
    if given == [default for _, default in shape]:
        return None
    first = given[0]
    if name == "hardtanh" and None not in given:
        return lift(lambda number: elementwise.clamp(number, first, given[1]), source, place)
    if name == "softplus" and first is not None and first > 0.0:
        return lift(lambda number: _of_line(number, sets.POSITIVE), source, place)
    if name in ("elu", "celu") and first is not None and first > 0.0:
        above = Interval(-first, math.inf)
        return lift(lambda number: _of_line(number, above), source, place)
    return lift(lambda number: replaced(number, within=None, reaches=None, start=None,
                                        literal=None), source, place)  # fmt: skip


def _of_line(number: Numeric, image: Interval) -> Numeric:
    """The image of a function onto ``image``, exact for an argument that reaches the whole line."""
    whole = isinstance(number.reaches, Interval) and number.reaches.is_real_line
    result = numeric.bounded(number, image)
    return replaced(result, reaches=image if whole else None)


def _keep(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    if _dtype(arguments) == "int" or any(_is_int_type(each) for each in arguments.positional):
        return _whole(machine, name, arguments, place)
    dtype = _KEPT_DTYPES.get(name)
    return lift(
        lambda number: replaced(
            numeric.some_of(number) if name in _SELECTING else number,
            literal=None if name not in _KEEPS_LITERAL else number.literal,
            form=_KEPT_FORMS.get(name, "tensor" if number.form == "number" else number.form),
            dtype=_dtype(arguments) or dtype or number.dtype,
            shape=None,
        ),
        source,
        place,
    )


def _is_int_type(value: Value) -> bool:
    return isinstance(value, External) and _DTYPES.get(value.name.rsplit(".", 1)[-1]) == "int"


_SELECTING = frozenset(
    "index_select gather take narrow chunk masked_select unbind unfold Vindex vindex"
    " repeat_interleave".split()
)
"""Functions whose result need not hold every element."""
_KEEPS_LITERAL = frozenset(
    "float double half to type cpu cuda clone contiguous detach requires_grad_ copy astype"
    " numpy asarray data from_numpy as_tensor".split()
)
_KEPT_FORMS = {"numpy": "array", "from_numpy": "tensor", "as_tensor": "tensor"}
_KEPT_DTYPES = {"float": "float", "double": "float", "half": "float", "long": "int", "int": "int"}


def _whole(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """Conversion to integers: what is no integer yet is cut off, to where is not followed."""
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)

    def convert(number: Numeric) -> Value:
        if isinstance(number.within, Interval) and number.within.integer:
            return replaced(number, dtype="int", form=number.form or "tensor")
        return Numeric(
            dtype="int", form=number.form or "tensor", origins=number.origins, raw=number.raw,
            independent=number.independent,
        )  # fmt: skip

    return lift(convert, source, place)


def _unknown_scale(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    return opaque(f"`{name}`", arguments, place)


def _sum(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)

    def total(number: Numeric) -> Value:
        def image(members: Interval) -> Interval | None:
            if members.is_real_line and members.free:
                return members
            if members.lower >= 0.0:
                return Interval(0.0, math.inf, max(members.lower_end, End.OPEN))
            return None

        whole = isinstance(number.reaches, Interval) and number.reaches.is_real_line
        result = numeric.mapped(number, image, exact=whole)
        return replaced(result, start=None)

    return lift(total, source, place)


def _convex(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """Means, extremes and the like: elements stay inside the interval, and reach all of it."""
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    other = arguments.get(1, "other")
    of_two = name in _EXTREMES_OF_TWO or (
        name in ("max", "min") and isinstance(other, Numeric | Unknown | Choice)
    )
    if of_two and other is not None:
        bound = _number(other)
        if bound is not None:
            low, high = (bound, None) if "max" in name else (None, bound)
            return lift(lambda number: elementwise.clamp(number, low, high), source, place)
        return lift2(
            lambda a, b: replaced(assembly.joined([a, b]), reaches=None, start=None, literal=None),
            source,
            other,
            place,
        )
    return lift(
        lambda number: numeric.mapped(
            numeric.some_of(number), _averaged if name in _AVERAGES else _unchanged, exact=True
        ),
        source,
        place,
    )


def _unchanged(members: Interval) -> Interval:
    return members


def _averaged(members: Interval) -> Interval:
    return Interval(
        members.lower, members.upper, members.lower_end, members.upper_end, free=members.free
    )


_AVERAGES = frozenset("mean nanmean average median nanmedian quantile percentile".split())
_EXTREMES_OF_TWO = frozenset({"maximum", "minimum", "fmax", "fmin"})


def _nonnegative(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    return lift(lambda number: numeric.bounded(number, sets.NONNEGATIVE), source, place)


def _clamp(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    minimum = arguments.keywords.get("a_min", arguments.get(1, "min"))
    maximum = arguments.keywords.get("a_max", arguments.get(2, "max"))
    if name == "clamp_min":
        maximum = None
    elif name == "clamp_max":
        minimum, maximum = None, arguments.get(1, "max")
    low, high = _number(minimum), _number(maximum)
    for bound, number in ((minimum, low), (maximum, high)):
        if bound is not None and number is None and bound != Constant(None):
            return lift(
                lambda n: numeric.replaced(n, within=None, reaches=None, raw=()), source, place
            )
    return lift(lambda number: elementwise.clamp(number, low, high), source, place)


def _softmax(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    dimension = arguments.get(1, "dim")
    last = int(number) if (number := _number(dimension)) is not None else None
    at = arguments.place(0, "input")
    return lift(
        lambda n: numeric.applied(
            elementwise.softmax(n), "softmax", place, source, at, last, machine.caller
        ),
        source,
        place,
    )


def _log_softmax(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    below = Interval(-math.inf, 0.0, End.OPEN, End.CLOSED)
    return lift(lambda number: numeric.bounded(number, below), source, place)


def _assembled(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``stack``, ``cat`` and relatives, of a list of parts or of several arguments."""
    source = arguments.get(0, "tensors")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    contents = machine.iterate(source, place)
    parts = [as_numeric(each) for each in (contents if isinstance(contents, tuple) else [contents])]
    numbers = [part for part in parts if part is not None]
    if len(numbers) != len(parts) or not numbers:
        return Unknown(
            f"`{name}`", place, origins_of(source), is_independent(source), raw_of(source)
        )
    if not isinstance(contents, tuple):
        return assembly.joined([numbers[0], numbers[0]])
    return assembly.joined(numbers)


# --- creation ----------------------------------------------------------------------------------


def _filled(members: Interval | None, literal: float | None = None) -> Function:
    def create(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
        random = literal is None
        at = None if literal is None else sets.point(literal)
        within = at if at is not None else members
        shape = _sizes(arguments)
        return Numeric(
            within,
            within,
            within,
            (),
            _dtype(arguments) or ("int" if name.startswith("randint") else "float"),
            "tensor",
            Literal((literal,), ()) if literal is not None and not random else None,
            shape=shape,
            independent=True,
        )

    return create


def _sizes(arguments: Arguments) -> tuple[int, ...] | None:
    """The shape that ``ones(2, 3)`` or ``ones((2, 3))`` asks for, None where it is not known."""
    given = arguments.positional
    if "size" in arguments.keywords:
        given = (arguments.keywords["size"],)
    if len(given) == 1 and isinstance(given[0], Tuple):
        given = given[0].items
    sizes = [
        each.value if isinstance(each, Constant) and isinstance(each.value, int) else None
        for each in given
    ]
    return None if None in sizes else tuple(size for size in sizes if size is not None)


def _full(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    value = arguments.get(1, "fill_value")
    if value is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    return lift(
        lambda number: replaced(
            number,
            form="tensor",
            dtype=_dtype(arguments) or (None if name == "full_like" else number.dtype),
            shape=None,
        ),
        value,
        place,
    )


def _eye(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    members = Interval(0.0, 1.0, End.ATOM, End.ATOM, integer=True, free=False)
    literal = Literal((), (), is_eye=True)
    sizes = _sizes(arguments)
    shape = sizes * 2 if sizes is not None and len(sizes) == 1 else sizes
    return Numeric(
        members, members, members, (), "float", "tensor", literal, shape=shape, independent=True
    )


def _range(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    numbers = [_number(each) for each in arguments.positional[:3]]
    if name == "linspace":
        low, high = [*numbers, None, None][:2]
    else:
        known = [number for number in numbers if number is not None]
        is_whole = len(known) == len(numbers) and not {"start", "end", "step"} & set(
            arguments.keywords
        )
        low, high = _ends(*known) if known and is_whole else (None, None)
    integer = name != "linspace" and all(
        isinstance(each, Constant) and isinstance(each.value, int) for each in arguments.positional
    )
    dtype = _dtype(arguments) or ("int" if integer else "float")
    if low is None or high is None or not low <= high:
        return Numeric(dtype=dtype, form="tensor", independent=True)
    members = Interval(low, high, End.ATOM, End.ATOM, integer, free=False)
    return Numeric(members, members, members, (), dtype, "tensor", independent=True)


def _ends(*numbers: float) -> tuple[float, float] | tuple[None, None]:
    """The least and the greatest of ``arange(*numbers)``, whose end is left out."""
    first, end, step = (0.0, *numbers, 1.0) if len(numbers) == 1 else (*numbers, 1.0)[:3]
    count = (end - first) / step if step else 0.0
    if not 0.0 < count < math.inf:
        return None, None
    last = first + (math.ceil(count) - 1) * step
    return min(first, last), max(first, last)


def _tensor(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "data")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    form = "array" if name in ("array", "asarray") else "tensor"
    if name in ("Tensor", "FloatTensor", "DoubleTensor"):
        dtype: str | None = "float"
        if isinstance(source, Constant) and isinstance(source.value, int):
            return Numeric(dtype="float", form="tensor", independent=True)
    else:
        dtype = _dtype(arguments)
    if isinstance(source, List | Tuple | Sequence):
        literal = literal_tensor(machine, source, form, dtype, place)
        if literal is not None:
            return literal
        contents = machine.iterate(source, place)
        item = summary(list(contents)) if isinstance(contents, tuple) else contents
        if item is None:
            return Numeric(form=form, independent=True)
        if isinstance(item, Tuple | List | Sequence):
            origins, raw = origins_of(item), raw_of(source)
            return Unknown("a nested sequence", place, origins, is_independent(item), raw)
        source = item
    return lift(
        lambda number: replaced(
            number,
            form=form,
            dtype=dtype or number.dtype,
            shape=number.shape if name in ("tensor", "as_tensor", "array") else None,
            applied=None,
        ),
        source,
        place,
    )


def _like(function: Function) -> Function:
    def create(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
        return function(machine, name, arguments.without_first(), place)

    return create


# --- products and others -----------------------------------------------------------------------


def _product(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) < 2:
        return opaque(f"`{name}`", arguments, place)
    left, right = arguments.positional[:2]
    note_product(machine, left, right, place)
    return lift2(arithmetic.matrix_multiply, left, right, place)


def _einsum(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    operands = arguments.positional[1:]
    if len(operands) != 2:
        return opaque(f"`{name}`", arguments, place)
    return _product(machine, name, arguments.without_first(), place)


def _arithmetic(function: Callable[[Numeric, Numeric], Numeric]) -> Function:
    def apply(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
        if len(arguments.positional) < 2:
            return opaque(f"`{name}`", arguments, place)
        left, right = arguments.positional[:2]
        if "alpha" in arguments.keywords:
            right = lift2(arithmetic.multiply, right, arguments.keywords["alpha"], place)
        if function is arithmetic.multiply:
            note_product(machine, left, right, place)
        return lift2(function, left, right, place)

    return apply


def _where(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    if len(arguments.positional) < 3:
        return opaque(f"`{name}`", arguments, place)
    test, one, other = arguments.positional[:3]
    result = lift2(
        lambda a, b: replaced(assembly.joined([a, b]), reaches=None, start=None), one, other, place
    )
    origins = origins_of(test)
    return lift(lambda n: replaced(n, origins=(*n.origins, *origins)), result, place)


def _diagonal(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    return lift(assembly.diagonal, source, place)


def _pad(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``pad``: with a constant (0 unless it is given), or with elements of the tensor itself."""
    source = arguments.get(0, "input")
    if source is None:
        return opaque("`pad` of nothing", arguments, place)
    mode = arguments.get(2, "mode")
    if mode is not None and mode != Constant("constant"):
        return lift(lambda number: replaced(number, literal=None, shape=None), source, place)
    filling = arguments.get(3, "value") or Constant(0.0)
    if filling == Constant(None):
        filling = Constant(0.0)
    return lift2(
        lambda a, b: replaced(assembly.joined([a, b]), literal=None, start=None),
        source,
        filling,
        place,
    )


def _cholesky(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque("`cholesky` of nothing", arguments, place)
    return lift(lambda number: numeric.bounded(number, sets.LOWER_CHOLESKY), source, place)


def _triangular(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    return lift(assembly.triangular, source, place)


def _whole_line(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """Functions that keep the whole line and nothing else: ``logsumexp``, ``cumsum``."""
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)
    return lift(
        lambda number: numeric.mapped(
            number, lambda members: members if members.is_real_line and members.free else None
        ),
        source,
        place,
    )


def _running_product(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``cumprod``: sets that are closed under products keep all of it, for the first is itself."""
    source = arguments.get(0, "input")
    if source is None:
        return opaque(f"`{name}` of nothing", arguments, place)

    def image(members: Interval) -> Interval | None:
        whole = members.is_real_line or (members.lower >= 0.0 and members.upper == math.inf)
        unit = members.lower >= 0.0 and members.upper <= 1.0
        if not (whole or unit):
            return None
        lower = min(members.lower, 0.0)
        return Interval(lower, members.upper, members.lower_end, members.upper_end, free=False)

    return lift(lambda number: numeric.mapped(number, image), source, place)


def _layer_function(machine: Machine, name: str, arguments: Arguments, place: Place) -> Value:
    """``F.linear(x, W, b)``, ``F.conv2d``: products with a weight."""
    return _product(machine, name, arguments, place)


_KEEP_NAMES = (
    "reshape view view_as reshape_as squeeze unsqueeze expand expand_as expand_dims repeat tile to"
    " cpu cuda float double half clone contiguous t transpose permute swapaxes movedim flatten"
    " ravel detach type type_as index_select gather take flip roll unfold narrow chunk"
    " broadcast_to atleast_1d atleast_2d requires_grad_ numpy as_tensor from_numpy asarray"
    " copy astype masked_select repeat_interleave mT H unbind values dropout squeeze_ unsqueeze_"
    " pin_memory share_memory_ nan_to_num sort rsample_ tolist Vindex vindex"
).split()
_FLOAT_RANDOM = Interval(0.0, 1.0, End.CLOSED)

FUNCTIONS: Mapping[str, Function] = {
    **dict.fromkeys(elementwise.ELEMENTWISE, _elementwise),
    **dict.fromkeys(_KEEP_NAMES, _keep),
    **dict.fromkeys(("long", "int", "short"), _whole),
    **dict.fromkeys(("sum", "nansum"), _sum),
    **dict.fromkeys(
        "mean median max min amax amin maximum minimum fmax fmin quantile nanmean nanmedian"
        " kthvalue cummax cummin mode average percentile".split(),
        _convex,
    ),
    **dict.fromkeys(("std", "var", "norm", "vector_norm", "logdet_abs"), _nonnegative),
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), _clamp),
    **dict.fromkeys(("softmax", "softmin"), _softmax),
    "log_softmax": _log_softmax,
    **dict.fromkeys(
        ("stack", "cat", "concat", "concatenate", "hstack", "vstack", "dstack"), _assembled
    ),
    "zeros": _filled(None, 0.0),
    "ones": _filled(None, 1.0),
    "zeros_like": _filled(None, 0.0),
    "ones_like": _filled(None, 1.0),
    "new_zeros": _filled(None, 0.0),
    "new_ones": _filled(None, 1.0),
    "rand": _filled(_FLOAT_RANDOM),
    "rand_like": _filled(_FLOAT_RANDOM),
    "randn": _filled(sets.REAL),
    "randn_like": _filled(sets.REAL),
    "normal": _filled(sets.REAL),
    "standard_normal": _filled(sets.REAL),
    "full": _full,
    "full_like": _full,
    "new_full": _like(_full),
    "eye": _eye,
    "arange": _range,
    "linspace": _range,
    "tensor": _tensor,
    "Tensor": _tensor,
    "FloatTensor": _tensor,
    "DoubleTensor": _tensor,
    "new_tensor": _like(_tensor),
    "array": _tensor,
    "as_tensor": _tensor,
    "asarray": _tensor,
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "inner", "outer", "ger"), _product),
    "einsum": _einsum,
    "cumprod": _running_product,
    **dict.fromkeys(("linear", "bilinear", "conv1d", "conv2d", "conv3d"), _layer_function),
    "add": _arithmetic(arithmetic.add),
    "sub": _arithmetic(arithmetic.subtract),
    "subtract": _arithmetic(arithmetic.subtract),
    "mul": _arithmetic(arithmetic.multiply),
    "multiply": _arithmetic(arithmetic.multiply),
    "div": _arithmetic(arithmetic.divide),
    "true_divide": _arithmetic(arithmetic.divide),
    "divide": _arithmetic(arithmetic.divide),
    "pow": _arithmetic(arithmetic.power),
    "where": _where,
    **dict.fromkeys(("diag", "diag_embed", "diagflat"), _diagonal),
    "tril": _triangular,
    "cholesky": _cholesky,
    "pad": _pad,
    **dict.fromkeys(("logsumexp", "cumsum", "gelu", "silu", "mish"), _whole_line),
}
"""By short name; tensor methods take the receiver as their first argument."""


def call_tensor_function(
    machine: Machine, name: str, arguments: Arguments, place: Place
) -> Value | None:
    """What a function of the table gives; None where the table has none of that name.

    ``name`` is the short name; in-place variants (``exp_``) serve as their originals.
    """
    function = FUNCTIONS.get(name) or FUNCTIONS.get(name.rstrip("_"))
    if function is None:
        return None
    return function(machine, name.rstrip("_") if name not in FUNCTIONS else name, arguments, place)
