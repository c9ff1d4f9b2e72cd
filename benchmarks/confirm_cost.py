"""What observing and analysing a step costs, in plain steps of the same program.

``python -m benchmarks.confirm_cost plain|observed PROGRAM`` does one step in a process of its own
and prints by how many bytes its peak memory grew.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyro
import torch
from pyro import poutine
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam

from benchmarks.confirm_programs import PROGRAMS
from pyrolint.dynamic.child.analysis import Analyst
from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.harness import Harness
from pyrolint.dynamic.child.observation.recorders import Recorders
from pyrolint.dynamic.child.observation.step import Step
from pyrolint.dynamic.limits import Limits
from pyrolint.dynamic.messages import Job, Report, Target, TargetKind
from pyrolint.dynamic.process import run_job
from pyrolint.dynamic.zygote import Zygote

TRIVIAL = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam


def model(y):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(y)):
        pyro.sample("y", dist.Normal(loc, 1.0), obs=y)


def guide(y):
    pyro.sample("loc", dist.Normal(pyro.param("mean", torch.tensor(0.0)), 0.1))


SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO()).step(torch.zeros(10))
"""


def print_costs(rounds: int) -> None:
    """Measure and print; ratios are medians over rounds in which the sides take turns."""
    print("\nprogram       plain step  traced/plain  analysis/plain   analysis  memory")
    for name in PROGRAMS:
        plain, traced, analysis = _times(name, rounds)
        memory = _grown("observed", name) / max(_grown("plain", name), 1)
        ratio = statistics.median(t / p for t, p in zip(traced, plain, strict=True))
        step, whole = statistics.median(plain), statistics.median(analysis)
        print(
            f"{name:<12}  {1e3 * step:>7.2f} ms  {ratio:>12.2f}  {whole / step:>14.1f}"
            f"  {1e3 * whole:>6.0f} ms  {memory:>6.2f}"
        )
    _print_jobs(rounds)


def _times(name: str, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of plain steps, of observed ones and of their analyses, in turn."""
    svi, arguments = _inference(name)
    compute = _compute(svi, arguments)
    plain, traced, analysis = [], [], []
    for _ in range(rounds):
        started = time.perf_counter()
        compute()
        plain.append(time.perf_counter() - started)
        observed, analysed = _watched(svi, arguments, analysed=True)
        traced.append(observed)
        analysis.append(analysed)
    return plain, traced, analysis


def _inference(name: str, *, warm: bool = True) -> tuple[SVI, tuple[Any, ...]]:
    pyro.clear_param_store()
    pyro.set_rng_seed(0)
    model, guide, arguments = PROGRAMS[name]()
    svi = SVI(model, guide, Adam({"lr": 1e-3}), Trace_ELBO())
    if warm:
        # Autoguides set themselves up in the first step, plain or observed.
        _compute(svi, arguments)()
    return svi, arguments


def _compute(svi: SVI, arguments: tuple[Any, ...]) -> Callable[[], None]:
    def compute() -> None:
        with poutine.trace(param_only=True):
            svi.loss_and_grads(svi.model, svi.guide, *arguments)

    return compute


class _Reached(BaseException):
    """The step was reached; stands for the end of the process."""


def _watched(svi: SVI, arguments: tuple[Any, ...], *, analysed: bool) -> tuple[float, float]:
    """Seconds of the observed step and of its analysis."""
    recorders = Recorders()
    context = Context()
    found: list[float] = []

    def reached(step: Step) -> None:
        found.append(time.perf_counter() - started)
        if analysed:
            job = Job(Target(TargetKind.SCRIPT, ""))
            before = time.perf_counter()
            report = Analyst(job, recorders, time.monotonic()).report(step)
            assert isinstance(report, Report)
            found.append(time.perf_counter() - before)
        raise _Reached

    with context.collecting(), Harness(context, recorders, reached).watching():
        started = time.perf_counter()
        try:
            svi.step(*arguments)
        except _Reached:
            pass
    return found[0], found[-1]


def _print_jobs(rounds: int) -> None:
    """Seconds of whole jobs, warm and cold, beside the import of Pyro alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trivial.py"
        path.write_text(TRIVIAL)
        job = Job(Target(TargetKind.SCRIPT, str(path)))
        with Zygote() as zygote:
            zygote.run_job(job, Limits())
            warm = _median([lambda: zygote.run_job(job, Limits())] * rounds)
        cold = _median([lambda: run_job(job, Limits())] * 3)
    imported = _median(
        [lambda: subprocess.run([sys.executable, "-c", "import pyro"], check=True)] * 3
    )
    print(
        f"\nwarm job {1e3 * warm:.0f} ms; "
        f"cold job {cold:.2f} s, {cold / imported:.2f} x `import pyro`"
    )


def _median(works: Sequence[Callable[[], object]]) -> float:
    seconds = []
    for work in works:
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _grown(way: str, name: str) -> int:
    """By how many bytes the peak memory of a process grew in one step."""
    command = [sys.executable, "-m", "benchmarks.confirm_cost", way, name]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _memory(field: str) -> int:
    """A field of this process's status in bytes; Linux only."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return 1024 * int(line.split()[1])
    raise ValueError(field)


def _main(way: str, name: str) -> None:
    svi, arguments = _inference(name, warm=False)
    # The peak so far is that of importing torch; this lets it start anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = _memory("VmRSS")
    if way == "plain":
        _compute(svi, arguments)()
    else:
        _watched(svi, arguments, analysed=False)
    print(_memory("VmHWM") - before)


if __name__ == "__main__":
    torch.set_num_threads(1)
    _main(*sys.argv[1:])
