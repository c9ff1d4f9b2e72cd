"""Print how fast pyrolint is, as ratios that this run measures.

``python -m benchmarks.run --checkout DIR [--rounds N] [--path DIR]… [--slowest N] [--profile]``
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import importlib.util
import pstats
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst

from benchmarks.clocks import EVALUATION, LOWERING, PARSE, PREFLIGHT, RULES, STAGES, Clocks
from benchmarks.starts import start_ratios
from pyrolint.discovery import Discovery
from pyrolint.gate import is_relevant
from pyrolint.outcome import Outcome
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder
from pyrolint.source import read_source

PROFILE_LINES = 40


@dataclass(frozen=True)
class Round:
    """One round over all files: CPU seconds of the bare parse by file, and of a whole check.

    ``others`` are the seconds of the files that the gate lets go, all together.
    """

    parse: Mapping[str, float]
    others: float
    whole: float
    clocks: Clocks
    clocked: float

    @property
    def bare(self) -> float:
        """The seconds of the bare parse of all relevant files."""
        return sum(self.parse.values())


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    files = list(_files(_folders(arguments)))
    finder = SettingsFinder(Options(), isolated=True)
    # As the command line does before it lints.
    gc.freeze()
    gc.set_threshold(1_000_000, 50, 1_000)
    if arguments.profile:
        _profile(files, finder)
        return
    everything = dict(_parsing(files))
    texts = {path: text for path, text in everything.items() if is_relevant(text.encode())}
    others = [text for path, text in everything.items() if path not in texts]
    lines = {path: text.count("\n") for path, text in texts.items()}
    print(f"{len(files)} files, of which {len(texts)} may use Pyro, {sum(lines.values())} lines")
    outcome = check(files, finder)
    rounds = [_round(files, texts, others, finder, number) for number in range(arguments.rounds)]
    _print_stages(rounds)
    _print_coverage(outcome, rounds[-1].clocks, texts)
    _print_slowest(rounds, lines, arguments.slowest)
    if not arguments.no_starts:
        print("\nstarts, wall time")
        for label, ratios in start_ratios(arguments.rounds).items():
            print(_line(label, ratios))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", type=Path, metavar="DIR", help="Pyro's repository")
    parser.add_argument(
        "--path", action="append", default=[], type=Path, metavar="DIR", help="measure these only"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slowest", type=int, default=10, help="how many files to name")
    parser.add_argument("--no-starts", action="store_true", help="leave the starts out")
    parser.add_argument(
        "--profile", action="store_true", help="print where one check spends its time, and stop"
    )
    arguments = parser.parse_args()
    if arguments.checkout is None and not arguments.path:
        parser.error("give --checkout DIR or --path DIR")
    return arguments


def _folders(arguments: argparse.Namespace) -> list[Path]:
    if arguments.path:
        return list(arguments.path)
    installed = importlib.util.find_spec("pyro")
    if installed is None or installed.origin is None:
        raise SystemExit("pyro-ppl is not installed beside pyrolint")
    return [arguments.checkout / "examples", Path(installed.origin).parent]


def _files(folders: Sequence[Path]) -> Iterator[str]:
    for folder in folders:
        at = str(folder.resolve(strict=True))
        discovery = Discovery(SettingsFinder(Options(), isolated=True), cwd=at)
        yield from (found for found in discovery.files([at]) if isinstance(found, str))


def _parsing(files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The files that parse, with the text that is parsed of them."""
    for path in files:
        text = read_source(Path(path).read_bytes(), path).text
        try:
            libcst.parse_module(text)
        except libcst.ParserSyntaxError:
            continue
        yield path, text


def _round(
    files: Sequence[str],
    texts: Mapping[str, str],
    others: Sequence[str],
    finder: SettingsFinder,
    number: int,
) -> Round:
    """Measure all sides, in an order that turns from round to round."""
    parse: dict[str, float] = {}
    whole: list[float] = []
    rest: list[float] = []
    clocks = Clocks()
    clocked: list[float] = []

    def parse_all() -> None:
        for path, text in texts.items():
            start = time.process_time()
            libcst.parse_module(text)
            parse[path] = time.process_time() - start
        start = time.process_time()
        for text in others:
            libcst.parse_module(text)
        rest.append(time.process_time() - start)

    def check_all() -> None:
        start = time.process_time()
        check(files, finder)
        whole.append(time.process_time() - start)

    def check_under_clocks() -> None:
        with clocks.wound():
            start = time.process_time()
            check(files, finder)
            clocked.append(time.process_time() - start)

    measures = [parse_all, check_all, check_under_clocks]
    turn = number % len(measures)
    for measure in measures[turn:] + measures[:turn]:
        gc.collect()
        measure()
    return Round(parse, rest[0], whole[0], clocks, clocked[0])


def _line(label: str, ratios: Sequence[float]) -> str:
    return f"  {statistics.median(ratios):7.3f}  {min(ratios):7.3f} - {max(ratios):7.3f}  {label}"


def _of_stages(measured: Round, *stages: str) -> float:
    return sum(map(measured.clocks.of_stage, stages)) / measured.bare


def _print_stages(rounds: Sequence[Round]) -> None:
    print("\n   median      min -     max  in bare parses of all the files, CPU time")
    every = [each.whole / (each.bare + each.others) for each in rounds]
    print(_line("all rules: a whole `check`", every))
    print("\n   median      min -     max  in bare parses of the files that may use Pyro")
    print(_line("all rules: a whole `check`", [each.whole / each.bare for each in rounds]))
    lowering = [_of_stages(each, PREFLIGHT, LOWERING) for each in rounds]
    print(_line("preflight and lowering", lowering))
    for stage in STAGES:
        print(_line(stage, [_of_stages(each, stage) for each in rounds]))
        if stage is PARSE:
            given = [
                sum(each.clocks.of_file(path, PARSE) for path in each.parse) / each.bare
                for each in rounds
            ]
            print(_line("  of the same files", given))
    rest = [each.clocked / each.bare - _of_stages(each, *STAGES) for each in rounds]
    print(_line("discovering settings, sorting, the rest", rest))
    print(_line("what the clocks themselves add", [(r.clocked - r.whole) / r.bare for r in rounds]))
    codes = sorted(
        {code for each in rounds for code in each.clocks.by_rule},
        key=lambda code: -statistics.median(each.clocks.by_rule[code] for each in rounds),
    )
    print("\nthe costliest rules")
    for code in codes[:5]:
        print(_line(code, [each.clocks.by_rule[code] / each.bare for each in rounds]))


def _print_coverage(outcome: Outcome, clocks: Clocks, texts: Mapping[str, str]) -> None:
    covered = outcome.covered
    beyond = sum(path not in texts for path in clocks.parsed)
    again = sum(times - 1 for times in clocks.parsed.values())
    print(
        f"\n{covered.programs} programs, {covered.pairs} pairs, "
        f"{len(outcome.diagnostics)} findings, {len(outcome.failures)} failures; "
        f"{beyond} imported files parsed beyond these, {again} parsed again"
    )
    print(f"{covered.budget_hits} budget hits")
    for path, hits in clocks.budget_hits.most_common():
        if hits:
            print(f"  {hits:4} {path}")


def _print_slowest(rounds: Sequence[Round], lines: Mapping[str, int], count: int) -> None:
    """The files that take longest beyond their parse, with their stages over their own parse."""
    beyond = [stage for stage in STAGES if stage is not PARSE]

    def median(path: str, *stages: str) -> float:
        return statistics.median(each.clocks.of_file(path, *stages) for each in rounds)

    paths = sorted(lines, key=lambda path: -median(path, *beyond))[:count]
    print(f"\nthe {len(paths)} slowest files: milliseconds, and ratios to the bare parse of each")
    print("     ms    all   eval  rules  lines")
    for path in paths:
        bare = statistics.median(each.parse[path] for each in rounds)
        whole = median(path, *STAGES)
        print(
            f"{whole * 1000:7.0f} {whole / bare:6.2f} {median(path, EVALUATION) / bare:6.2f} "
            f"{median(path, RULES) / bare:6.2f} {lines[path]:6}  {path}"
        )


def _profile(files: Sequence[str], finder: SettingsFinder) -> None:
    """Print the functions that take most time of their own in one check."""
    check(files[:1], finder)
    profile = cProfile.Profile()
    profile.runcall(check, files, finder)
    pstats.Stats(profile).strip_dirs().sort_stats("tottime").print_stats(PROFILE_LINES)


if __name__ == "__main__":
    main()
