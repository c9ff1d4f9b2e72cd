"""Whether the loss depends on a network whose parameters Pyro was not told of."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import torch
from pyro.nn import PyroModule
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from pyrolint.dynamic.child.observation.positions import calling_position
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, NoObjective
from pyrolint.dynamic.messages import Evidence, Position, Verdict


@probe("PYR709", under_samplers=False)
def unregistered_module(laboratory: Laboratory) -> Iterator[Evidence]:
    """Look for parameters that get a gradient from the loss and are nowhere in the store."""
    step = laboratory.step
    known = {id(each.leaf) for each in step.parameters}
    left = [each for each in laboratory.leaves if each.requires_grad and id(each) not in known]
    if step.inference != "SVI" or step.error is not None or not left:
        return
    try:
        _, gradients = laboratory.loss_and_gradients(0)
    except NoObjective:
        return
    except Exception:  # noqa: BLE001 - user code runs here
        return
    missed = {id(each) for each in left if id(each) in gradients} - _optimized_elsewhere()
    for module, position in _called(laboratory) if missed else ():
        lost = [name for name, each in module.named_parameters() if id(each) in missed]
        # What was put into evaluation mode was perhaps trained before.
        if not lost or not module.training:
            continue
        yield Evidence(
            "PYR709",
            Verdict.CONFIRMED,
            f"the loss depends on {len(lost)} parameters of the {type(module).__name__} called"
            f" here ({', '.join(lost[:3])}{', …' if len(lost) > 3 else ''}), of which none is in"
            " the parameter store: the optimizer never moves them",
            position=position,
            figures={"module": type(module).__name__, "parameters": len(lost)},
        )


def _optimized_elsewhere() -> set[int]:
    """The parameters that optimizers of torch hold, which only SVI's own are built without."""
    return {
        id(parameter)
        for each in gc.get_objects()
        if issubclass(type(each), torch.optim.Optimizer)
        for group in each.param_groups
        for parameter in group["params"]
    }


def _called(laboratory: Laboratory) -> Iterator[tuple[torch.nn.Module, Position | None]]:
    """The plain modules that the user's code calls, but for those that they call in turn."""
    found: dict[int, tuple[torch.nn.Module, Position | None]] = {}
    running: list[torch.nn.Module] = []

    def enter(module: torch.nn.Module, _: object) -> None:
        if not isinstance(module, PyroModule):
            if not running:
                found.setdefault(id(module), (module, calling_position()))
            running.append(module)

    def leave(module: torch.nn.Module, _: object, __: object) -> None:
        if running and running[-1] is module:
            running.pop()

    handles = (
        register_module_forward_pre_hook(enter),
        register_module_forward_hook(leave, always_call=True),
    )
    try:
        laboratory.run()
    finally:
        for handle in handles:
            handle.remove()
    yield from found.values()
