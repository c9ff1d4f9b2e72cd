from __future__ import annotations

import ast

import pytest

from .edits import applied
from .mutant import Mutant
from .operators import UNMATCHED, UNPAIRED, UNSAMPLED, mutants
from .project import pattern, project_of

MODEL = """
def model(x):
    scale = pyro.sample("scale", dist.Gamma(2.0, 2.0))
    pyro.sample("x", dist.Normal(0.0, scale), obs=x)


svi = SVI(model, guide, optimizer, Trace_ELBO())
"""


def planted(text: str, operator: str, *others: str) -> list[Mutant]:
    project = project_of(ast.parse(each) for each in (text, *others))
    return [mutant for mutant in mutants(text, "guides", project) if mutant.operator == operator]


def changed(text: str, mutant: Mutant) -> list[str]:
    """The rows that the mutant changes, as they are then."""
    before = text.split("\n")
    after = applied(text, mutant.edit).split("\n")
    return [row.strip() for row in after if row not in before]


DROPPED = {
    "same statement": (
        'pyro.sample("x", dist.Normal(0, pyro.param("s", one, constraint=constraints.positive)))',
        ['pyro.sample("x", dist.Normal(0, pyro.param("s", one, )))'],
    ),
    "a local, indexed": (
        's = pyro.param("s", one, constraints.positive)\npyro.sample("x", dist.Normal(0, s[0]))',
        ['s = pyro.param("s", one, )'],
    ),
    "a keyword before others": (
        's = pyro.param("s", one, constraint=constraints.simplex, event_dim=1)\n'
        'pyro.sample("x", dist.Categorical(s))',
        ['s = pyro.param("s", one, event_dim=1)'],
    ),
    "read again by its name": (
        'pyro.param("s", one, constraint=constraints.positive)\n'
        'pyro.sample("x", dist.Normal(0, pyro.param("s")))',
        ['pyro.param("s", one, )'],
    ),
    "an attribute of a module": (
        "class Model(PyroModule):\n"
        "    def __init__(self):\n"
        "        self.s = PyroParam(one, constraint=constraints.positive)\n"
        "    def forward(self, x):\n"
        '        pyro.sample("x", dist.Normal(0, self.s), obs=x)',
        ["self.s = PyroParam(one, )"],
    ),
}


@pytest.mark.parametrize(("text", "rows"), DROPPED.values(), ids=list(DROPPED))
def test_the_constraint_of_a_bare_parameter_is_dropped(text: str, rows: list[str]) -> None:
    (mutant,) = planted(text, "drop-constraint")
    assert changed(text, mutant) == rows
    assert mutant.expected == {"PYR101"}
    assert mutant.apart == ""


@pytest.mark.parametrize(
    "text",
    [
        # A location may be any real number.
        's = pyro.param("s", one, constraint=constraints.positive)\n'
        'pyro.sample("x", dist.Normal(s, 1))',
        # Behind a transform the constraint may well be needless.
        's = pyro.param("s", one, constraint=constraints.positive)\n'
        'pyro.sample("x", dist.Normal(0, s.exp()))',
        # What a name holds is not the parameter alone.
        's = pyro.param("s", one, constraint=constraints.positive)\ns = abs(s)\n'
        'pyro.sample("x", dist.Normal(0, s))',
        's = pyro.param("s", one)\npyro.sample("x", dist.Normal(0, s))',
    ],
    ids=["location", "transform", "rebound", "no constraint"],
)
def test_other_constraints_are_left_alone(text: str) -> None:
    assert planted(text, "drop-constraint") == []


def test_a_file_that_samples_nothing_counts_apart() -> None:
    text = 's = pyro.param("s", one, constraint=constraints.positive)\nnoise = dist.Normal(0, s)'
    (mutant,) = planted(text, "drop-constraint")
    assert mutant.apart == UNSAMPLED


POINT = """
def guide(x):
    point = pyro.param("point", one, constraint=constraints.positive)
    pyro.sample("scale", dist.Delta(point))
"""


def test_the_point_of_a_guide_needs_what_the_model_draws() -> None:
    (mutant,) = planted(POINT + MODEL, "drop-constraint-of-point")
    assert mutant.expected == {"PYR102"}
    assert planted(POINT + MODEL.replace("Gamma", "Normal"), "drop-constraint-of-point") == []
    assert planted(POINT.replace("guide", "other") + MODEL, "drop-constraint-of-point") == []


GUIDE = """
def guide(x):
    loc = pyro.param("loc", torch.tensor(0.0))
    drawn = dist.LogNormal(loc, torch.ones(3)).to_event(1)
    pyro.sample("scale", drawn)
"""


def test_a_family_of_a_guide_is_widened() -> None:
    (mutant,) = planted(GUIDE + MODEL, "widen-guide-family")
    assert changed(GUIDE, mutant) == ["drawn = dist.Normal(loc, 1.0).to_event(1)"]
    assert mutant.expected == {"PYR102"}
    assert mutant.apart == ""


def test_the_model_may_stand_in_another_file() -> None:
    assert planted(GUIDE, "widen-guide-family") == []
    training = f"from .guides import guide\n{MODEL}"
    for other in (training, training.replace("dist.Gamma", "prior")):
        (mutant,) = planted(GUIDE, "widen-guide-family", other)
        assert mutant.apart == ""


def test_a_guide_in_a_module_that_its_package_never_imports_counts_apart() -> None:
    (mutant,) = planted(GUIDE, "widen-guide-family", MODEL)
    assert mutant.apart == UNPAIRED


@pytest.mark.parametrize(
    "text",
    [
        GUIDE.replace('"scale"', '"another"') + MODEL,
        GUIDE.replace("LogNormal", "Normal") + MODEL,
        GUIDE + MODEL.replace("Gamma", "Normal"),
        GUIDE.replace("def guide", "def draw") + MODEL,
    ],
    ids=["another name", "no bounded family", "the model's is not bounded", "no guide"],
)
def test_what_a_normal_suits_is_not_widened(text: str) -> None:
    assert planted(text, "widen-guide-family") == []


def test_a_guide_that_its_package_never_names_counts_apart() -> None:
    exported = MODEL.replace("SVI(model, guide,", "SVI(model, other,") + '__all__ = ["guide"]\n'
    rendered = exported + "pyro.render_model(guide)\n"
    for rest in (exported, rendered):
        (mutant,) = planted(GUIDE + rest, "widen-guide-family")
        assert mutant.apart == UNPAIRED


def test_a_guide_may_be_a_method_or_a_class() -> None:
    forward = "class Guide:\n" + "".join(
        f"    {row}\n" for row in GUIDE.replace("guide(", "forward(self, ").split("\n")
    )
    named = MODEL.replace("guide", "Guide()")
    (mutant,) = planted(forward + named, "widen-guide-family")
    assert mutant.apart == ""
    (mutant,) = planted(forward + MODEL, "widen-guide-family")
    assert mutant.apart == UNPAIRED


WIDTH = """
def guide(x):
    width = pyro.param("width", lambda: torch.full((3,), 0.5), constraint=constraints.positive)
    rate = pyro.param("rate", torch.ones(3), constraint=constraints.positive)
    pyro.sample("scale", dist.LogNormal(0.0, width))
    pyro.sample("other", dist.Gamma(rate, rate))
"""


def test_the_width_of_a_guide_is_enlarged_and_a_rate_is_not() -> None:
    (mutant,) = planted(WIDTH + MODEL, "enlarge-init")
    assert mutant.what == "torch.full((3,), 0.5)"
    assert "lambda: (torch.full((3,), 0.5)) * 10000.0" in changed(WIDTH, mutant)[0]
    assert mutant.expected == {"PYR201", "PYR202", "PYR106"}


@pytest.mark.parametrize("init", ["start", "torch.tensor(0.0)", "torch.tensor(True)", "0.01"])
def test_what_starts_small_or_unknown_is_not_enlarged(init: str) -> None:
    text = WIDTH.replace("torch.full((3,), 0.5)", init)
    assert planted(text + MODEL, "enlarge-init") == []


def test_the_noise_of_a_model_is_not_enlarged() -> None:
    assert planted(WIDTH.replace("def guide", "def draw") + MODEL, "enlarge-init") == []


def test_a_site_that_no_model_names_counts_apart() -> None:
    text = WIDTH.replace('"scale"', '"width_of_all"')
    (mutant,) = planted(text + MODEL, "enlarge-init")
    assert mutant.apart == UNMATCHED


NORMALISED = {
    "x = images / 255": "x = images",
    "x = images * (1.0 / 255)": "x = images * (1.0)",
    "x = (table - table.mean(0)) / table.std(0)": "x = table",
    "x = StandardScaler().fit_transform(table)": "x = table",
    "scaler = MinMaxScaler()\nx = scaler.fit_transform(table)": "x = table",
    "x = scipy.stats.zscore(table)": "x = table",
}


@pytest.mark.parametrize(("text", "row"), NORMALISED.items())
def test_a_normalisation_is_taken_away(text: str, row: str) -> None:
    (mutant,) = planted(text, "drop-normalisation")
    assert changed(text, mutant) == [row]
    assert mutant.expected == {"PYR401"}


@pytest.mark.parametrize(
    "text",
    [
        "x = PCA(2).fit_transform(table)",
        "imputer = SimpleImputer()\nx = imputer.fit_transform(table)",
        "x, y = make_circles(100)\nx = StandardScaler().fit_transform(x)",
        "x = total / 2",
        "p = (p - torch.min(p)) / (torch.max(p) - torch.min(p))",
    ],
)
def test_what_is_no_normalisation_stays(text: str) -> None:
    assert planted(text, "drop-normalisation") == []


def test_validation_is_switched_off_after_the_imports() -> None:
    text = '"""Doc."""\nimport pyro\nfrom x import (\n    y,\n)\n\nz = 1\n'
    (mutant,) = planted(text, "disable-validation")
    rows = applied(text, mutant.edit).split("\n")
    assert rows[5].startswith("import torch, pyro; ")
    assert rows[5].endswith(mutant.what)
    assert planted("z = 1\n", "disable-validation") == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ('"a"', "a"),
        ('f"a_{i}"', "a_{}"),
        ('"a_" + str(i)', "a_{}"),
        ('"a_%d_%s" % (i, j)', "a_{}_{}"),
        ('"a_{}_{x}".format(i, x=j)', "a_{}_{}"),
        ("name", "{}"),
    ],
)
def test_names_are_compared_as_far_as_they_are_written(name: str, written: str) -> None:
    assert pattern(ast.parse(name, mode="eval").body) == written
