"""``pyrolint.confirm``: verdicts in the test's own process, which is left as it was."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyro
import pyro.distributions as dist
import pytest
import torch
from pyro.distributions.distribution import DistributionMeta
from pyro.infer import MCMC, NUTS, SVI, JitTrace_ELBO, Trace_ELBO, TraceMeanField_ELBO
from pyro.infer.autoguide import AutoDelta, AutoNormal
from pyro.optim import Adam
from pyro.poutine.trace_messenger import TraceHandler, TraceMessenger

import pyrolint
from pyrolint.dynamic.api import Finding, Verdicts
from pyrolint.dynamic.child.analysis import Analyst

PROGRAM = """\
import pyro
import pyro.distributions as dist
import torch


def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


def guide(data):
    loc = pyro.param("loc_loc", torch.tensor(0.0))
    scale = pyro.param("loc_scale", torch.tensor(0.1){constraint})
    pyro.sample("loc", dist.Normal(loc, scale))


def other_guide(data):
    scale = pyro.param("other_scale", torch.tensor(0.1){constraint})
    pyro.sample("loc", dist.Normal(0.0, scale))
"""
FAULTY = PROGRAM.format(constraint="")
CLEAN = PROGRAM.format(constraint=", constraint=dist.constraints.positive")
FAULT_ROW = 14
DATA = torch.tensor([0.3, -0.2, 0.9, 0.4])

Load = Callable[[str], ModuleType]


@pytest.fixture(autouse=True)
def _empty_store() -> Iterator[None]:
    pyro.clear_param_store()
    yield
    pyro.clear_param_store()


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    names = []

    def load(text: str) -> ModuleType:
        name = f"program_of_the_test_{len(names)}"
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        names.append(name)
        spec.loader.exec_module(module)
        return module

    yield load
    for name in names:
        del sys.modules[name]


def codes(verdicts: Verdicts) -> list[tuple[str, str]]:
    return [(each.code, each.verdict) for each in verdicts.findings]


# --- verdicts ----------------------------------------------------------------------------------


def test_a_static_finding_gets_its_verdict(load: Load) -> None:
    program = load(FAULTY)
    verdicts = pyrolint.confirm(program.model, program.guide, DATA)
    (finding,) = verdicts.findings
    assert verdicts.confirmed == (finding,)
    assert (finding.code, finding.name, finding.severity) == (
        "PYR101",
        "unconstrained-parameter",
        "error",
    )
    # The words of the static side show that both sides were joined.
    assert "declare it with `constraint=constraints.positive`" in finding.message
    assert "loc_scale" in finding.reason
    assert finding.evidence["parameter"] == "loc_scale"
    assert (finding.filename, finding.row, finding.cell) == (program.__file__, FAULT_ROW, None)
    assert (finding.site, finding.argument) == ("loc", "scale")
    assert verdicts.step is not None
    assert (verdicts.step.model, verdicts.step.guide) == ("model", "guide")
    assert not verdicts.is_clean


def test_a_clean_pair_is_clean(load: Load) -> None:
    program = load(CLEAN)
    verdicts = pyrolint.confirm(program.model, program.guide, DATA)
    assert verdicts.findings == ()
    assert verdicts.is_clean
    assert verdicts.trouble == ""


@pytest.mark.parametrize("form", ["svi", "loss", "function", "keyword"])
def test_a_pair_is_taken_in_every_form(load: Load, form: str) -> None:
    program = load(FAULTY)
    model, guide = program.model, program.guide
    if form == "svi":
        verdicts = pyrolint.confirm(SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO()), DATA)
    elif form == "loss":
        verdicts = pyrolint.confirm.using(loss=TraceMeanField_ELBO())(model, guide, DATA)
    elif form == "function":
        verdicts = pyrolint.confirm.using(loss=_loss)(model, guide, DATA)
    else:
        verdicts = pyrolint.confirm(model, guide, data=DATA)
    assert codes(verdicts) == [("PYR101", "confirmed")]


def _loss(model: Any, guide: Any, *args: Any, **kwargs: Any) -> Any:
    return Trace_ELBO().differentiable_loss(model, guide, *args, **kwargs)


def test_a_model_s_own_keywords_are_its_own(load: Load) -> None:
    program = load(
        """\
import pyro
import pyro.distributions as dist

seen = {}


def model(loss, seed, draws):
    seen.update(loss=loss, seed=seed, draws=draws)
    pyro.sample("x", dist.Normal(loss, 1.0))
"""
    )
    assert pyrolint.confirm(program.model, None, loss=1.0, seed=2.0, draws=3.0).is_clean
    assert program.seen == {"loss": 1.0, "seed": 2.0, "draws": 3.0}


def test_samplers_and_kernels_are_taken(load: Load) -> None:
    program = load(CLEAN)
    for subject in (NUTS(program.model), MCMC(NUTS(program.model), num_samples=3)):
        verdicts = pyrolint.confirm(subject, DATA)
        assert verdicts.step is not None
        assert (verdicts.step.inference, verdicts.step.model) == ("MCMC", "model")


def test_only_what_is_said_of_the_pair_is_judged(load: Load) -> None:
    program = load(FAULTY)
    other = pyrolint.confirm(program.model, program.other_guide, DATA)
    assert [each.evidence["parameter"] for each in other.confirmed] == ["other_scale"]
    assert len(other.findings) == 1


def test_methods_and_modules_are_joined_by_their_names(load: Load) -> None:
    program = load(
        """\
import pyro
import pyro.distributions as dist
import torch
from pyro.nn import PyroModule


class Methods:
    def model(self, data):
        scale = pyro.param("methods_scale", torch.tensor(1.0))
        pyro.sample("obs", dist.Normal(0.0, scale).expand([4]).to_event(1), obs=data)


class Derived(Methods):
    pass


class Module(PyroModule):
    def forward(self, data):
        scale = pyro.param("module_scale", torch.tensor(1.0))
        pyro.sample("obs", dist.Normal(0.0, scale).expand([4]).to_event(1), obs=data)
"""
    )
    for model in (program.Methods().model, program.Derived().model, program.Module()):
        (finding,) = pyrolint.confirm(model, None, DATA).confirmed
        assert finding.code == "PYR101"
        # What only the run says has one sentence for both.
        assert finding.message != finding.reason


def test_a_pair_from_no_file_is_judged_by_the_run_alone() -> None:
    scope: dict[str, Any] = {}
    text = CLEAN + '    pyro.sample("extra", dist.Normal(0.0, 1.0))\n'
    exec(compile(text, "/nowhere/of/a/notebook/cell.py", "exec"), scope)
    (finding,) = pyrolint.confirm(scope["model"], scope["other_guide"], DATA).confirmed
    assert (finding.code, finding.severity, finding.site) == ("PYR703", "error", "extra")
    row = text.count("\n")
    assert (finding.filename, finding.row) == ("/nowhere/of/a/notebook/cell.py", row)


def test_a_comment_hides_the_static_finding_and_the_run_s(load: Load) -> None:
    program = load(FAULTY.replace("(0.1))\n", "(0.1))  # pyrolint: ignore[PYR101]\n"))
    assert pyrolint.confirm(program.model, program.guide, DATA).findings == ()


def test_settings_hold_for_the_program_s_file(load: Load, tmp_path: Path) -> None:
    tmp_path.joinpath("pyrolint.toml").write_text('severity = { PYR101 = "warning" }\n')
    program = load(FAULTY)
    (finding,) = pyrolint.confirm(program.model, program.guide, DATA).findings
    assert finding.severity == "warning"
    tmp_path.joinpath("pyrolint.toml").write_text('ignore = ["PYR101"]\n')
    assert pyrolint.confirm(program.model, program.guide, DATA).findings == ()


# --- errors ------------------------------------------------------------------------------------


FAILING = """\
import sys

import pyro
import pyro.distributions as dist
import torch


def raising(data):
    pyro.sample("x", dist.Normal(0.0, 1.0))
    raise LookupError("no such series")


def guide(data):
    pyro.sample("x", dist.Normal(0.0, 1.0))


def leaving(data):
    sys.exit(3)


def interrupted(data):
    pyro.param("interrupted", torch.tensor(1.0))
    raise KeyboardInterrupt
"""


def test_an_error_of_the_model_is_a_finding(load: Load) -> None:
    program = load(FAILING)
    for guide in (None, program.guide):
        verdicts = pyrolint.confirm(program.raising, guide, DATA)
        (finding,) = verdicts.confirmed
        assert (finding.code, finding.severity) == ("PYR903", "error")
        assert "LookupError: no such series" in finding.message
        assert finding.filename == program.__file__
        assert finding.row == program.raising.__code__.co_firstlineno + 2
        assert not verdicts.is_clean


def test_a_model_that_ends_the_process_ends_nothing(load: Load) -> None:
    verdicts = pyrolint.confirm(load(FAILING).leaving, None, DATA)
    assert [each.code for each in verdicts.confirmed] == ["PYR903"]
    assert verdicts.step is None
    assert verdicts.reason is not None
    assert not verdicts.is_clean


def test_arguments_that_do_not_fit_are_told_at_the_call(load: Load) -> None:
    (finding,) = pyrolint.confirm(load(FAILING).raising, None).confirmed
    assert "missing 1 required positional argument" in finding.message
    assert finding.filename == __file__


def test_an_interruption_is_no_finding(load: Load) -> None:
    model = load(FAILING).interrupted
    before = patched()
    with pytest.raises(KeyboardInterrupt):
        pyrolint.confirm(model, None, DATA)
    assert patched() == before
    assert dict(pyro.get_param_store()) == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((3,), "a model is called, which an object of type int cannot be"),
        ((print, DATA), "after the model comes the guide"),
    ],
)
def test_what_is_no_program_is_told(arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        pyrolint.confirm(*arguments)


def test_a_loss_that_nothing_takes_is_told() -> None:
    using = pyrolint.confirm.using(loss=Trace_ELBO())
    with pytest.raises(TypeError, match="a `loss` needs a guide"):
        using(print, None, DATA)
    with pytest.raises(TypeError, match="NUTS needs no `loss`"):
        using(NUTS(print), DATA)


def test_options_are_checked_and_leave_the_original_alone() -> None:
    for options in ({"draws": 1}, {"seed": -1}, {"seconds": 0.0}):
        with pytest.raises(ValueError, match="expected"):
            pyrolint.confirm.using(**options)  # type: ignore[arg-type]
    seeded = pyrolint.confirm.using(seed=3).using(draws=4)
    assert (seeded.seed, seeded.draws) == (3, 4)
    assert (pyrolint.confirm.seed, pyrolint.confirm.draws) == (0, 8)


# --- what is left ------------------------------------------------------------------------------


def patched() -> list[object]:
    """What stands where the harness puts its own functions."""
    places: list[tuple[Any, str]] = [
        (SVI, "step"),
        (SVI, "evaluate_loss"),
        (Trace_ELBO, "loss_and_grads"),
        (MCMC, "run"),
        (torch.autograd, "backward"),
        (torch.autograd, "grad"),
        (DistributionMeta, "__call__"),
        (TraceHandler, "__call__"),
        (TraceMessenger, "_pyro_post_sample"),
        (warnings, "warn"),
        (warnings, "simplefilter"),
        (pyro, "enable_validation"),
        (pyro.settings, "set"),
        (torch.utils.data.DataLoader, "__iter__"),
        (torch.distributions.Distribution, "set_default_validate_args"),
    ]
    return [vars(owner)[name] for owner, name in places]


RECKLESS = """

def reckless(data):
    pyro.enable_validation(False)
    pyro.settings.set(module_local_params=True)
    warnings.simplefilter("ignore")
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    torch.set_grad_enabled(True)
    random.random()
    np.random.rand()
    pyro.param("kept")
    pyro.param("new", torch.tensor(1.0))
    model(data)
"""


def test_the_process_is_left_as_it_was(load: Load) -> None:
    program = load("import random\nimport warnings\nimport numpy as np\n" + FAULTY + RECKLESS)
    kept = pyro.param("kept", torch.tensor(2.0), constraint=dist.constraints.positive)
    leaf = kept.unconstrained()
    leaf.grad = torch.tensor(7.0)
    pyro.set_rng_seed(11)
    states = [torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()]
    settings = pyro.settings.get()
    filters = list(warnings.filters)
    before = patched()

    try:
        verdicts = pyrolint.confirm(program.reckless, program.guide, DATA)
        assert torch.get_default_dtype() is torch.float32
    finally:
        torch.set_default_dtype(torch.float32)
    assert verdicts.step is not None
    assert patched() == before
    assert list(pyro.get_param_store()) == ["kept"]
    assert pyro.param("kept").unconstrained() is leaf
    assert float(leaf.detach()) == pytest.approx(0.6931, abs=1e-3)
    assert leaf.grad == torch.tensor(7.0)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.random.get_state()[1].tolist() == states[1]
    assert random.getstate() == states[2]
    assert pyro.settings.get() == settings
    assert list(warnings.filters) == filters
    assert torch.is_grad_enabled()


MODULE = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.nn import PyroModule, PyroSample


class Net(PyroModule):
    def __init__(self):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(2)
        self.slope = PyroSample(dist.Normal(0.0, 1.0))

    def forward(self, data):
        self.train()
        self.norm.momentum = 0.5
        mean = self.norm(data).sum(-1) * self.slope
        with pyro.plate("rows", len(data)):
            pyro.sample("obs", dist.Normal(mean, 1.0), obs=data.sum(-1))
"""


def test_modules_are_left_as_they_were(load: Load) -> None:
    net = load(MODULE).Net()
    net.eval()
    data = torch.arange(8.0).reshape(4, 2)
    assert net.norm.weight.grad is None
    running = net.norm.running_mean.clone()
    names = {name for name, _ in net.named_parameters()}
    guide = AutoNormal(net)
    verdicts = pyrolint.confirm(net, guide, data)
    assert verdicts.step is not None, verdicts.reason
    assert not net.training
    assert not net.norm.training
    assert net.norm.momentum == 0.1
    assert torch.equal(net.norm.running_mean, running)
    assert net.norm.weight.grad is None
    assert {name for name, _ in net.named_parameters()} == names
    # The guide is set up by its first call, which is still to come.
    assert guide.prototype_trace is None
    assert list(guide.parameters()) == []
    guide(data)
    assert {name for name, _ in guide.named_parameters()} == {
        "locs.slope_unconstrained",
        "scales.slope_unconstrained",
    }


def test_a_guide_that_was_set_up_keeps_its_values(load: Load) -> None:
    program = load(CLEAN)
    guide = AutoDelta(program.model)
    guide(DATA)
    leaf = next(guide.parameters())
    value = leaf.detach().clone()
    assert pyrolint.confirm(program.model, guide, DATA).step is not None
    assert next(guide.parameters()) is leaf
    assert torch.equal(leaf, value)
    assert leaf.grad is None


def test_an_objective_keeps_what_it_knows(load: Load) -> None:
    program = load(CLEAN)
    losses = Trace_ELBO(num_particles=2, vectorize_particles=True), JitTrace_ELBO()
    for loss in losses:
        before = dict(vars(loss))
        pyrolint.confirm.using(loss=loss)(program.model, program.guide, DATA)
        assert vars(loss) == before
        pyrolint.confirm(SVI(program.model, program.guide, Adam({}), loss), DATA)
        assert vars(loss) == before


def test_a_store_that_was_filled_twice_keeps_its_names(load: Load) -> None:
    program = load(CLEAN)
    for _ in range(2):
        AutoNormal(program.model)(DATA)
    before = dict(pyro.get_param_store()._param_to_name)
    pyrolint.confirm(program.model, program.guide, DATA)
    assert pyro.get_param_store()._param_to_name == before


def test_a_sampler_is_still_to_be_run(load: Load) -> None:
    program = load(CLEAN)
    kernel = NUTS(program.model)
    before = dict(vars(kernel))
    assert pyrolint.confirm(kernel, DATA).step is not None
    assert dict(vars(kernel)) == before


def test_gradients_of_a_first_step_do_not_mix_with_old_ones(load: Load) -> None:
    data = DATA.clone().requires_grad_()
    data.grad = torch.ones(4)
    program = load(CLEAN)
    assert pyrolint.confirm(program.model, program.guide, data).step is not None
    assert torch.equal(data.grad, torch.ones(4))


def test_a_gradient_left_over_is_no_evidence(load: Load) -> None:
    program = load(CLEAN)
    program.guide(DATA)
    leaf = pyro.param("loc_loc").unconstrained()
    leaf.grad = torch.tensor(float("nan"))
    assert pyrolint.confirm(program.model, program.guide, DATA).findings == ()
    assert leaf.grad.isnan()


def test_it_works_without_gradients_around_it(load: Load) -> None:
    program = load(FAULTY)
    with torch.no_grad():
        verdicts = pyrolint.confirm(program.model, program.guide, DATA)
        assert not torch.is_grad_enabled()
    assert codes(verdicts) == [("PYR101", "confirmed")]


def test_the_same_seed_gives_the_same_figures(load: Load) -> None:
    program = load(FAULTY)
    first, second, third = (
        pyrolint.confirm.using(seed=seed)(program.model, program.guide, DATA).step
        for seed in (1, 1, 2)
    )
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.measures.loss == second.measures.loss
    assert first.measures.loss != third.measures.loss


# --- showing -----------------------------------------------------------------------------------


def test_verdicts_are_shown_as_text(load: Load) -> None:
    program = load(FAULTY)
    text = str(pyrolint.confirm(program.model, program.guide, DATA))
    assert text.startswith("ELBO step of model and guide, seed 0: 1 confirmed, 0 refuted")
    assert f"PYR101 unconstrained-parameter  {program.__file__}:{FAULT_ROW}" in text
    assert "parameter loc_scale" in text


def test_html_is_escaped() -> None:
    finding = Finding(
        "PYR101", "name", "error", "confirmed", "<b>&", "</td><script>", {"<i>": "<u>"}, "<f>", 1
    )
    html = Verdicts((finding,), None, "<reason>")._repr_html_()
    for raw in ("<b>&", "<script>", "<i>", "<u>", "<f>", "<reason>"):
        assert raw not in html
    assert "&lt;script&gt;" in html
    assert html.count("<td") == html.count("</td>") == 6


def test_verdicts_have_no_truth() -> None:
    with pytest.raises(TypeError, match="is_clean"):
        bool(Verdicts((), None))


def test_the_import_is_light() -> None:
    code = (
        "import sys, pyrolint\n"
        "assert 'pyrolint.dynamic' not in sys.modules\n"
        "assert not hasattr(pyrolint, 'nothing')\n"
        "pyrolint.confirm\n"
        "assert not {'torch', 'pyro', 'libcst', 'numpy'} & set(sys.modules)\n"
        "sys.modules['torch'] = None\n"
        "try:\n"
        "    pyrolint.confirm(print)\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "needs torch and pyro" in done.stdout


def test_a_fault_of_the_analysis_is_no_finding(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise LookupError("of ours")

    monkeypatch.setattr(Analyst, "report", broken)
    program = load(CLEAN)
    with pytest.raises(LookupError, match="of ours"):
        pyrolint.confirm(program.model, program.guide, DATA)
