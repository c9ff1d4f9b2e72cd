"""One step in the caller's own process: take it under the harness, judge it, put all back."""

from __future__ import annotations

import copy
import functools
import inspect
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import msgspec
import pyro
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.infer.mcmc import MCMC, StreamingMCMC
from pyro.infer.mcmc.mcmc_kernel import MCMCKernel
from pyro.optim.optim import PyroOptim

from pyrolint.diagnostic import Confirmation, Diagnostic
from pyrolint.dynamic.child.analysis import Analyst
from pyrolint.dynamic.child.errors.explained import unexplained
from pyrolint.dynamic.child.errors.raised import error_position, first_line
from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.harness import Harness
from pyrolint.dynamic.child.observation.positions import calling_position
from pyrolint.dynamic.child.observation.recorders import Recorders
from pyrolint.dynamic.child.observation.step import Step, unwrapped
from pyrolint.dynamic.judged import Finding, Verdicts
from pyrolint.dynamic.messages import Evidence, Job, Reason, Report, Target, TargetKind, Verdict
from pyrolint.dynamic.placing import Placer
from pyrolint.dynamic.untouched import untouched
from pyrolint.dynamic.verdicts import (
    DeviceReport,
    claim_of,
    confirmation_by,
    confirmation_of,
    unclaimed,
)
from pyrolint.finding import Severity
from pyrolint.registry import load_registry
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder
from pyrolint.source import SourceError
from pyrolint.workspace import Workspace

_ERROR = "PYR903"


class _Reached(BaseException):
    """The step has been read; nothing that would come after it is to run."""


class _Failed(BaseException):
    """The step has been reached, and ``fault`` hindered reading it."""

    def __init__(self, fault: Exception) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is run: the programs that are judged, and the call that takes the step."""

    model: Any
    guide: Any
    take: Callable[[Harness], object]
    arguments: tuple[Any, ...]
    objective: Any = None


def verdicts(
    subject: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    loss: Any,
    draws: int,
    seed: int,
    seconds: float,
) -> Verdicts:
    """Take the step that ``subject`` and its arguments ask for; see ``pyrolint.confirm``."""
    plan = _plan(loss, subject, args, kwargs)
    judge = _Judge(plan)
    claims = tuple(map(claim_of, judge.diagnostics))
    target = Target(TargetKind.PROGRAM, judge.path)
    job = Job(target, claims, seed=seed, draws=draws, seconds=seconds)
    report = _observed(plan, job)
    reason = report.reason
    return Verdicts(
        tuple(judge.findings(report, seed)),
        report.step,
        None if reason is None else reason.value,
        seed,
        report.detail,
    )


# --- what to run -------------------------------------------------------------------------------


def _plan(loss: Any, subject: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Plan:
    held = (args, kwargs)
    if isinstance(subject, (SVI, MCMC, StreamingMCMC, MCMCKernel)):
        if loss is not None:
            raise TypeError(f"{type(subject).__name__} needs no `loss`: it is run as it is")
        if isinstance(subject, SVI):
            svi = subject
            objective = getattr(svi.loss, "__self__", svi.loss)
            return _Plan(svi.model, svi.guide, lambda _: svi.step(*args, **kwargs), held, objective)
        sampler = _sampler(subject)
        model = getattr(sampler.kernel, "model", None)
        return _Plan(model, None, lambda _: sampler.run(*args, **kwargs), held)
    if not callable(subject):
        raise TypeError(f"a model is called, which {_kind(subject)} cannot be")
    guide, *rest = args or (kwargs.pop("guide", None),)
    if guide is None:
        if loss is not None:
            raise TypeError("a `loss` needs a guide; there is none")
        return _Plan(subject, None, lambda it: it.infer(subject, None, tuple(rest), kwargs), held)
    if not callable(guide):
        raise TypeError(
            f"after the model comes the guide, or None where there is none; got {_kind(guide)}"
        )
    # It is made before anything is watched: that the user chose it must not be said of it.
    loss = loss or Trace_ELBO()
    if hasattr(loss, "loss_and_grads"):
        return _Plan(
            subject,
            guide,
            lambda _: loss.loss_and_grads(subject, guide, *rest, **kwargs),
            held,
            loss,
        )
    svi = SVI(subject, guide, PyroOptim(torch.optim.Adam, {}), loss=loss)
    svi.optim = None
    return _Plan(subject, guide, lambda _: svi.step(*rest, **kwargs), held)


def _sampler(subject: Any) -> Any:
    """A sampler whose first step changes nothing of the caller's; the model is the caller's own."""
    if isinstance(subject, MCMCKernel):
        return MCMC(_copied(subject), num_samples=1, warmup_steps=1)
    sampler = copy.copy(subject)
    sampler.kernel = _copied(subject.kernel)
    return sampler


def _copied(kernel: Any) -> Any:
    own = {id(value): value for value in (getattr(kernel, "model", None),) if value is not None}
    try:
        return copy.deepcopy(kernel, own)
    # What a kernel holds may be anything; a copy of its attributes does for most.
    except Exception:  # noqa: BLE001
        return copy.copy(kernel)


def _kind(value: object) -> str:
    return f"an object of type {type(value).__name__}"


# --- the step ----------------------------------------------------------------------------------


def _observed(plan: _Plan, job: Job) -> Report:
    recorders = Recorders()
    context = Context(job.claims)
    analyst = Analyst(job, recorders, time.monotonic())
    reports: list[Report] = []

    def failed(fault: Exception) -> NoReturn:
        # The program is still running around this, and its errors are findings; ours are not.
        raise _Failed(fault) from fault

    def reached(step: Step) -> None:
        try:
            report = analyst.report(step)
        except Exception as fault:  # noqa: BLE001
            failed(fault)
        if step.error is not None:
            report = _with_error(report, step.error, step)
        reports.append(report)
        raise _Reached

    harness = Harness(context, recorders, reached, failed)
    error: BaseException | None = None
    things = (plan.model, plan.guide, plan.arguments)
    with untouched(things, plan.objective), context.collecting():
        with harness.watching(), torch.enable_grad():
            pyro.set_rng_seed(job.seed)
            try:
                plan.take(harness)
            except _Reached:
                pass
            except _Failed as ended:
                raise ended.fault from None
            # Whatever a program raises is told, and `exit()` must not end a notebook.
            except (Exception, SystemExit) as raised:  # noqa: BLE001
                error = raised
        if reports:
            return reports[-1]
        reason = Reason.NO_INFERENCE if error is None else Reason.RAISED
        report = analyst.no_step(error, context, reason)
    return report if error is None else _with_error(report, error, None)


def _with_error(report: Report, error: BaseException, step: Step | None) -> Report:
    """The report with an error that ended the step, unless another fault explains it."""
    if any(each.code == _ERROR for each in report.evidence):
        return report
    told = Evidence(
        _ERROR,
        Verdict.CONFIRMED,
        f"the first inference step failed: {first_line(error)}",
        # A call that does not fit raises in no line of the user's.
        position=error_position(error) or calling_position(),
        figures={"error": type(error).__name__},
    )
    found = [*report.evidence, told]
    if step is not None:
        found = unexplained(found, step)
    return msgspec.structs.replace(report, evidence=tuple(found))


# --- the verdicts ------------------------------------------------------------------------------


class _Judge:
    """Joins the step with what the static side says of the files that its programs lie in."""

    def __init__(self, plan: _Plan) -> None:
        programs = [each for each in (plan.model, plan.guide) if each is not None]
        paths = dict.fromkeys(filter(None, map(_path, programs)))
        self.path = next(iter(paths), "")
        finder = SettingsFinder(Options())
        outcome = check(list(paths), SettingsFinder(Options(advice=True)))
        names = {name for each in programs for name in _names(each)}
        self.diagnostics = [each for each in outcome.diagnostics if each.program in names]
        plugins = {
            (name, finder.of(path).root) for path in paths for name in finder.of(path).plugins
        }
        self._registry = load_registry(sorted(plugins))
        self._workspace = Workspace({})
        self._placer = Placer(finder, self._registry, self._workspace)

    def findings(self, report: Report, seed: int) -> Iterator[Finding]:
        """Every finding with its verdict, in the order of places."""
        reports = [DeviceReport(report, "cpu", seed, self.path)]
        judged = [
            replace(each, confirmation=confirmation_of(each, reports)) for each in self.diagnostics
        ]
        found = [
            _finding(each) for each in judged if self._placer.shows(each) or _is_confirmed(each)
        ]
        for evidence, run in unclaimed(judged, reports):
            found += self._seen(evidence, confirmation_by(evidence, run))
        yield from sorted(found, key=_order)

    def _seen(self, evidence: Evidence, confirmation: Confirmation) -> Iterator[Finding]:
        """What only the step showed, unless a comment or settings switch it off."""
        if evidence.position is not None and self._is_readable(evidence.position.filename):
            placed = self._placer.placed(evidence, confirmation, self.path)
            if placed is not None:
                yield _finding(placed)
            return
        rule = self._registry.find(evidence.code)
        if rule is None:
            return
        level = Severity[evidence.level.upper()] if evidence.level else rule.severity
        position = evidence.position
        yield Finding(
            rule.code,
            rule.name,
            level.label,
            confirmation.verdict,
            evidence.message,
            confirmation.reason,
            confirmation.evidence,
            position.filename if position is not None else None,
            position.row if position is not None else None,
            position.cell if position is not None else None,
            evidence.site,
            evidence.argument,
        )

    def _is_readable(self, path: str) -> bool:
        try:
            self._workspace.source(path)
        except (OSError, SourceError):
            # Code of a notebook's cell or of a prompt is in no file.
            return False
        return True


def _finding(diagnostic: Diagnostic) -> Finding:
    confirmation = diagnostic.confirmation
    assert confirmation is not None
    span = diagnostic.span
    return Finding(
        diagnostic.code,
        diagnostic.name,
        diagnostic.severity.label,
        confirmation.verdict,
        diagnostic.message,
        confirmation.reason,
        confirmation.evidence,
        span.filename,
        span.row,
        span.cell,
        diagnostic.site,
        diagnostic.argument,
    )


def _is_confirmed(diagnostic: Diagnostic) -> bool:
    confirmation = diagnostic.confirmation
    return confirmation is not None and confirmation.verdict == Verdict.CONFIRMED.value


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return (
        finding.filename or "",
        finding.cell or 0,
        finding.row or 0,
        finding.code,
        finding.message,
    )


def _path(program: Any) -> str | None:
    """The file a program is defined in; None for a cell of a notebook, a prompt, a library."""
    function = _bare(program)
    is_function = inspect.isfunction(function) or inspect.ismethod(function)
    try:
        path = inspect.getsourcefile(function if is_function else type(function))
    except TypeError:
        return None
    if path is None or not os.path.isfile(path) or not path.endswith(".py"):
        return None
    library = os.path.dirname(pyro.__file__), os.path.dirname(torch.__file__)
    path = os.path.abspath(path)
    return None if path.startswith(tuple(each + os.sep for each in library)) else path


def _names(program: Any) -> Iterator[str]:
    """What the static side may call a program: the qualified names that lead to it."""
    function = _bare(program)
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", None)
    if name is None:
        name = "forward" if isinstance(function, torch.nn.Module) else "__call__"
        owner = function
    else:
        yield function.__qualname__.replace(".<locals>", "")
    if owner is not None:
        for kind in type(owner).__mro__:
            yield f"{kind.__qualname__}.{name}".replace(".<locals>", "")


def _bare(program: Any) -> Any:
    """A program without effect handlers and arguments that are filled in already."""
    function = unwrapped(program)
    while isinstance(function, functools.partial):
        function = unwrapped(function.func)
    return function
