"""No transformation that leaves the meaning of the fixtures alone changes what is found in them."""

from __future__ import annotations

import ast
import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest

from metamorphic.comments import add_comments
from metamorphic.extract import extract_arguments, extract_values
from metamorphic.move import move_definitions
from metamorphic.notebook import to_notebook, to_script
from metamorphic.program import Files, Found, Transformed, findings, lint
from metamorphic.reformat import compress, normalize, spread
from metamorphic.rename import rename_imports, rename_variables
from pyrolint.finding import Severity
from pyrolint.registry import load_registry
from pyrolint.settings import Options

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
FOLDERS = sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir())
SUFFIXES = (".py", ".ipynb")
REGISTRY = load_registry()


@dataclass(frozen=True)
class Transformation:
    """``share`` is the least part of the fixtures that it must really change."""

    apply: Callable[[Files], Transformed]
    share: float

    @property
    def name(self) -> str:
        return self.apply.__name__


TRANSFORMATIONS = {
    each.name: each
    for each in (
        Transformation(rename_variables, 0.9),
        Transformation(rename_imports, 0.9),
        Transformation(add_comments, 0.9),
        Transformation(normalize, 0.9),
        Transformation(spread, 0.9),
        Transformation(compress, 0.9),
        Transformation(extract_values, 0.9),
        Transformation(extract_arguments, 0.9),
        Transformation(move_definitions, 0.5),
        Transformation(to_notebook, 0.9),
        Transformation(to_script, 0.04),
    )
}

# Those that leave the syntax tree as it is.
LAYOUT = frozenset({"add_comments", "normalize", "spread", "compress"})

_HANDED_ON = "a value handed to a helper counts as used twice"
_NAMED_BY_SELF = "a module is called by its first variable that is not `self`"
# Weaknesses of the linter, not of the transformations, as (transformation, fixture).
KNOWN_FAILURES: Mapping[tuple[str, str], str] = {
    ("extract_values", "PYR109-probs-from-logits/bad_network.py"): _HANDED_ON,
    ("rename_variables", "PYR709-unregistered-module/bad_methods.py"): _NAMED_BY_SELF,
    ("rename_variables", "PYR709-unregistered-module/bad_networks.py"): _NAMED_BY_SELF,
    ("rename_variables", "PYR709-unregistered-module/bad_two_files"): _NAMED_BY_SELF,
    ("to_notebook", "PYR802-deprecated-api/good_package"): "a notebook is no `__init__.py`",
}


@cache
def cases(folder: str) -> Mapping[str, Files]:
    """The fixtures of a folder by name, each the texts of its files."""
    found: dict[str, Files] = {}
    for case in sorted((FIXTURES / folder).iterdir()):
        if case.is_dir():
            paths = [path for path in sorted(case.rglob("*")) if path.suffix in SUFFIXES]
            found[case.name] = {str(path.relative_to(case)): path.read_text() for path in paths}
        elif case.suffix in SUFFIXES and not case.stem.endswith(".fixed"):
            found[case.name] = {case.name: case.read_text()}
    return {name: files for name, files in found.items() if files}


@cache
def start_of(transformation: str, folder: str, name: str) -> Files:
    """What a transformation starts from: scripts, but for the one that makes them."""
    files = cases(folder)[name]
    return files if transformation == "to_script" else to_script(files).files


@cache
def transformed(transformation: str, folder: str, name: str) -> Transformed:
    return TRANSFORMATIONS[transformation].apply(start_of(transformation, folder, name))


def options_for(folder: str) -> Options:
    """No settings but the rule's own, where it is off by default."""
    rule = REGISTRY.find(folder[:6])
    is_advice = rule is not None and rule.severity is Severity.ADVICE
    return Options(extend_select=(rule.code,) if rule is not None and is_advice else ())


@pytest.fixture(autouse=True, scope="module")
def _collects_seldom() -> Iterator[None]:
    """As on the command line: trees of syntax are no garbage."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    yield
    gc.set_threshold(*usual)


Originals = Callable[[str, str, str], Counter[Found]]


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    """What is found before a transformation; all but one start from scripts."""

    known: dict[tuple[str, str, bool], Counter[Found]] = {}

    def found(transformation: str, folder: str, name: str) -> Counter[Found]:
        key = (folder, name, transformation == "to_script")
        if key not in known:
            files = start_of(transformation, folder, name)
            at = tmp_path_factory.mktemp("original")
            with without_fixes():
                known[key] = findings(lint(files, at, options_for(folder)))
        return known[key]

    return found


def without_fixes() -> AbstractContextManager[object]:
    """Edits are not compared, and writing them takes longer than finding the faults."""
    return patch("pyrolint.edits.render", return_value=None)


def differences(
    transformation: str, folder: str, name: str, originals: Originals, at: Path
) -> Iterator[str]:
    """What a transformation adds to the findings of a fixture, and what it takes away."""
    after = transformed(transformation, folder, name)
    if after.files == start_of(transformation, folder, name):
        return
    before = originals(transformation, folder, name)
    # Edits are written into every layout, to see that none is too odd for them.
    with nullcontext() if transformation in LAYOUT else without_fixes():
        found = findings(lint(after.files, at, options_for(folder)), after.restore)
    for each in before - found:
        yield f"{name}: lost {each}"
    for each in found - before:
        if transformation == "move_definitions" and each in before:
            continue  # What is imported for both files is found in both.
        yield f"{name}: new {each}"


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
def test_findings_stay(
    transformation: str, folder: str, originals: Originals, tmp_path: Path
) -> None:
    changed = [
        line
        for name in cases(folder)
        if (transformation, f"{folder}/{name}") not in KNOWN_FAILURES
        for line in differences(transformation, folder, name, originals, tmp_path / name)
    ]
    assert not changed, "\n".join(changed)


@pytest.mark.parametrize(
    ("transformation", "case"),
    [
        pytest.param(*key, marks=pytest.mark.xfail(reason=reason, raises=AssertionError))
        for key, reason in KNOWN_FAILURES.items()
    ],
)
def test_findings_that_do_not_stay_yet(
    transformation: str, case: str, originals: Originals, tmp_path: Path
) -> None:
    folder, name = case.split("/")
    assert not list(differences(transformation, folder, name, originals, tmp_path))


@pytest.mark.parametrize("transformation", TRANSFORMATIONS)
def test_most_fixtures_are_transformed(transformation: str) -> None:
    names = [(folder, name) for folder in FOLDERS for name in cases(folder)]
    done = [
        (folder, name)
        for folder, name in names
        if is_changed(
            start_of(transformation, folder, name),
            transformed(transformation, folder, name).files,
            is_of_layout=transformation in LAYOUT,
        )
    ]
    assert len(done) >= TRANSFORMATIONS[transformation].share * len(names), len(done)


def is_changed(before: Files, after: Files, *, is_of_layout: bool) -> bool:
    """Whether a program is another one, not counting the layout where that is not the point."""
    if is_of_layout:
        return any(after[path] != text for path, text in before.items())
    if before.keys() != after.keys():
        return True
    return any(
        ast.unparse(ast.parse(after[path])) != ast.unparse(ast.parse(text))
        for path, text in before.items()
    )


@pytest.mark.parametrize("transformation", sorted(LAYOUT))
def test_a_new_layout_is_the_same_program(transformation: str) -> None:
    for folder in FOLDERS:
        for name in cases(folder):
            after = transformed(transformation, folder, name).files
            for path, text in start_of(transformation, folder, name).items():
                assert ast.dump(ast.parse(after[path])) == ast.dump(ast.parse(text)), path
