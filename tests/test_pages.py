"""Each rule's page is complete, its Example fires, and its Use instead does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyrolint.own_rules import CONFIRM_FAILED
from pyrolint.registry import Described, load_registry
from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder

REGISTRY = load_registry()
SECTIONS = ("What it does", "Why is this bad", "Example", "Use instead")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)

parametrised = pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=rule.code) for rule in REGISTRY.described]
)
# What only a run shows has its Example and its Use instead tried by `confirm`.
parametrised_static = pytest.mark.parametrize(
    "rule",
    [
        pytest.param(rule, id=rule.code)
        for rule in REGISTRY.described
        if getattr(rule, "subject", rule) is not None and rule.code != CONFIRM_FAILED
    ],
)


def sections(page: str) -> dict[str, str]:
    parts = _SECTION.split(page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def codes(program: str, rule: Described, folder: Path) -> set[str]:
    path = folder / "model.py"
    path.write_text(program)
    options = Options(extend_select=(rule.code,))
    outcome = check([str(path)], SettingsFinder(options, isolated=True))
    assert not outcome.failures
    return {diagnostic.code for diagnostic in outcome.diagnostics}


@parametrised
def test_a_page_begins_with_a_sentence_and_has_its_sections(rule: Described) -> None:
    first = rule.page.partition("\n")[0]
    assert first.endswith(".")
    found = sections(rule.page)
    assert [name for name in SECTIONS if not found.get(name, "").strip()] == []


@parametrised_static
def test_the_example_fires(rule: Described, tmp_path: Path) -> None:
    programs = _CODE.findall(sections(rule.page)["Example"])
    assert programs
    for program in programs:
        assert rule.code in codes(program, rule, tmp_path)


@parametrised_static
def test_what_to_use_instead_is_silent(rule: Described, tmp_path: Path) -> None:
    programs = _CODE.findall(sections(rule.page)["Use instead"])
    assert programs
    for program in programs:
        assert codes(program, rule, tmp_path) == set()


def test_the_built_in_rules_are_found() -> None:
    assert {"PYR101", "PYR102", "PYR106"} <= {rule.code for rule in REGISTRY.rules}
