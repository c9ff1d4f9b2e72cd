from collections.abc import Iterator
from dataclasses import replace

import pytest

from pyrolint.finding import Finding, Severity
from pyrolint.registry import Registry, RegistryError
from pyrolint.rule import Rule, SampleSite, rule
from pyrolint.selection import Selection
from pyrolint.settings import EVERYTHING, PerFileIgnore, Selector, Settings
from pyrolint.settings_values import SettingsError


def make(code: str, name: str, severity: Severity) -> Rule:
    @rule(code, name, severity=severity)
    def check(subject: SampleSite) -> Iterator[Finding]:
        """A page."""
        yield from ()

    return check


REGISTRY = Registry(
    [
        make("PYR101", "unconstrained-parameter", Severity.ERROR),
        make("PYR102", "guide-support-mismatch", Severity.ERROR),
        make("PYR108", "boundary-parameter", Severity.ADVICE),
        make("PYR201", "high-variance-guide-init", Severity.WARNING),
        make("LAB001", "own-rule", Severity.WARNING),
    ]
)


def shown(*selectors: str, **fields: object) -> set[str]:
    """Codes that are shown; a selector with a leading minus ignores."""
    written = tuple(
        Selector(text.lstrip("-"), not text.startswith("-"), "test") for text in selectors
    )
    settings = replace(Settings("/", "file", written or (EVERYTHING,)), **fields)  # type: ignore[arg-type]
    selection = Selection(settings, REGISTRY)
    return {rule.code for rule in REGISTRY.rules if selection.shown(rule)}


def test_everything_but_advice_is_on_by_default() -> None:
    assert shown() == {"PYR101", "PYR102", "PYR201", "LAB001"}


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["PYR1"], {"PYR101", "PYR102"}),
        (["PYR1", "-PYR101"], {"PYR102"}),
        (["PYR101", "-PYR1"], {"PYR101"}),
        (["PYR1", "-unconstrained-parameter"], {"PYR102"}),
        (["-PYR101", "PYR101"], {"PYR101"}),
        (["PYR101", "-PYR101"], set()),
        (["PYR108"], {"PYR108"}),
        (["boundary-parameter"], {"PYR108"}),
        (["PYR10"], {"PYR101", "PYR102"}),
        (["LAB"], {"LAB001"}),
    ],
)
def test_the_longest_selector_wins(selectors: list[str], expected: set[str]) -> None:
    assert shown(*selectors) == expected


def test_advice_comes_on_as_a_whole_or_by_a_raised_severity() -> None:
    assert "PYR108" in shown(advice=True)
    assert "PYR108" in shown(severity={"PYR108": Severity.WARNING})
    assert "PYR101" not in shown(severity={"unconstrained-parameter": Severity.ADVICE})
    assert shown("PYR2", advice=True) == {"PYR201"}


def test_a_finding_s_own_level_counts() -> None:
    selection = Selection(Settings("/"), REGISTRY)
    advice, error = REGISTRY.find("PYR108"), REGISTRY.find("PYR101")
    assert advice is not None
    assert error is not None
    assert selection.severity(advice, Severity.WARNING) is Severity.WARNING
    assert selection.severity(error, Severity.ADVICE) is None
    assert selection.severity(error, Severity.WARNING) is Severity.WARNING


def test_a_syntax_error_cannot_be_ignored() -> None:
    settings = Settings("/", selectors=(EVERYTHING, Selector("PYR000", False, "--ignore")))
    syntax_error = REGISTRY.find("PYR000")
    assert syntax_error is not None
    assert Selection(settings, REGISTRY).shown(syntax_error)


def test_an_unknown_code_names_its_origin_and_the_nearest() -> None:
    settings = Settings("/", selectors=(Selector("unconstrained-param", True, "--select"),))
    with pytest.raises(SettingsError) as error:
        Selection(settings, REGISTRY)
    assert "--select: unknown rule 'unconstrained-param'" in str(error.value)
    assert "did you mean 'unconstrained-parameter'?" in str(error.value)
    with pytest.raises(SettingsError, match="file: severity: unknown rule 'PYR10'"):
        shown(severity={"PYR10": Severity.ERROR})


def test_per_file_ignores_match_below_the_root() -> None:
    ignore = PerFileIgnore("tests/**", (Selector("PYR1", False, "file"),))
    selection = Selection(Settings("/project", per_file_ignores=(ignore,)), REGISTRY)
    assert selection.ignored_in("/project/tests/a.py") == {"PYR101", "PYR102", "PYR108"}
    assert selection.ignored_in("/project/models/a.py") == frozenset()


def test_two_rules_cannot_share_a_name() -> None:
    twins = [make("PYR901", "same", Severity.ERROR), make("PYR902", "same", Severity.ERROR)]
    with pytest.raises(RegistryError, match="two rules are called 'same'"):
        Registry(twins)
