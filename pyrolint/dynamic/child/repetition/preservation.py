"""Leave things as they were: parameters, gradients, buffers and random states, after a block."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

import pyro
import torch
from torch import Tensor
from torch.nn.modules.module import register_module_forward_pre_hook


@contextmanager
def preserved(leaves: Iterable[Tensor] = ()) -> Iterator[None]:
    """Run a block that may change parameters, gradients, buffers and random states; put all back.

    ``leaves`` are parameters beside those of Pyro's store: of modules that nobody registered.
    """
    store = pyro.get_param_store()
    names = dict(store._params)
    constraints = dict(store._constraints)
    named = dict(store._param_to_name)
    known = {id(leaf): leaf for leaf in (*names.values(), *leaves)}
    values = {key: leaf.detach().clone() for key, leaf in known.items()}
    gradients = {key: leaf.grad for key, leaf in known.items()}
    grown = {key: None if g is None else g.detach().clone() for key, g in gradients.items()}
    with ExitStack() as stack:
        stack.enter_context(_random_states())
        stack.enter_context(_buffers())
        try:
            yield
        finally:
            store._params.clear()
            store._params.update(names)
            store._param_to_name.clear()
            store._param_to_name.update(named)
            store._constraints.clear()
            store._constraints.update(constraints)
            for key, leaf in known.items():
                _put(leaf, values[key])
                gradient = gradients[key]
                saved = grown[key]
                if gradient is not None and saved is not None:
                    _put(gradient, saved)
                leaf.grad = gradient


def _put(tensor: Tensor, value: Tensor) -> None:
    """Give a tensor other values, without breaking graphs that were made with those it had.

    Such a graph is right again once the values are, while torch takes any change that it sees for
    one that stays.
    """
    tensor.data.copy_(value)


@contextmanager
def _random_states() -> Iterator[None]:
    python = random.getstate()
    numpy = sys.modules.get("numpy")
    state = numpy.random.get_state() if numpy is not None else None
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            random.setstate(python)
            if numpy is not None:
                numpy.random.set_state(state)


@contextmanager
def _buffers() -> Iterator[None]:
    """Running statistics and the like of every module that runs in the block."""
    saved: dict[int, tuple[Tensor, Tensor]] = {}

    def save(module: torch.nn.Module, arguments: object) -> None:
        for buffer in module.buffers(recurse=False):
            if id(buffer) not in saved:
                saved[id(buffer)] = (buffer, buffer.detach().clone())

    handle = register_module_forward_pre_hook(save)
    try:
        yield
    finally:
        handle.remove()
        with torch.no_grad():
            for buffer, value in saved.values():
                buffer.copy_(value)


@contextmanager
def moved(moves: Iterable[tuple[Tensor, Tensor]]) -> Iterator[None]:
    """Give leaves other values for a block: pairs of a leaf and its value there."""
    pairs = [(leaf, value, leaf.detach().clone()) for leaf, value in moves]
    for leaf, value, _ in pairs:
        _put(leaf, value.detach())
    try:
        yield
    finally:
        for leaf, _, before in pairs:
            _put(leaf, before)
