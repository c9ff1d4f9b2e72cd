from pathlib import Path

import pytest

from pyrolint.finding import Severity
from pyrolint.runner import analysis_options
from pyrolint.semantics.analysis import analyse
from pyrolint.settings import Options, Settings, SettingsFinder
from pyrolint.settings_values import SettingsError
from pyrolint.taught import taught_words
from pyrolint.workspace import Workspace


def settings_for(folder: Path, toml: str, options: Options | None = None) -> Settings:
    (folder / "pyproject.toml").write_text(f"[tool.pyrolint]\n{toml}")
    return SettingsFinder(options or Options()).of(str(folder / "model.py"))


def selected(settings: Settings) -> list[tuple[str, bool]]:
    return [(selector.text, selector.selects) for selector in settings.selectors]


def test_keys_become_fields(tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path,
        'select = ["PYR1"]\nignore = ["PYR101"]\nmax-init = 50\nfail-on = "error"\n'
        'severity = {PYR201 = "error"}\npairs = ["m:model, m:guide"]\nsrc = ["lib"]\n'
        'per-file-ignores = {"tests/**" = ["PYR5"]}\n'
        '[tool.pyrolint.signatures]\n"lib.positive" = "positive"\n',
    )
    assert selected(settings) == [("PYR1", True), ("PYR101", False)]
    assert settings.thresholds["max_init"] == 50.0
    assert settings.thresholds["max_learning_rate"] == 0.1
    assert settings.severity == {"PYR201": Severity.ERROR}
    assert settings.pairs == ("m:model, m:guide",)
    assert settings.signatures == {"lib.positive": "positive"}
    assert settings.source_roots == (str(tmp_path / "lib"),)
    assert settings.per_file_ignores[0].pattern == "tests/**"
    assert settings.root == str(tmp_path)


@pytest.mark.parametrize(
    ("toml", "parts"),
    [
        ('selct = ["PYR1"]', ["unknown key 'selct'", "did you mean 'select'?"]),
        ('select = "PYR1"', ["select", "list of strings"]),
        ("advice = 1", ["advice", "true or false"]),
        ("max-init = -1", ["max-init", "positive number"]),
        ("max-init = true", ["max-init", "positive number"]),
        ('fail-on = "eror"', ["fail-on", "did you mean 'error'?"]),
        ('severity = {PYR101 = "bad"}', ["severity.PYR101", "error, warning, advice"]),
        ('pairs = ["model, guide"]', ["pairs", "package.module:model, module:guide"]),
        ('signatures = {lib.positive = "positive"}', ["signatures.lib", "needs quotes"]),
        (
            'signatures = {"lib.squash" = "softpluss"}',
            ["signatures.lib.squash: 'softpluss'", "did you mean 'softplus'?"],
        ),
        ('signatures = {"lib.f" = "positiv"}', ["did you mean 'positive'?"]),
        ('signatures = {"lib.f" = "greater_than"}', ["'greater_than' is neither a set"]),
        ('signatures = {"lib.f" = "zzzzzz"}', ["write a constraint's name or a function's"]),
        ('per-file-ignores = ["x"]', ["per-file-ignores", "expected a table"]),
        ("select = [", ["not valid TOML"]),
    ],
)
def test_an_error_names_the_file_and_the_key(tmp_path: Path, toml: str, parts: list[str]) -> None:
    with pytest.raises(SettingsError) as error:
        settings_for(tmp_path, toml)
    for part in [str(tmp_path / "pyproject.toml"), *parts]:
        assert part in str(error.value)


@pytest.mark.parametrize("word", sorted(taught_words()))
def test_every_word_of_a_signature_teaches_something(tmp_path: Path, word: str) -> None:
    settings = settings_for(tmp_path, f'signatures = {{"lib.f" = "{word}"}}')
    text = "import pyro\nimport pyro.distributions as dist\nfrom lib import f\n"
    text += "\n\ndef model(x):\n    pyro.sample('x', dist.Normal(0.0, f(x)))\n"
    (tmp_path / "model.py").write_text(text)
    path = str(tmp_path / "model.py")
    analysis = analyse(path, Workspace({}).load, analysis_options(settings))
    (site,) = (site for program in analysis.programs for site in program.sites)
    assert "neither set nor function" not in repr(site.distribution)


def test_the_nearest_file_with_a_table_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pyrolint]\nmax-init = 1\n")
    package = tmp_path / "package"
    package.mkdir()
    (package / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    inner = package / "inner"
    inner.mkdir()
    (inner / "pyrolint.toml").write_text("max-init = 2\n")
    finder = SettingsFinder(Options())
    assert finder.of(str(package / "model.py")).thresholds["max_init"] == 1
    assert finder.of(str(inner / "model.py")).thresholds["max_init"] == 2
    assert finder.of(str(inner / "model.py")).root == str(inner)


def test_config_and_isolated_leave_the_nearest_file_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.pyrolint]\nunknown = 1\n")
    other = tmp_path / "other.toml"
    other.write_text("[tool.pyrolint]\n")
    (tmp_path / "pyrolint.toml").write_text("max-init = 7\n")
    isolated = SettingsFinder(Options(), isolated=True).of(str(tmp_path / "m.py"))
    assert isolated.origin is None
    config = SettingsFinder(Options(), config=str(other)).of(str(tmp_path / "m.py"))
    assert config.origin == str(other)
    with pytest.raises(SettingsError, match="cannot be read"):
        SettingsFinder(Options(), config="absent.toml")


def test_options_lie_over_the_file(tmp_path: Path) -> None:
    toml = 'select = ["PYR1"]\nextend-select = ["PYR2"]\nignore = ["PYR101"]\n'
    replaced = settings_for(tmp_path, toml, Options(select=("PYR5",), ignore=("PYR501",)))
    assert selected(replaced) == [("PYR101", False), ("PYR5", True), ("PYR501", False)]
    extended = settings_for(tmp_path, toml, Options(extend_select=("PYR5",)))
    assert selected(extended) == [
        ("PYR1", True),
        ("PYR2", True),
        ("PYR101", False),
        ("PYR5", True),
    ]


def test_failing_on_advice_shows_advice(tmp_path: Path) -> None:
    assert settings_for(tmp_path, "", Options(fail_on="advice")).advice
    assert settings_for(tmp_path, 'fail-on = "advice"').advice
    assert not settings_for(tmp_path, "", Options(fail_on="error")).advice


def test_without_settings_the_root_is_the_project_s(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    finder = SettingsFinder(Options(), isolated=True)
    assert finder.of(str(inner / "model.py")).root == str(tmp_path)
    assert finder.of(str(inner / "model.py")) is finder.of(str(tmp_path / "a" / "model.py"))


def test_without_a_mark_the_root_is_where_the_linter_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert SettingsFinder(Options()).of(str(inner / "model.py")).root == str(tmp_path)
    monkeypatch.chdir(inner)
    assert SettingsFinder(Options()).of(str(tmp_path / "a" / "m.py")).root == str(tmp_path / "a")
    monkeypatch.chdir("/")
    assert SettingsFinder(Options()).of(str(inner / "model.py")).root == str(inner)
