"""Shapes that functions on tensors give, by short name: of torch, numpy and tensor methods."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics import shapes
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.elementwise import ELEMENTWISE
from pyrolint.semantics.library.created_shapes import CREATED
from pyrolint.semantics.library.rearranged_shapes import REARRANGED
from pyrolint.semantics.library.reduced_shapes import REDUCED
from pyrolint.semantics.library.shape_arguments import ShapeFunction, source_of
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.shapes import Shape
from pyrolint.semantics.sizes import shape_of
from pyrolint.semantics.values import NONE
from pyrolint.syntax.ir import Place


def shape_of_call(machine: Machine, name: str, arguments: Arguments, place: Place) -> Shape | None:
    """The shape of ``name(*arguments)``; None where its rank is not known."""
    function = SHAPES.get(name)
    return function(machine, arguments, place) if function is not None else None


def _same(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    source = source_of(arguments)
    return shape_of(source) if source is not None else None


def _broadcast(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    operands = [
        *arguments.positional[:3],
        *(arguments.keywords[each] for each in ("other", "exponent") if each in arguments.keywords),
    ]
    return shapes.broadcast(*map(shape_of, operands)) if operands else None


def _clamped(machine: Machine, arguments: Arguments, place: Place) -> Shape | None:
    bounds = [arguments.keywords[each] for each in ("min", "max") if each in arguments.keywords]
    given = [each for each in (*arguments.positional, *bounds) if each != NONE]
    return shapes.broadcast(*map(shape_of, given)) if given else None


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
    **dict.fromkeys(("clamp", "clip", "clamp_min", "clamp_max"), _clamped),
    **CREATED,
    **REARRANGED,
    **REDUCED,
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
