"""Whether the step's gradient reached every parameter that it came by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyro.infer import TraceGraph_ELBO, TraceMeanField_ELBO
from pyro.infer.trace_elbo import Trace_ELBO
from pyro.infer.traceenum_elbo import TraceEnum_ELBO
from pyro.params.param_store import _MODULE_NAMESPACE_DIVIDER
from pyro.poutine.block_messenger import BlockMessenger
from torch import Tensor

from pyrolint.dynamic.child.handlers import messengers
from pyrolint.dynamic.child.laboratory import Laboratory, Run
from pyrolint.dynamic.child.operations import (
    CUTTING,
    Operation,
    OperationRecorder,
    Reading,
    SourceKind,
    operands,
    sources,
)
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.step import Parameter, Site, Step
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_WHOLE = (Trace_ELBO, TraceGraph_ELBO, TraceEnum_ELBO, TraceMeanField_ELBO)
"""Objectives whose one gradient is that of every parameter; others train in several parts."""


@probe("PYR705", "PYR707", under_samplers=False)
def cut_gradient(laboratory: Laboratory) -> Iterator[Evidence]:
    """Ask of each parameter without a gradient whether any density is made of it."""
    step = laboratory.step
    lost = [each for each in _parameters(step) if _is_lost(each, step)]
    if not lost or not _tells(step) or not laboratory.can_repeat:
        return
    run = laboratory.recorded
    if run.error is not None or run.operations is None:
        return
    for parameter in lost:
        yield _judged(parameter, run, run.operations)


def _tells(step: Step) -> bool:
    """Whether a parameter that this step leaves without a gradient is never trained by it."""
    if step.error is not None or not step.has_gradients or not isinstance(step.objective, _WHOLE):
        return False
    callees = (step.model, step.guide)
    # A hidden site may be all that a parameter is for.
    return not any(
        isinstance(each, BlockMessenger)
        for callee in callees
        if callee is not None
        for each in messengers(callee.function)
    )


def _parameters(step: Step) -> Iterator[Parameter]:
    seen = set()
    for run in step.runs:
        for parameter in run.parameters:
            if parameter.name not in seen:
                seen.add(parameter.name)
                yield parameter


def _is_lost(parameter: Parameter, step: Step) -> bool:
    """Whether a statement's own parameter was to be trained and got no gradient."""
    if parameter.name.startswith("__baseline_") or not parameter.leaf.requires_grad:
        return False
    # `pyro.module` registers all the weights of a network, also those of a part left unused.
    if _MODULE_NAMESPACE_DIVIDER in parameter.name or parameter.position is None:
        return False
    return parameter.name in step.gradients and step.gradients[parameter.name] is None


def _judged(parameter: Parameter, run: Run, recorder: OperationRecorder) -> Evidence:
    uses = [(site, path) for site, path in _uses(parameter, run, recorder)]
    read = next((each for each in recorder.readings if _is_of(parameter, each)), None)
    own = parameter.position
    if not uses and read is None:
        return Evidence(
            "PYR705",
            Verdict.CONFIRMED,
            f"parameter {parameter.name!r} got no gradient: no density of the step is made of it",
            position=own,
            parameter=parameter.name,
            figures={"gradient": "None"},
        )
    site = uses[0][0] if uses else None
    where: Position | None = None
    if site is None and read is not None:
        how, where = f"`{read.function.strip('_')}` turns it into plain numbers", read.position
    else:
        cut = next((each for _, path in uses for each in path if each in CUTTING), None)
        how = f"`{_spelt(cut)}` cuts it off" if cut else "it is computed with under `no_grad`"
        where = _cut_position(uses[0][0], recorder) if cut else None
    at = f" on its way to site {site.name!r}" if site is not None else ""
    return Evidence(
        "PYR707",
        Verdict.CONFIRMED,
        f"parameter {parameter.name!r} got no gradient: {how}{at}",
        position=where or own,
        site=site.name if site is not None else None,
        parameter=parameter.name,
        related=(own,) if where is not None and own is not None else (),
        figures={"gradient": "None"},
    )


def _spelt(function: str) -> str:
    return {"get_data": ".data", "detach": ".detach()", "tensor": "torch.tensor"}[function]


def _uses(
    parameter: Parameter, run: Run, recorder: OperationRecorder
) -> Iterator[tuple[Site, tuple[str, ...]]]:
    """The sites that are made of a parameter, and the functions on the way to each."""
    for execution in run.executions:
        for site in execution.sites:
            for tensor in _tensors(site):
                for source, path in sources(recorder.of(tensor)):
                    if source.kind is SourceKind.PARAMETER and source.name == parameter.name:
                        yield site, path


def _tensors(site: Site) -> Iterator[Tensor]:
    held: list[Any] = [site.value, site.scale, site.mask]
    for construction in site.constructions:
        held += construction.arguments.values()
    held += vars(site.distribution).values()
    for value in held:
        if isinstance(value, Tensor):
            yield value


def _is_of(parameter: Parameter, reading: Reading) -> bool:
    return any(
        source.kind is SourceKind.PARAMETER and source.name == parameter.name
        for source, _ in sources(reading.operation)
    )


def _cut_position(site: Site, recorder: OperationRecorder) -> Position | None:
    """The line of the cut that is nearest to a site."""
    waiting: list[Operation] = [recorder.of(tensor) for tensor in _tensors(site)]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        if current.function in CUTTING and current.position is not None:
            return current.position
        waiting += operands(current)
    return None
