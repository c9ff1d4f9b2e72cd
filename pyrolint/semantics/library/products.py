"""Products of matrices, and matrices of certain shapes."""

from __future__ import annotations

from collections.abc import Mapping

from pyrolint.semantics import arithmetic, assembly, numeric, sets
from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.tensor_arguments import TensorFunction, of_argument
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.numeric import lift, lift2
from pyrolint.semantics.raw_features import note_product
from pyrolint.semantics.values import Value
from pyrolint.syntax.ir import Place


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


@of_argument(0, "input")
def _diagonal(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    return lift(assembly.diagonal, source, place)


@of_argument(0, "input")
def _cholesky(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    return lift(lambda number: numeric.bounded(number, sets.LOWER_CHOLESKY), source, place)


@of_argument(0, "input")
def _triangular(
    machine: Machine, name: str, source: Value, arguments: Arguments, place: Place
) -> Value:
    return lift(assembly.triangular, source, place)


PRODUCTS: Mapping[str, TensorFunction] = {
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot", "inner", "outer", "ger"), _product),
    "einsum": _einsum,
    **dict.fromkeys(("linear", "bilinear", "conv1d", "conv2d", "conv3d"), _product),
    **dict.fromkeys(("diag", "diag_embed", "diagflat"), _diagonal),
    "tril": _triangular,
    "cholesky": _cholesky,
}
"""By short name."""
