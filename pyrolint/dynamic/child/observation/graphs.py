"""What torch's graph tells of a tensor: the trainable tensors that it was made of."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def leaves_behind(*values: Any) -> frozenset[int]:
    """The identities of the tensors that a gradient of ``values`` ends at.

    A value is a tensor, a sequence of tensors, or something else, which has none.
    """
    leaves: set[int] = set()
    waiting: list[Any] = []
    for value in values:
        for tensor in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(tensor, Tensor) and tensor.requires_grad:
                if tensor.grad_fn is None:
                    leaves.add(id(tensor))
                else:
                    waiting.append(tensor.grad_fn)
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        if hasattr(node, "variable"):
            leaves.add(id(node.variable))
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)
    return frozenset(leaves)
