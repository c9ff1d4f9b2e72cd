"""Print how ``check`` judges the cases of Pyro's own tests of valid and invalid models.

``python -m benchmarks.oracle --checkout DIR [--tests NAME…] [--show]``

``--checkout`` is one of Pyro's repository. Each case of its
``tests/infer/test_valid_models.py`` becomes a program, is run with the Pyro that is installed, and
is linted with all rules that are on by default. Nothing is written.

A program that runs without a word should be linted without one, and of a program that fails or
warns the reason should be found. ``--tests`` chooses tests by parts of their names; ``--show``
prints the program of the first false alarm and the first miss of each test.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.oracle_programs import Case, cases
from pyrolint.diagnostic import Diagnostic
from pyrolint.runner import analysis_options, check
from pyrolint.semantics.analysis import analyse
from pyrolint.settings import Options, SettingsFinder
from pyrolint.workspace import Workspace

TESTS = "tests/infer/test_valid_models.py"

SHOWN_LATER = {
    "PYR101": "training takes a parameter out of its constraint",
    "PYR204": "equal components stay equal",
    "PYR311": "the gradient is noisy",
    "PYR313": "a warning is silenced",
    "PYR501": "validation is switched off",
    "PYR705": "a parameter stays as it starts",
}
"""What is true of a program whose first step runs without a word, and why that step is silent."""

FITTING = (
    (r"Multiple (sample|param) sites named", ("PYR701", "PYR603")),
    (r"invalid log_prob shape", ("PYR601", "PYR602")),
    (r"invalid shape of pyro\.param", ("PYR601", "PYR605")),
    (r"Shape mismatch inside plate", ("PYR605",)),
    (r"collide at dim", ("PYR603",)),
    (r"Model and guide (shapes|event_dims) disagree", ("PYR602",)),
    (r"Found vars in model but not guide", ("PYR702",)),
    (r"Found (non-auxiliary )?vars in guide but not model", ("PYR703",)),
    (r"missing specification of has_rsample", ("PYR703",)),
    (r"Found plate statements in guide but not model", ("PYR711",)),
    (r"no sample sites configured for enumeration", ("PYR311", "PYR313")),
    (r"mean field restriction", ("PYR306",)),
    (r"TraceTailAdaptive|must be fully reparameterized", ("PYR320",)),
    (r"obs_mask", ("PYR605", "PYR607", "PYR702")),
    (r"enumerat|Enumerat", ("PYR311", "PYR312", "PYR313")),
)
"""Which codes explain what Pyro says: the first pattern that is found decides."""

RIGHT, FOUND, LATER = "right", "found", "later only"
ALARM, MISSED, UNKNOWN, OTHER = "false alarm", "missed", "unknown", "other found"
VERDICTS = (RIGHT, LATER, ALARM, FOUND, OTHER, UNKNOWN, MISSED)


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, what came of its run, what was found in it, and what that is worth."""

    case: Case
    kind: str
    words: str
    codes: tuple[str, ...]
    verdict: str


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", required=True, help="a checkout of Pyro's repository")
    parser.add_argument("--tests", nargs="*", default=(), help="parts of names to choose by")
    parser.add_argument("--show", action="store_true", help="print programs judged wrongly")
    arguments = parser.parse_args()
    chosen = [
        case
        for case in cases(Path(arguments.checkout, TESTS))
        if not arguments.tests or any(part in case.name for part in arguments.tests)
    ]
    judged = [
        _judge(case, label["kind"], label["words"])
        for case, label in zip(chosen, _labels(chosen), strict=True)
        if label is not None
    ]
    print(f"{len(chosen)} programs, of which {len(judged)} come to their step")
    _print_tests(judged)
    _print_codes(judged)
    _print_words(judged)
    _print_totals(judged)
    if arguments.show:
        _print_programs(judged)


def _labels(chosen: Sequence[Case]) -> list[dict[str, str] | None]:
    """What comes of the programs, run in another process; None where one never steps."""
    lines = "".join(f"{json.dumps(case.marked)}\n" for case in chosen)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.oracle_labels"],
        input=lines,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _judge(case: Case, kind: str, words: str) -> Judged:
    diagnostics = _lint(case.source)
    codes = tuple(sorted({each.code for each in diagnostics}))
    return Judged(case, kind, words, codes, _verdict(case, kind, words, codes))


def _lint(source: str) -> Sequence[Diagnostic]:
    path = str(Path("oracle.py").absolute())
    outcome = check([path], _finder(), {path: source.encode()})
    if outcome.failures:
        raise RuntimeError(f"{outcome.failures[0].message}\n{source}")
    return outcome.diagnostics


def _finder() -> SettingsFinder:
    return SettingsFinder(Options(), isolated=True)


def _verdict(case: Case, kind: str, words: str, codes: Iterable[str]) -> str:
    telling = [code for code in codes if code not in SHOWN_LATER]
    if kind == "ok":
        return ALARM if telling else LATER if codes else RIGHT
    fitting = next((codes for pattern, codes in FITTING if re.search(pattern, words)), ())
    if any(code in fitting for code in codes):
        return FOUND
    if telling:
        return OTHER
    return MISSED if _is_known_whole(case.source) else UNKNOWN


def _is_known_whole(source: str) -> bool:
    """Whether the analysis saw every site of a program, so that its silence is a belief."""
    path = str(Path("oracle.py").absolute())
    workspace = Workspace({path: source.encode()})
    analysis = analyse(path, workspace.load, analysis_options(_finder().of(path)))
    complete = all(program.complete for program in analysis.programs)
    return complete and bool(analysis.pairs) and not analysis.coverage.unresolved


def _print_tests(judged: Sequence[Judged]) -> None:
    """One line a test."""
    by_test: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        by_test[each.case.test].append(each)
    width = max(map(len, by_test), default=0)
    for test, group in by_test.items():
        kinds = Counter(each.kind for each in group)
        verdicts = Counter(each.verdict for each in group)
        told = ", ".join(f"{verdicts[each]} {each}" for each in VERDICTS if verdicts[each])
        ran = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        codes = " ".join(sorted({code for each in group for code in each.codes}))
        print(f"{test:<{width}}  {ran:<22}  {told}  {codes}")


def _print_codes(judged: Sequence[Judged]) -> None:
    """One line a code: on how many programs of each kind it was found."""
    print("\nfindings by code")
    by_code: dict[str, Counter[str]] = defaultdict(Counter)
    for each in judged:
        for code in each.codes:
            by_code[code][each.kind] += 1
    for code, kinds in sorted(by_code.items()):
        told = ", ".join(f"{kinds[kind]} on {kind}" for kind in ("ok", "warning", "error"))
        why = f"  (no first step shows that {SHOWN_LATER[code]})" if code in SHOWN_LATER else ""
        print(f"{code}  {told}{why}")


def _print_words(judged: Sequence[Judged]) -> None:
    """One line for each thing that Pyro says: how often it was found."""
    print("\nfound by what Pyro says")
    by_words: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in judged:
        if each.kind != "ok":
            by_words[each.kind, _general(each.words)][each.verdict] += 1
    for (kind, words), verdicts in sorted(by_words.items(), key=lambda each: -each[1].total()):
        told = ", ".join(f"{verdicts[each]} {each}" for each in VERDICTS if verdicts[each])
        print(f"{told:<28}  {kind}: {words}")


def _general(words: str) -> str:
    """The first line of what was said that is no bare name, without its figures."""
    line = next((line for line in words.splitlines() if " " in line), words)
    return re.sub(r"\d+", "#", line)[:100]


def _print_totals(judged: Sequence[Judged]) -> None:
    print()
    for kind in ("ok", "warning", "error"):
        verdicts = Counter(each.verdict for each in judged if each.kind == kind)
        told = ", ".join(f"{verdicts[each]} {each}" for each in VERDICTS if verdicts[each])
        print(f"{verdicts.total()} {kind}: {told}")
    errors = [each for each in judged if each.kind == "error"]
    found = sum(each.verdict == FOUND for each in errors)
    alarms = sum(each.verdict == ALARM for each in judged)
    if errors:
        print(f"{alarms} false alarms; {found / len(errors):.0%} of the errors found")


def _print_programs(judged: Sequence[Judged]) -> None:
    """The first program of each test and verdict that is judged wrongly."""
    shown: set[tuple[str, str]] = set()
    for each in judged:
        key = (each.case.test, each.verdict)
        if each.verdict in (ALARM, MISSED, UNKNOWN, OTHER) and key not in shown:
            shown.add(key)
            print(f"\n--- {each.verdict}: {each.case.name}")
            print(f"--- run: {each.kind} {each.words}")
            print(each.case.source)
            for finding in _lint(each.case.source):
                print(f"--- {finding.code}, line {finding.span.row}: {finding.message}")


if __name__ == "__main__":
    main()
