"""Which operations made a tensor, from which sources: recorded while the step is run once more.

Torch hands every call of one of its functions to the recorder. What it keeps is a graph from
results to operands, so that an argument can be followed back to the parameters, latents, module
outputs and data that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from pyrolint.dynamic.child.observation.positions import calling_position, drawing_position
from pyrolint.dynamic.messages import Position


class SourceKind(Enum):
    """Where a tensor comes from."""

    PARAMETER = "parameter"
    LATENT = "latent"
    OBSERVATION = "observation"
    MODULE = "module output"


@dataclass(frozen=True, slots=True)
class Source:
    """A place where values enter: the parameter's or site's name, or the module's class.

    ``object`` is the Parameter, the Site or the module.
    """

    kind: SourceKind
    name: str
    object: Any


@dataclass(slots=True, eq=False)
class Operation:
    """A tensor and the call that made it; ``function`` is None for one that no call made.

    ``operands`` are operations, and the plain values beside them, in the call's order.
    ``position`` is the user's line, of products, of what cuts gradients, and of draws that no
    part of Pyro but a distribution asked for: to look for it costs more than most calls.
    """

    value: Tensor
    function: str | None = None
    operands: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    source: Source | None = None
    position: Position | None = None

    @property
    def is_product(self) -> bool:
        """Whether it multiplies its operands, element by element or as matrices do."""
        return (self.function or "").strip("_") in _PRODUCTS


_PRODUCTS = frozenset(
    "mul rmul multiply imul matmul rmatmul imatmul mm mv bmm dot vdot inner outer einsum tensordot "
    "linear addmm addmv addbmm baddbmm addr bilinear chain_matmul multi_dot "
    "conv1d conv2d conv3d".split()
)


CUTTING = frozenset({"detach", "get_data", "tensor"})
"""Functions whose result no gradient flows back from, ``torch.tensor`` of a tensor among them."""

DRAWING = frozenset(
    "rand randn rand_like randn_like normal bernoulli poisson _standard_gamma uniform exponential"
    " _sample_dirichlet".split()
)
"""Functions that draw."""

_READING = frozenset({"item", "tolist", "numpy", "__array__", "__float__", "__int__"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A tensor that was turned into plain numbers, by ``function`` at the user's line."""

    operation: Operation
    function: str
    position: Position | None


class OperationRecorder(TorchFunctionMode):
    """Records the operations of a block; ``of`` then tells of any tensor made in it.

    ``readings`` are the tensors that were turned into plain numbers, ``tests`` those that the
    user's own code asked whether they are true.
    """

    def __init__(self) -> None:
        super().__init__()
        self.readings: list[Reading] = []
        self.tests: list[Reading] = []
        self._by_identity: dict[int, Operation] = {}

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run the call, and keep what it was made of where it gives tensors."""
        kwargs = kwargs or {}
        # What goes in is looked up first: an operation in place has its own operand as result.
        result = func(*args, **kwargs)
        if isinstance(result, Tensor):
            self._keep(result, func, args, kwargs)
        elif isinstance(result, (tuple, list)):
            for index, part in enumerate(result):
                if isinstance(part, Tensor):
                    self._keep(part, func, args, {**kwargs, "_part": index})
        elif _name(func) in _READING and args and isinstance(args[0], Tensor):
            self.readings.append(Reading(self.of(args[0]), _name(func), calling_position()))
        elif _name(func) == "__bool__" and (position := drawing_position()) is not None:
            self.tests.append(Reading(self.of(args[0]), "__bool__", position))
        if _name(func) == "__setitem__":
            self._keep(args[0], func, args, kwargs)
        elif isinstance(kwargs.get("out"), Tensor):
            self._by_identity.pop(id(kwargs["out"]), None)
            self._keep(kwargs["out"], func, args, {})
        return result

    def _keep(self, result: Tensor, function: Any, args: Any, kwargs: Any) -> None:
        known = self._by_identity.get(id(result))
        if known is not None and known.value is result and not _writes(function):
            # The call gave back what it was given: `x.contiguous()`, `broadcast_tensors(x, y)`.
            return
        operands = tuple(self._operand(argument) for argument in args)
        keywords = {name: self._operand(value) for name, value in kwargs.items()}
        made = Operation(result, _name(function), operands, keywords)
        if made.is_product or made.function in CUTTING:
            made.position = calling_position()
        elif made.function in DRAWING:
            made.position = drawing_position()
        self._by_identity[id(result)] = made

    def _operand(self, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self.of(value)
        if isinstance(value, (tuple, list)):
            return tuple(self._operand(part) for part in value)
        return value

    def of(self, tensor: Tensor) -> Operation:
        """What made a tensor; one that was there before the block is an operation of its own."""
        known = self._by_identity.get(id(tensor))
        # An identity is told of one object only as long as that lives; operations keep theirs.
        if known is None:
            known = Operation(tensor)
            self._by_identity[id(tensor)] = known
        return known

    def mark(self, tensor: Tensor, source: Source) -> None:
        """Let a tensor be the source of what is made of it; the source nearest a use wins."""
        operation = self.of(tensor)
        if operation.source is None:
            operation.source = source


def _writes(function: Any) -> bool:
    """Whether a function changes its first operand in place: ``add_``, ``__iadd__``."""
    name = getattr(function, "__name__", "")
    if name.startswith("__"):
        return name in _WRITING
    return name.endswith("_")


_WRITING = frozenset(
    "__setitem__ __iadd__ __isub__ __imul__ __idiv__ __itruediv__ __ifloordiv__ __imod__ "
    "__ipow__ __iand__ __ior__ __ixor__ __set__".split()
)


def _name(function: Any) -> str:
    name = getattr(function, "__name__", "") or str(function)
    if name == "__get__":
        # Properties such as `x.T` are method wrappers of the property they belong to.
        owner = getattr(function, "__self__", None)
        return f"get_{getattr(owner, '__name__', '')}"
    return name.rstrip("_") if not name.startswith("__") else name


def sources(operation: Operation) -> Iterator[tuple[Source, tuple[str, ...]]]:
    """The nearest sources behind a tensor, each with the functions on the way, nearest first."""
    waiting: list[tuple[Operation, tuple[str, ...]]] = [(operation, ())]
    seen: set[int] = set()
    while waiting:
        current, path = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.source is not None:
            yield current.source, path
            if current.source.kind is not SourceKind.MODULE:
                continue
        step = path if current.function is None else (*path, current.function)
        waiting += [(operand, step) for operand in operands(current)]


def operands(operation: Operation) -> Iterator[Operation]:
    """The tensors among an operation's operands, those in lists too."""
    waiting = [*operation.operands, *operation.keywords.values()]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, Operation):
            yield value
        elif isinstance(value, tuple):
            waiting = [*value, *waiting]


def is_floating(value: Any) -> bool:
    """Whether a value is a tensor that gradients can flow through."""
    return isinstance(value, Tensor) and torch.is_floating_point(value)
