"""How the draws of a site are taken, and what autoguides see of their models."""

from __future__ import annotations

import pytest
from semantics.reading import read_program

from pyrolint.semantics.families import has_rsample, is_discrete, is_enumerable
from pyrolint.semantics.program import Enumeration, Prototype, SampleSite

STEP = "\nSVI({model}, {guide}, Adam({{}}), TraceEnum_ELBO()).step(2.0)\n"


def sites(text: str) -> dict[str | None, SampleSite]:
    analysis = read_program(text)
    return {site.name: site for program in analysis.programs for site in program.sites}


def enumeration(decorator: str, infer: str, family: str = "dist.Bernoulli(0.5)") -> Enumeration:
    text = f"""
import functools
from pyro.infer import config_enumerate
from somewhere import anything
{decorator}
def model(x):
    pyro.sample("z", {family}{infer})
"""
    return sites(text + STEP.format(model="model", guide="lambda x: None"))["z"].enumeration


@pytest.mark.parametrize(
    ("decorator", "infer", "expected"),
    [
        ("", "", Enumeration.NONE),
        ("", ", infer=None", Enumeration.NONE),
        ("", ', infer={"enumerate": "parallel"}', Enumeration.PARALLEL),
        ("", ', infer=dict(enumerate="sequential")', Enumeration.SEQUENTIAL),
        ("", ', infer={"is_auxiliary": True}', Enumeration.NONE),
        ("", ", infer=anything", Enumeration.UNKNOWN),
        ("", ', infer={"enumerate": anything}', Enumeration.UNKNOWN),
        ("", ", infer={**anything}", Enumeration.UNKNOWN),
        ("@config_enumerate", "", Enumeration.PARALLEL),
        ("@config_enumerate()", "", Enumeration.PARALLEL),
        ('@config_enumerate(default="sequential")', "", Enumeration.SEQUENTIAL),
        ("@config_enumerate(default=None)", "", Enumeration.DECLINED),
        ("@config_enumerate(default=anything)", "", Enumeration.UNKNOWN),
        ("@pyro.infer.config_enumerate", "", Enumeration.PARALLEL),
        (
            '@functools.partial(config_enumerate, default="sequential")',
            "",
            Enumeration.SEQUENTIAL,
        ),
        ("@config_enumerate", ', infer={"enumerate": "sequential"}', Enumeration.SEQUENTIAL),
        ("@config_enumerate", ', infer={"enumerate": None}', Enumeration.DECLINED),
        ("@poutine.infer_config(config_fn=anything)", "", Enumeration.UNKNOWN),
    ],
)
def test_marks(decorator: str, infer: str, expected: Enumeration) -> None:
    assert enumeration(decorator, infer) is expected


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("dist.Normal(0.0, 1.0)", Enumeration.NONE),
        ("dist.Poisson(1.0)", Enumeration.NONE),
        ("dist.Binomial(4, 0.5)", Enumeration.PARALLEL),
        ("dist.Binomial(anything, 0.5)", Enumeration.UNKNOWN),
        ("dist.Bernoulli(torch.ones(3)).to_event(1)", Enumeration.NONE),
        ("dist.Bernoulli(torch.ones(3)).mask(False)", Enumeration.PARALLEL),
        ("dist.Independent(dist.Normal(0.0, 1.0), 0)", Enumeration.NONE),
        ("anything", Enumeration.UNKNOWN),
    ],
)
def test_what_config_enumerate_marks(family: str, expected: Enumeration) -> None:
    assert enumeration("@config_enumerate", "", family) is expected


def test_samples_of_any_family_are_marked() -> None:
    found = enumeration("@config_enumerate(num_samples=8)", "", "dist.Normal(0.0, 1.0)")
    assert found is Enumeration.PARALLEL


@pytest.mark.parametrize(
    ("infer", "expected"),
    [
        ("", False),
        (', infer={"baseline": {"use_decaying_avg_baseline": True}}', True),
        (', infer=dict(baseline={"nn_baseline": anything})', True),
        (", infer=anything", None),
    ],
)
def test_baselines(infer: str, expected: bool | None) -> None:
    text = f"""
from somewhere import anything
def model(x):
    pyro.sample("z", dist.Bernoulli(0.5){infer})
"""
    found = sites(text + STEP.format(model="model", guide="lambda x: None"))
    assert found["z"].has_baseline is expected


@pytest.mark.parametrize(
    ("family", "discrete", "reparameterised", "enumerable"),
    [
        ("dist.Normal(0.0, 1.0)", False, True, False),
        ("dist.Categorical(torch.ones(3))", True, False, True),
        ("dist.OneHotCategoricalStraightThrough(torch.ones(3))", True, True, True),
        ("dist.Poisson(1.0).mask(True)", True, False, False),
        ("dist.Independent(dist.Gamma(torch.ones(3), 1.0), 1)", False, True, False),
        ("dist.TransformedDistribution(dist.Normal(0.0, 1.0), anything)", False, True, False),
        (
            "dist.MixtureSameFamily(dist.Categorical(torch.ones(2)), dist.Normal(anything, 1.0))",
            False,
            False,
            False,
        ),
        ("anything", None, None, None),
    ],
)
def test_families(
    family: str, discrete: bool | None, reparameterised: bool | None, enumerable: bool | None
) -> None:
    text = f"""
from somewhere import anything
def model(x):
    pyro.sample("z", {family})
"""
    found = sites(text + STEP.format(model="model", guide="lambda x: None"))["z"].distribution
    assert is_discrete(found) is discrete
    assert has_rsample(found) is reparameterised
    assert is_enumerable(found) is enumerable


MODEL = """
from pyro.infer.autoguide import *
from somewhere import anything
def model(x):
    z = pyro.sample("z", dist.Bernoulli(0.5))
    mean = pyro.sample("mean", dist.Normal(0.0, 1.0))
    pyro.sample("obs", dist.Normal(mean + z, 1.0), obs=x)
"""


def seen(guide: str) -> list[tuple[Prototype, set[str | None]]]:
    analysis = read_program(MODEL + guide + STEP.format(model="model", guide="guide"))
    (pair,) = analysis.pairs
    return [
        (each, {site.name for site in each.model.sites} if each.model is not None else set())
        for each in pair.guide.prototypes
    ]


@pytest.mark.parametrize(
    ("guide", "names"),
    [
        ("AutoNormal(model)", {"z", "mean", "obs"}),
        ('AutoNormal(poutine.block(model, hide=["z"]))', {"mean", "obs"}),
        ('AutoNormal(poutine.block(model, expose=["mean"]))', {"mean"}),
        ('AutoNormal(poutine.block(model, hide_types=["observe"]))', {"z", "mean"}),
        (
            'AutoNormal(poutine.block(model, hide_fn=lambda m: m["name"] == "z"))',
            {"mean", "obs"},
        ),
        (
            'AutoNormal(poutine.block(model, expose_fn=lambda m: m["name"].startswith("me")))',
            {"mean"},
        ),
        (
            'AutoNormal(poutine.block(model, hide_fn=lambda m: m["name"] in ["z", "obs"]))',
            {"mean"},
        ),
    ],
)
def test_what_an_autoguide_sees(guide: str, names: set[str]) -> None:
    ((prototype, found),) = seen(f"guide = {guide}")
    assert found == names
    assert prototype.is_continuous
    assert prototype.model is not None
    assert prototype.model.complete


def test_what_the_parts_of_an_autoguide_see() -> None:
    found = seen(
        "guide = AutoGuideList(model)\n"
        'guide.append(AutoDelta(poutine.block(model, expose=["mean"])))\n'
        'guide.add(AutoDiscreteParallel(poutine.block(model, expose=["z"])))\n'
    )
    assert [(prototype.is_continuous, names) for prototype, names in found] == [
        (True, {"mean"}),
        (False, {"z"}),
    ]


def test_parts_that_are_not_known() -> None:
    ((prototype, _),) = seen("guide = AutoGuideList(model)\nanything(guide)")
    assert prototype.model is None


def test_what_a_block_hides_by_a_function_that_is_not_known() -> None:
    ((prototype, _),) = seen("guide = AutoNormal(poutine.block(model, hide_fn=anything))")
    assert prototype.model is not None
    assert not prototype.model.complete
