"""What a run makes of a parameter or latent: the sites that it reaches, and what cuts it off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from torch import Tensor

from pyrolint.dynamic.child.observation.step import Parameter, Site
from pyrolint.dynamic.child.repetition.laboratory import Run
from pyrolint.dynamic.child.repetition.operations import (
    CUTTING,
    Operation,
    OperationRecorder,
    SourceKind,
    is_floating,
    operands,
    sources,
)
from pyrolint.dynamic.messages import Position

Followed: TypeAlias = Parameter | Site
"""What is followed: a parameter, or the draw of a latent."""

_SPELLINGS = {"get_data": "`.data`", "detach": "`.detach()`", "tensor": "`torch.tensor`"}


@dataclass(frozen=True, slots=True)
class Cut:
    """What no gradient comes back through, as a clause; ``position`` is None where not known."""

    clause: str
    position: Position | None = None


def reached_site(parameter: Followed, run: Run, recorder: OperationRecorder) -> Site | None:
    """The first site with a density that is made of the value, the latent's own left out."""
    for execution in run.executions:
        for site in execution.sites:
            # These only record a value: nothing of it enters the loss.
            if site.is_deterministic or site.mask is False or site is parameter:
                continue
            if any(_is_of(parameter, recorder.of(tensor)) for tensor in _tensors(site)):
                return site
    return None


def cut_on_the_way(parameter: Followed, site: Site, recorder: OperationRecorder) -> Cut | None:
    """The operation on the way to a site that takes what has a gradient, and gives none."""
    waiting = [recorder.of(tensor) for tensor in _tensors(site)]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen or not _is_of(parameter, current):
            continue
        seen.add(id(current))
        made_of = list(operands(current))
        had = any(each.value.requires_grad and _is_of(parameter, each) for each in made_of)
        if had and not current.value.requires_grad:
            return _cut(current)
        waiting += made_of
    return None


def reading_of(parameter: Followed, recorder: OperationRecorder) -> Cut | None:
    """Where it was turned into plain numbers."""
    for each in recorder.readings:
        if _is_of(parameter, each.operation):
            return Cut(f"`{each.function.strip('_')}` turns it into plain numbers", each.position)
    return None


def _cut(operation: Operation) -> Cut:
    name = operation.function or ""
    if name in CUTTING:
        return Cut(f"{_SPELLINGS[name]} cuts it off", operation.position)
    if is_floating(operation.value):
        return Cut("it is computed with under `no_grad`")
    return Cut(f"`{name.strip('_')}` gives no gradient back")


def _is_of(parameter: Followed, operation: Operation) -> bool:
    kind = SourceKind.LATENT if isinstance(parameter, Site) else SourceKind.PARAMETER
    return any(
        source.kind is kind
        and source.name == parameter.name
        and (kind is SourceKind.PARAMETER or source.object.role == parameter.role)
        for source, _ in sources(operation)
    )


def _tensors(site: Site) -> Iterator[Tensor]:
    held: list[Any] = [site.value, site.scale, site.mask]
    for construction in site.constructions:
        held += construction.arguments.values()
    held += vars(site.distribution).values()
    for value in held:
        if isinstance(value, Tensor):
            yield value
