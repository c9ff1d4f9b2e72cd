"""Whether the step's gradient reached every parameter that it came by."""

from __future__ import annotations

from collections.abc import Iterator, Set

from pyro.infer import TraceGraph_ELBO, TraceMeanField_ELBO
from pyro.infer.trace_elbo import Trace_ELBO
from pyro.infer.traceenum_elbo import TraceEnum_ELBO
from pyro.params.param_store import _MODULE_NAMESPACE_DIVIDER
from pyro.poutine.block_messenger import BlockMessenger

from pyrolint.dynamic.child.facts.uses import cut_on_the_way, reached_site, reading_of
from pyrolint.dynamic.child.observation.handlers import messengers
from pyrolint.dynamic.child.observation.step import Parameter, Site, Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory, Run
from pyrolint.dynamic.child.repetition.operations import OperationRecorder
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_WHOLE = (Trace_ELBO, TraceGraph_ELBO, TraceEnum_ELBO, TraceMeanField_ELBO)
"""Objectives whose one gradient is that of every parameter; others train in several parts."""


@probe("PYR705", "PYR707", under_samplers=False)
def cut_gradient(laboratory: Laboratory) -> Iterator[Evidence]:
    """Ask of each parameter without a gradient whether any density is made of it."""
    step = laboratory.step
    lost = [each for each in step.parameters if _is_lost(each, step)]
    if not lost or not _tells(step) or not laboratory.can_repeat:
        return
    run = laboratory.recorded
    if run.error is not None or run.operations is None:
        return
    claimed = any(True for _ in step.claimed("PYR705", "PYR707"))
    unused = {
        Position(claim.filename, claim.rows[0], claim.cell) for claim in step.claimed("PYR705")
    }
    for parameter in lost:
        found = _judged(parameter, run, run.operations, unused, claimed=claimed)
        if found is not None:
            yield found


def _tells(step: Step) -> bool:
    """Whether a parameter that this step leaves without a gradient is never trained by it."""
    if step.error is not None or not step.has_gradients or not isinstance(step.objective, _WHOLE):
        return False
    # What the user derives from them may train in parts again.
    if not type(step.objective).__module__.startswith("pyro."):
        return False
    callees = (step.model, step.guide)
    # A hidden site may be all that a parameter is for.
    return not any(
        isinstance(each, BlockMessenger)
        for callee in callees
        if callee is not None
        for each in messengers(callee.function)
    )


def _is_lost(parameter: Parameter, step: Step) -> bool:
    """Whether a statement's own parameter was to be trained and got no gradient."""
    if parameter.name.startswith("__baseline_") or not parameter.leaf.requires_grad:
        return False
    # `pyro.module` registers all the weights of a network, also those of a part left unused.
    if _MODULE_NAMESPACE_DIVIDER in parameter.name or parameter.position is None:
        return False
    return parameter.name in step.gradients and step.gradients[parameter.name] is None


def _judged(
    parameter: Parameter,
    run: Run,
    recorder: OperationRecorder,
    unused: Set[Position],
    *,
    claimed: bool,
) -> Evidence | None:
    # What is read of a parameter may be a density's or only a log's; a static finding tells.
    site = reached_site(parameter, run, recorder)
    own = parameter.position
    if site is not None:
        cut = cut_on_the_way(parameter, site, recorder)
    else:
        cut = reading_of(parameter, recorder)
        if cut is None or own in unused:
            lost = f"parameter {parameter.name!r} got no gradient"
            message = f"{lost}: no density is made of it; use it, or drop it"
            return _evidence("PYR705", parameter, message, own)
    # What is cut off in the very statement that reads it is frozen on purpose.
    if cut is None or (cut.position == own and site is not None and not claimed):
        return None
    at = f" on its way to site {site.name!r}" if site is not None else ""
    message = (
        f"parameter {parameter.name!r} got no gradient: {cut.clause}{at}, so it stays as it starts"
    )
    return _evidence("PYR707", parameter, message, cut.position or own, site)


def _evidence(
    code: str,
    parameter: Parameter,
    message: str,
    position: Position | None,
    site: Site | None = None,
) -> Evidence:
    own = parameter.position
    return Evidence(
        code,
        Verdict.CONFIRMED,
        message,
        position=position,
        site=site.name if site is not None else None,
        parameter=parameter.name,
        related=(own,) if own is not None and own != position else (),
        figures={"gradient": "None"},
    )
