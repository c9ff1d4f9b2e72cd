"""Print how far ``confirm`` comes in Pyro's own programs, what it says there, and what it costs.

``python -m benchmarks.confirm --checkout DIR [--packages DIR] [--only reach,packages,cost]
[--names PART…] [--timeout S]``

``--checkout`` is one of Pyro's repository. Scripts get the arguments of their first smoke test in
its ``tests/test_examples.py``. ``--packages`` holds unpacked packages, of which the files with
errors or warnings are confirmed. Costs are ratios that this run measures.
"""

from __future__ import annotations

import argparse
import ast
import shlex
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.confirm_cost import print_costs
from pyrolint.diagnostic import Diagnostic
from pyrolint.discovery import Discovery
from pyrolint.dynamic.confirm import Confirmed, Request, confirm
from pyrolint.finding import Severity
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    parts = arguments.only.split(",")
    if "reach" in parts:
        checkout = Path(arguments.checkout)
        results = []
        for title, programs in (
            ("examples", list(_examples(checkout))),
            ("notebooks", list(_notebooks(checkout))),
        ):
            chosen = [each for each in programs if _is_chosen(each[0], arguments.names)]
            results += _reach(title, checkout, chosen, arguments.timeout)
        _print_verdicts(results)
    if "packages" in parts and arguments.packages is not None:
        _print_verdicts([_packages(Path(arguments.packages), arguments.timeout)])
    if "cost" in parts:
        print_costs(arguments.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", help="a checkout of Pyro's repository")
    parser.add_argument("--packages", help="a folder of unpacked packages")
    parser.add_argument("--only", default="reach,packages,cost", help="parts, with commas between")
    parser.add_argument("--names", nargs="*", default=(), help="parts of names to choose by")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for a program")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    if "reach" in arguments.only and arguments.checkout is None:
        parser.error("--checkout is needed for reach")
    return arguments


def _is_chosen(path: Path, names: Sequence[str]) -> bool:
    return not names or any(name in str(path) for name in names)


def _examples(checkout: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The scripts among the examples: what runs something when it is the main module."""
    smoke = _smoke_arguments(checkout / "tests" / "test_examples.py")
    folder = checkout / "examples"
    for path in sorted(folder.rglob("*.py")):
        if "__main__" in path.read_text() or str(path.relative_to(folder)) in smoke:
            yield path, smoke.get(str(path.relative_to(folder)), ())


def _smoke_arguments(path: Path) -> dict[str, tuple[str, ...]]:
    """The arguments of each script's first smoke test on the CPU."""
    found: dict[str, tuple[str, ...]] = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "CPU_EXAMPLES":
            for constant in ast.walk(node.value):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                    words = shlex.split(constant.value)
                    if words and words[0].endswith(".py"):
                        found.setdefault(words[0], tuple(words[1:]))
    return found


def _notebooks(checkout: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for path in sorted((checkout / "tutorial" / "source").glob("*.ipynb")):
        yield path, ()


def _reach(
    title: str, checkout: Path, programs: Sequence[tuple[Path, tuple[str, ...]]], timeout: float
) -> list[Confirmed]:
    """Confirm each program by itself, and print what came of it."""
    print(f"\n{title}")
    reached = 0
    results = []
    for path, words in programs:
        started = time.perf_counter()
        request = Request((str(path),), words, overrides={"timeout": timeout})
        finder = SettingsFinder(Options(), isolated=True)
        advised = SettingsFinder(Options(advice=True), isolated=True)
        result = confirm(request, finder, advised)
        results.append(result)
        steps = [run for run in result.runs if run.reached]
        reached += bool(steps)
        seconds = time.perf_counter() - started
        print(f"  {path.relative_to(checkout)}  {seconds:.1f} s  {_came_to(result)}", flush=True)
        for run in result.runs:
            if run.reached and run.report.detail:
                print(f"      trouble: {run.report.detail}")
        for diagnostic in result.outcome.diagnostics:
            if diagnostic.confirmation is not None and diagnostic.code != "PYR003":
                print(f"      {_line(diagnostic)}")
    print(f"{title}: {reached} of {len(programs)} come to a step")
    return results


def _packages(folder: Path, timeout: float) -> Confirmed:
    """Confirm the files of packages that hold errors or warnings."""
    print("\npackages")
    finder = SettingsFinder(Options(), isolated=True)
    advised = SettingsFinder(Options(advice=True), isolated=True)
    files = [
        path
        for path in Discovery(finder, cwd=str(folder)).files([str(folder)])
        if isinstance(path, str)
    ]
    found = {
        diagnostic.span.filename: None
        for diagnostic in check(files, finder).diagnostics
        if diagnostic.severity >= Severity.WARNING
    }
    result = confirm(Request(tuple(found), overrides={"timeout": timeout}), finder, advised)
    for run in result.runs:
        came_to = run.report.step.inference if run.report.step else run.report.reason
        print(f"  {Path(run.path).relative_to(folder)}  {came_to}  {run.report.detail[:120]}")
    for diagnostic in result.outcome.diagnostics:
        if diagnostic.confirmation is not None and diagnostic.code != "PYR003":
            path = Path(diagnostic.span.filename).relative_to(folder)
            print(f"      {path}: {_line(diagnostic)}")
    return result


def _came_to(result: Confirmed) -> str:
    for run in result.runs:
        step = run.report.step
        if step is not None:
            made_up = " with made-up arguments" if step.made_up_arguments else ""
            return f"{step.inference}{made_up}"
    if result.runs:
        run = result.runs[0]
        return f"{run.report.reason.value if run.report.reason else ''} ({run.report.detail})"
    return "the program ended without an inference step (nothing in it imports Pyro)"


def _line(diagnostic: Diagnostic) -> str:
    confirmation = diagnostic.confirmation
    assert confirmation is not None
    cell = f" cell {diagnostic.span.cell}" if diagnostic.span.cell else ""
    return (
        f"{confirmation.verdict} {diagnostic.severity.label} {diagnostic.code}"
        f" line {diagnostic.span.row}{cell}: {confirmation.reason[:160]}"
    )


def _print_verdicts(results: Sequence[Confirmed]) -> None:
    """Over all findings: how many of each code are confirmed, refuted, unknown."""
    counts: dict[str, Counter[str]] = {}
    for result in results:
        for diagnostic in result.outcome.diagnostics:
            if diagnostic.confirmation is not None and diagnostic.code != "PYR003":
                verdict = diagnostic.confirmation.verdict
                counts.setdefault(diagnostic.code, Counter())[verdict] += 1
    print("\ncode     confirmed  refuted  unknown")
    for code, verdicts in sorted(counts.items()):
        columns = (verdicts[each] for each in ("confirmed", "refuted", "unknown"))
        print(f"{code}  {'  '.join(f'{each:>7}' for each in columns)}")


if __name__ == "__main__":
    main()
