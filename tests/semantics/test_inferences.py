"""Inferences: which programs each form binds, and with what it passes."""

from __future__ import annotations

import pytest
from semantics.reading import believed, read_program

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.analysis import Analysis
from pyrolint.semantics.inferences import Inference
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.values import Constant, External, LibraryObject, Literal

PROGRAMS = """\
def model(k=1.0):
    pyro.sample("x", dist.Normal(k, 1.0))

def guide(k=1.0):
    pyro.sample("x", dist.Normal(k, 1.0))

class Programs:
    def model(self, k=1.0):
        pyro.sample("x", dist.Normal(k, 1.0))

    def guide(self, k=1.0):
        pyro.sample("x", dist.Normal(k, 1.0))

class Module(PyroModule):
    def forward(self, k=1.0):
        return pyro.sample("x", dist.Normal(k, 1.0))

def rival(k=1.0):
    pyro.sample("y", dist.Normal(k, 1.0))

"""
STEP = "SVI({model}, {guide}, Adam({{}}), Trace_ELBO()).step(2.0)"


def analysed(text: str) -> Analysis:
    return read_program(PROGRAMS + text)


def pairs(analysis: Analysis) -> set[tuple[str, str]]:
    return {(pair.model.name, pair.guide.name) for pair in analysis.pairs}


def passed(analysis: Analysis) -> set[str]:
    """What programs that an inference runs get as their argument."""
    return {
        words
        for program in analysis.programs
        if program.inference_kind != "root"
        for each in program.sites
        for _, distribution in each.distributions()
        for words in believed(distribution.arguments["loc"])
    }


def only(analysis: Analysis, kind: str) -> Inference:
    (found,) = [each for each in analysis.inferences if each.kind == kind]
    return found


PAIRS = {
    "names": (STEP.format(model="model", guide="guide"), ("model", "guide")),
    "keywords": (
        "svi = SVI(loss=Trace_ELBO(), optim=Adam({}), guide=guide, model=model)\nsvi.step(2.0)",
        ("model", "guide"),
    ),
    "qualified": (
        "pyro.infer.SVI(model, guide, Adam({}), pyro.infer.Trace_ELBO()).step(2.0)",
        ("model", "guide"),
    ),
    "elbo-called": ("Trace_ELBO()(model, guide)(2.0)", ("model", "guide")),
    "elbo-loss": ("Trace_ELBO().loss(model, guide, 2.0)", ("model", "guide")),
    "elbo-loss-in-a-name": (
        "loss = TraceEnum_ELBO().differentiable_loss\nloss(model, guide, 2.0)",
        ("model", "guide"),
    ),
    "evaluate-loss": (
        "SVI(model, guide, Adam({}), Trace_ELBO()).evaluate_loss(2.0)",
        ("model", "guide"),
    ),
    "methods": (
        "p = Programs()\n" + STEP.format(model="p.model", guide="p.guide"),
        ("Programs.model", "Programs.guide"),
    ),
    "module": (STEP.format(model="Module()", guide="guide"), ("Module", "guide")),
    "lambda": (
        STEP.format(model="lambda k: model(k)", guide="lambda k: guide(k)"),
        ("<lambda>", "<lambda>"),
    ),
    "partial": (
        "SVI(functools.partial(model, 2.0), functools.partial(guide, k=2.0), Adam({}),"
        " Trace_ELBO()).step()",
        ("model", "guide"),
    ),
    "factory": (
        "def make(k):\n    def inner(_=0):\n        return model(k)\n    return inner\n"
        + STEP.format(model="make(2.0)", guide="guide"),
        ("make.inner", "guide"),
    ),
    "training-helper": (
        "def fit(m, g, *args):\n    svi = SVI(m, g, Adam({}), Trace_ELBO())\n"
        "    for _ in range(100):\n        svi.step(*args)\nfit(model, guide, 2.0)",
        ("model", "guide"),
    ),
    "attributes-of-an-object": (
        "class Trainer:\n    def __init__(self, m, g):\n        self.m, self.g = m, g\n"
        "    def fit(self):\n        self.svi = SVI(self.m, self.g, Adam({}), Trace_ELBO())\n"
        "        self.svi.step(2.0)\nTrainer(model, guide).fit()",
        ("model", "guide"),
    ),
    "rebound": (
        "def other(k):\n    pass\nguide, other = other, guide\n"
        + STEP.format(model="model", guide="other"),
        ("model", "guide"),
    ),
    "handlers": (
        "scaled = poutine.scale(poutine.mask(model, mask=True), scale=0.1)\n"
        + STEP.format(model="scaled", guide="poutine.block(guide, hide=['y'])"),
        ("model", "guide"),
    ),
    "decorated": (
        "enumerated = config_enumerate(model, 'parallel')\n"
        + STEP.format(model="enumerated", guide="guide"),
        ("model", "guide"),
    ),
    "container": (
        "both = {'m': model, 'g': [guide]}\n"
        + STEP.format(model="both['m']", guide="both['g'][0]"),
        ("model", "guide"),
    ),
    "importance": ("Importance(model, guide, num_samples=3).run(2.0)", ("model", "guide")),
}


@pytest.mark.parametrize(("text", "names"), PAIRS.values(), ids=PAIRS.keys())
def test_form_binds_one_pair_and_passes_its_arguments(text: str, names: tuple[str, str]) -> None:
    analysis = analysed(text)
    assert pairs(analysis) == {names}
    assert passed(analysis) == {"2"}
    assert not analysis.coverage.unresolved


def test_never_stepped_is_run_with_arguments_that_are_not_known() -> None:
    analysis = analysed("svi = SVI(model, guide, Adam({}), Trace_ELBO())")
    assert pairs(analysis) == {("model", "guide")}
    assert passed(analysis) == {"?"}


def test_set_up_in_a_function_that_nothing_calls() -> None:
    analysis = analysed("def main():\n    " + STEP.format(model="model", guide="guide"))
    assert pairs(analysis) == {("model", "guide")}


def test_set_up_in_a_method_that_nothing_calls() -> None:
    text = "class Fit(Programs):\n    def run(self):\n        "
    analysis = analysed(text + STEP.format(model="self.model", guide="self.guide"))
    assert pairs(analysis) == {("Programs.model", "Programs.guide")}


def test_guide_not_known_is_said() -> None:
    analysis = analysed(STEP.format(model="model", guide="unknown"))
    assert not analysis.pairs
    ((_, reason),) = analysis.coverage.unresolved
    assert reason.startswith("the guide is not known")
    assert only(analysis, "svi").model is not None


@pytest.mark.parametrize("model", ["missing.model", "load('m.pt')", "globals()['m']"])
def test_model_not_known_is_said(model: str) -> None:
    ((_, reason),) = analysed(STEP.format(model=model, guide="guide")).coverage.unresolved
    assert reason.startswith("the model is not known")


def test_branches_bind_only_what_can_meet() -> None:
    text = (
        "def main(flag):\n"
        "    if flag:\n        m, g = model, guide\n"
        "    else:\n        m, g = rival, rival\n    " + STEP.format(model="m", guide="g")
    )
    shared = [
        (pair.model.name, pair.guide.name)
        for pair in analysed(text).pairs
        if list(pair.shared_latents())
    ]
    assert sorted(shared) == [("model", "guide"), ("rival", "rival")]


def test_two_objectives_are_two_inferences_on_one_pair() -> None:
    analysis = analysed(
        "for elbo in (Trace_ELBO(), TraceGraph_ELBO()):\n"
        "    SVI(model, guide, Adam({}), elbo).step(2.0)"
    )
    objectives = {each.objective.name for each in analysis.inferences if each.objective}
    assert objectives == {"pyro.infer.Trace_ELBO", "pyro.infer.TraceGraph_ELBO"}
    assert pairs(analysis) == {("model", "guide")}


def test_optimizer_and_objective_are_kept() -> None:
    inference = only(analysed(STEP.format(model="model", guide="guide")), "svi")
    assert inference.optimizer is not None
    assert inference.optimizer.name == "pyro.optim.Adam"
    assert inference.objective is not None
    assert inference.objective.name == "pyro.infer.Trace_ELBO"


@pytest.mark.parametrize("guide", ["AutoNormal(model)", "AutoDelta(poutine.block(model))"])
def test_autoguide(guide: str) -> None:
    analysis = analysed(STEP.format(model="model", guide=guide))
    (pair,) = analysis.pairs
    assert pair.guide.autoguide is not None
    assert pair.guide.autoguide.name.startswith("pyro.infer.autoguide.Auto")
    assert not pair.guide.sites


def test_guide_bound_again_to_an_autoguide() -> None:
    analysis = analysed("guide = AutoNormal(model)\n" + STEP.format(model="model", guide="guide"))
    assert pairs(analysis) == {("model", "AutoNormal")}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("MCMC(NUTS(model), 10).run(2.0)", "mcmc"),
        ("kernel = HMC(model)\nMCMC(kernel, num_samples=10).run(2.0)", "mcmc"),
        ("HMC(model).setup(0, 2.0)", "mcmc"),
        ("Predictive(model, num_samples=3)(2.0)", "predictive"),
        ("Predictive(model, guide=guide, num_samples=3)(2.0)", "predictive"),
    ],
)
def test_inferences_of_a_model_alone(text: str, kind: str) -> None:
    analysis = analysed(text)
    inference = only(analysis, kind)
    assert inference.model is not None
    assert inference.guide is None
    assert passed(analysis) == {"2"}


def test_trace_runs_the_program_with_what_it_passes() -> None:
    analysis = analysed("poutine.trace(model).get_trace(-1.0)")
    assert not analysis.inferences
    assert "model" not in {each.name for each in analysis.programs}


def test_functions_that_an_inference_runs_are_no_roots() -> None:
    analysis = analysed(STEP.format(model="model", guide="guide"))
    kinds = {(each.name, each.inference_kind) for each in analysis.programs}
    assert ("model", "svi") in kinds
    assert ("model", "root") not in kinds
    assert ("rival", "root") in kinds


def test_helper_of_a_program_is_no_root() -> None:
    text = (
        "def helper():\n    pyro.sample('h', dist.Normal(0.0, 1.0))\n"
        "def caller():\n    pyro.sample('c', dist.Normal(0.0, 1.0))\n    helper()\n"
    )
    roots = {each.name for each in analysed(text).programs}
    assert "caller" in roots
    assert "helper" not in roots


def test_a_step_is_kept_with_what_it_passes_and_how_often_it_runs() -> None:
    training = """
svi = SVI(model, guide, Adam({"lr": 0.01}), loss=Trace_ELBO())
data = torch.randn(3)
count = 2 if quick else 500
for epoch in range(200):
    for index, _ in enumerate(range(count)):
        svi.step(data, scale=2.0)
"""
    inference = only(analysed(training), "svi")
    assert inference.method == "step"
    assert inference.arguments is not None
    assert len(inference.arguments.positional) == 1
    assert inference.arguments.keywords == {"scale": Constant(2.0)}
    turns = [as_numeric(option) for _, option in alternatives(inference.turns)]
    assert [each.literal for each in turns if each] == [Literal((n,), ()) for n in (400, 100000)]


def test_a_method_of_an_elbo_stands_for_it() -> None:
    loss = "Trace_ELBO().differentiable_loss"
    inference = only(analysed(f"SVI(model, guide, Adam({{}}), {loss}).step(2.0)"), "svi")
    assert inference.objective is not None
    assert inference.objective.name == "pyro.infer.Trace_ELBO"
    assert inference.trains_elbo


def test_all_objectives_are_kept_and_those_of_own_classes_by_their_base() -> None:
    training = """
from pyro.infer import TraceGraph_ELBO, TraceEnum_ELBO

class Own(TraceEnum_ELBO):
    pass

loss = Trace_ELBO if quick else Own()
svi = SVI(model, guide, Adam({"lr": 0.01}), loss=loss)
svi.step(torch.randn(3))
"""
    inference = only(analysed(training), "svi")
    (_, first), (_, second) = inference.objectives
    assert inference.objective is None
    assert first == External("pyro.infer.Trace_ELBO")
    assert isinstance(second, LibraryObject)
    assert (second.name, second.is_base) == ("pyro.infer.TraceEnum_ELBO", True)
