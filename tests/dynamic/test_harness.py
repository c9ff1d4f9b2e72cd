"""Every way of beginning an inference is seen at its first step, with its model and its guide."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pyro
import pytest
import torch
from dynamic.measuring import measured

from pyrolint.dynamic.child.analysis import Analyst
from pyrolint.dynamic.messages import Reason, Report

PAIR = """
import pyro
import pyro.distributions as dist
import torch
from pyro import poutine
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam


def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


def guide(data):
    mean = pyro.param("mean", torch.tensor(0.0))
    pyro.sample("loc", dist.Normal(mean, 0.1))


data = torch.zeros(10)
"""

INFERENCES = {
    "step": ("SVI", "SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO()).step(data)"),
    "keywords": ("SVI", "SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO()).step(data=data)"),
    "evaluated only": (
        "SVI",
        "SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO()).evaluate_loss(data)",
    ),
    "evaluated first": (
        "SVI",
        """
        svi = SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO())
        svi.evaluate_loss(data)
        svi.step(data)
        pyro.went_on = True
        """,
    ),
    "a function as loss": (
        "SVI",
        """
        def loss(model, guide, *args):
            return Trace_ELBO().differentiable_loss(model, guide, *args)

        SVI(model, guide, Adam({'lr': 0.01}), loss).step(data)
        """,
    ),
    "a subclass of ELBO": (
        "SVI",
        """
        from pyro.infer.elbo import ELBO

        class Own(ELBO):
            def _get_trace(self, model, guide, args, kwargs):
                raise NotImplementedError

            def loss(self, model, guide, *args, **kwargs):
                return self.differentiable(model, guide, *args).item()

            def differentiable(self, model, guide, *args):
                drawn = poutine.trace(guide).get_trace(*args)
                scored = poutine.trace(poutine.replay(model, trace=drawn)).get_trace(*args)
                return drawn.log_prob_sum() - scored.log_prob_sum()

            def loss_and_grads(self, model, guide, *args, **kwargs):
                loss = self.differentiable(model, guide, *args)
                loss.backward()
                return loss.item()

        SVI(model, guide, Adam({'lr': 0.01}), Own()).step(data)
        """,
    ),
    "a loss by hand": (
        "ELBO",
        """
        loss = Trace_ELBO().differentiable_loss(model, guide, data)
        loss.backward()
        pyro.went_on = True
        """,
    ),
    "loss and gradients by hand": ("ELBO", "Trace_ELBO().loss_and_grads(model, guide, data)"),
    "a loss under no_grad": (
        "SVI",
        """
        with torch.no_grad():
            SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO()).evaluate_loss(data)
        """,
    ),
    "an ELBO module": (
        "ELBO",
        """
        from pyro.infer.autoguide import AutoNormal
        from pyro.nn import PyroModule

        class Model(PyroModule):
            def forward(self, data):
                return model(data)

        wrapped = Model()
        elbo = Trace_ELBO()(wrapped, AutoNormal(wrapped))
        elbo(data).backward()
        pyro.went_on = True
        """,
    ),
    "a gradient by name": (
        "ELBO",
        """
        where = torch.zeros((), requires_grad=True)
        loss = Trace_ELBO().differentiable_loss(
            model, lambda data: pyro.sample("loc", dist.Normal(where, 0.1)), data
        )
        torch.autograd.grad(outputs=loss, inputs=where)
        pyro.went_on = True
        """,
    ),
    "a loop by hand": (
        "loop",
        """
        drawn = poutine.trace(guide).get_trace(data)
        scored = poutine.trace(poutine.replay(model, trace=drawn)).get_trace(data)
        loss = drawn.log_prob_sum() - scored.log_prob_sum()
        loss.backward()
        pyro.went_on = True
        """,
    ),
    "a look before": (
        "SVI",
        """
        poutine.trace(model).get_trace(data)
        torch.ones(1, requires_grad=True).sum().backward()
        SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO()).step(data)
        """,
    ),
    "a chain": (
        "MCMC",
        """
        from pyro.infer import MCMC, NUTS

        MCMC(NUTS(model), num_samples=3).run(data)
        pyro.went_on = True
        """,
    ),
    "several chains": (
        "MCMC",
        """
        from pyro.infer import HMC, MCMC

        MCMC(HMC(model), num_samples=3, num_chains=2).run(data)
        """,
    ),
    "streaming chains": (
        "MCMC",
        """
        from pyro.infer import NUTS
        from pyro.infer.mcmc.api import StreamingMCMC

        StreamingMCMC(NUTS(model), num_samples=3).run(data)
        """,
    ),
    "a chain from given values": (
        "MCMC",
        """
        from pyro.infer import MCMC, NUTS

        start = {"loc": torch.ones(2, 1)[:, 0]}
        MCMC(NUTS(model), 3, num_chains=2, initial_params=start, disable_validation=None).run(data)
        """,
    ),
    "a chain of a potential function": (
        "MCMC",
        """
        from pyro.infer import MCMC, NUTS
        from pyro.infer.mcmc.util import initialize_model

        start, potential, transforms, _ = initialize_model(model, (data,))
        MCMC(NUTS(potential_fn=potential), 1, initial_params=start, transforms=transforms).run()
        """,
    ),
    "a kernel by hand": (
        "MCMC",
        """
        from pyro.infer import NUTS

        NUTS(model).setup(1, data)
        pyro.went_on = True
        """,
    ),
    "a guide by effects": (
        "SVI",
        """
        from pyro.infer.autoguide import AutoNormalMessenger

        SVI(model, AutoNormalMessenger(model), Adam({'lr': 0.01}), Trace_ELBO()).step(data)
        """,
    ),
    "a guide by effects, by hand": (
        "ELBO",
        """
        from pyro.infer.autoguide import AutoNormalMessenger

        Trace_ELBO().differentiable_loss(model, AutoNormalMessenger(model), data).backward()
        pyro.went_on = True
        """,
    ),
    "a network trained before": (
        "SVI",
        """
        drawn = poutine.trace(guide).get_trace(data)
        poutine.trace(poutine.replay(model, trace=drawn)).get_trace(data).compute_log_prob()
        print(Trace_ELBO().differentiable_loss(model, guide, data))
        torch.nn.Linear(1, 1)(torch.ones(1)).sum().backward()
        SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO()).step(data)
        """,
    ),
    "a particle filter in Pyro's own code": (
        "SVI",
        """
        from pyro.infer import SMCFilter

        class Part:
            def init(self, state):
                pyro.sample("x", dist.Normal(0.0, 1.0))

        exec(
            compile("def begin(filter_): filter_.init()", pyro.__file__, "exec"),
            library := {},
        )
        library["begin"](SMCFilter(Part(), Part(), num_particles=2, max_plate_nesting=0))
        SVI(model, guide, Adam({'lr': 0.01}), Trace_ELBO()).step(data)
        """,
    ),
    "importance": (
        "Importance",
        """
        from pyro.infer import Importance

        Importance(model, guide, num_samples=3).run(data)
        pyro.went_on = True
        """,
    ),
    "Stein": (
        "SVGD",
        """
        from pyro.infer import SVGD, RBFSteinKernel

        SVGD(model, RBFSteinKernel(), Adam({"lr": 0.1}), 5, 1).step(data)
        """,
    ),
}


def report_of(tmp_path: Path, program: str) -> Report:
    path = tmp_path / "program.py"
    path.write_text(program)
    return measured(path)


@pytest.mark.parametrize("name", INFERENCES)
def test_an_inference_is_seen(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyro, "went_on", False, raising=False)
    monkeypatch.delattr(pyro, "went_on")
    kind, ending = INFERENCES[name]
    report = report_of(tmp_path, PAIR + textwrap.dedent(ending))
    assert report.step is not None, (report.reason, report.detail)
    assert report.detail == ""
    # Some programs end with a line that is not to be reached.
    assert not hasattr(pyro, "went_on")
    assert report.step.inference == kind
    sites = {(site.role, site.name) for site in report.step.sites}
    assert {("model", "loc"), ("model", "obs")} <= sites
    has_guide = kind not in ("MCMC", "SVGD")
    assert any(role == "guide" for role, _ in sites) is has_guide
    lines = (PAIR + textwrap.dedent(ending)).splitlines()
    for site in report.step.sites:
        if (site.role, site.name) == ("model", "obs"):
            assert site.position is not None
            assert 'pyro.sample("obs"' in lines[site.position.row - 1]


def test_a_script_of_a_package_runs_as_its_module(tmp_path: Path) -> None:
    package = tmp_path / "project"
    package.mkdir()
    package.joinpath("parts.py").write_text(PAIR)
    path = package / "fit.py"
    path.write_text(f"from .parts import *\n\n{INFERENCES['step'][1]}\n")
    report = measured(path)
    assert report.step is not None, (report.reason, report.detail)


def test_a_package_that_is_not_installed_finds_itself(tmp_path: Path) -> None:
    package = tmp_path / "lying_about"
    package.mkdir()
    package.joinpath("__init__.py").write_text("")
    package.joinpath("parts.py").write_text(PAIR)
    path = package / "fit.py"
    path.write_text(f"from lying_about.parts import *\n\n{INFERENCES['step'][1]}\n")
    report = measured(path)
    assert report.step is not None, (report.reason, report.detail)


def test_a_parameter_lies_where_it_was_declared(tmp_path: Path) -> None:
    program = """
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.nn import PyroModule, PyroParam
from pyro.optim import Adam
from torch.distributions import constraints


class Guide(PyroModule):
    def __init__(self):
        super().__init__()
        self.scale = PyroParam(torch.tensor(0.1), constraint=constraints.positive)

    def forward(self):
        loc = pyro.param("loc", torch.tensor(0.0))
        pyro.sample("x", dist.Normal(loc, self.scale))
        pyro.sample("y", dist.Normal(pyro.param("loc"), 1.0))


def model():
    pyro.sample("x", dist.Normal(0.0, 1.0))
    pyro.sample("y", dist.Normal(0.0, 1.0))


SVI(model, Guide(), Adam({"lr": 0.01}), Trace_ELBO()).step()
"""
    report = report_of(tmp_path, program)
    assert report.step is not None
    rows = {each.name: each.position.row for each in report.step.sites if each.position}
    lines = program.splitlines()
    assert "PyroParam(" in lines[rows["scale"] - 1]
    assert "torch.tensor(0.0)" in lines[rows["loc"] - 1]


def test_csis_is_seen(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        """
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import CSIS
from pyro.optim import Adam


def model(prior_mean, observations={"x": 0.0}):
    x = pyro.sample("z", dist.Normal(prior_mean, torch.tensor(1.0)))
    pyro.sample("x", dist.Normal(x, torch.tensor(1.0)), obs=observations["x"])


def guide(prior_mean, observations={"x": 0.0}):
    mean = pyro.param("mean", torch.tensor(0.0))
    pyro.sample("z", dist.Normal(mean * observations["x"], 1.0))


CSIS(model, guide, Adam({"lr": 1e-3})).step(torch.tensor(1.0))
""",
    )
    assert report.step is not None, (report.reason, report.detail)
    assert report.step.inference == "CSIS"


REASONS = {
    "nothing": ("", Reason.NO_INFERENCE),
    "exit": ("import sys\nsys.exit(3)", Reason.EXITED),
    "package": ("import no_such_package_at_all", Reason.MISSING_PACKAGE),
    "file": ("open('no-such-file.csv')", Reason.MISSING_FILE),
    "error": ("raise ValueError('no')", Reason.RAISED),
    "an index": ("[][0]", Reason.RAISED),
    "a word": ("import sys\npath = open(sys.argv[1])", Reason.NEEDS_ARGUMENTS),
    "two words": ("import sys\n_, path = sys.argv", Reason.NEEDS_ARGUMENTS),
    "a word that is there": ("import sys\npath = sys.argv[0], [][0]", Reason.RAISED),
    "required": (
        "import argparse\n"
        "parser = argparse.ArgumentParser()\n"
        "parser.add_argument('data')\n"
        "parser.parse_args()",
        Reason.NEEDS_ARGUMENTS,
    ),
    "required by click": (
        "import click\n"
        "command = click.Command('fit', params=[click.Argument(['data'])])\n"
        "command()",
        Reason.NEEDS_ARGUMENTS,
    ),
    "help": ("import argparse\nargparse.ArgumentParser().exit(2)", Reason.EXITED),
    "syntax": ("def f(:", Reason.UNREADABLE),
}


@pytest.mark.parametrize("name", REASONS)
def test_a_program_without_a_step_says_why(name: str, tmp_path: Path) -> None:
    program, reason = REASONS[name]
    report = report_of(tmp_path, program)
    assert report.step is None
    assert report.reason is reason
    # What is installed may be the user's own as well, and so may click.
    if reason not in (Reason.NO_INFERENCE, Reason.UNREADABLE) and "click" not in name:
        assert report.position is not None
        assert report.position.row == len(program.splitlines())


def test_an_error_in_the_step_still_shows_the_step(tmp_path: Path) -> None:
    program = PAIR.replace("dist.Normal(mean, 0.1)", "dist.Normal(mean, -0.1)")
    report = report_of(tmp_path, f"{program}\n{INFERENCES['step'][1]}")
    assert report.step is not None
    assert report.reason is None


def test_a_bare_except_cannot_swallow_the_end(tmp_path: Path) -> None:
    """The stop is no exception in a process of its own; see the isolation tests."""
    program = f"{PAIR}\ntry:\n    {INFERENCES['step'][1]}\nexcept Exception:\n    raise SystemExit"
    report = report_of(tmp_path, program)
    assert report.step is not None


NESTED = """
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import EmpiricalMarginal, Importance

calls = []

def inner():
    calls.append("inner")
    return pyro.sample("inner", dist.Normal(0.0, 1.0))

def outer():
    calls.clear()
    with pyro.poutine.block():
        posterior = Importance(inner, num_samples=1).run()
    # Once as the guide, once as the model.
    assert calls == ["inner", "inner"], calls
    pyro.sample("outer", dist.Normal(0.0, 1.0))

Importance(outer, num_samples=3).run()
"""


def test_an_inference_within_the_step_is_run_once(tmp_path: Path) -> None:
    report = report_of(tmp_path, NESTED)
    assert report.step is not None
    assert {site.name for site in report.step.sites} == {"outer"}
    assert report.evidence == ()


def test_a_chain_of_a_potential_function_has_no_faults(tmp_path: Path) -> None:
    report = report_of(
        tmp_path,
        """
import pyro
import pyro.distributions as dist
from pyro.infer import MCMC, NUTS
from pyro.infer.mcmc.util import initialize_model

start, potential, transforms, _ = initialize_model(
    lambda: pyro.sample("x", dist.Normal(0.0, 1.0))
)
MCMC(NUTS(potential_fn=potential), 1, initial_params=start, transforms=transforms).run()
""",
    )
    assert report.step is not None
    assert report.evidence == ()


def test_a_loss_by_hand_is_known(tmp_path: Path) -> None:
    report = report_of(tmp_path, PAIR + textwrap.dedent(INFERENCES["a loss by hand"][1]))
    assert report.step is not None
    assert report.step.measures.loss == pytest.approx(10.0, abs=5.0)


def test_validation_that_a_compiler_switches_off_is_on(tmp_path: Path) -> None:
    program = """
torch.compile(torch.nn.Linear(1, 1), backend="eager")(torch.ones(1))
torch.distributions.Distribution.set_default_validate_args(True)
import torch._dynamo.eval_frame as frames

exec(
    compile("D.set_default_validate_args(False)", frames.__file__, "exec"),
    {"D": torch.distributions.Distribution, "__name__": frames.__name__},
)
"""
    report = report_of(tmp_path, f"{PAIR}{program}{INFERENCES['step'][1]}")
    assert report.step is not None
    assert report.step.measures.settings["arguments"]


def test_a_fault_of_the_analysis_is_told_and_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised into the program, it would end in its `except`, and nobody would ever know."""

    def broken(*arguments: object) -> None:
        raise LookupError("of ours")

    monkeypatch.setattr(Analyst, "report", broken)
    program = f"try:\n    {INFERENCES['step'][1]}\nexcept Exception:\n    raise SystemExit"
    report = report_of(tmp_path, PAIR + program)
    assert report.reason is Reason.LOST
    assert "LookupError: of ours" in report.detail


def test_the_time_of_a_step_ends_when_the_device_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: not asked or len(asked) < 2)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: asked.append(True))
    monkeypatch.setattr(Analyst, "report", lambda analyst, step: Report())
    report_of(tmp_path, PAIR + INFERENCES["step"][1])
    # Once before it, once after.
    assert len(asked) == 2


CAUGHT = """
def attempt(scale):
    try:
        Trace_ELBO().loss(model, lambda data: pyro.sample("loc", dist.Normal(0.0, scale)), data)
    except ValueError:
        return


attempt(torch.tensor(-1.0))
"""


def test_an_evaluation_that_fails_is_the_step_only_if_none_comes(tmp_path: Path) -> None:
    report = report_of(tmp_path, f"{PAIR}{CAUGHT}{INFERENCES['step'][1]}")
    assert report.step is not None
    assert report.step.inference == "SVI"
    assert report.evidence == ()
    report = report_of(tmp_path, PAIR + CAUGHT)
    assert report.step is not None
    assert report.step.inference == "ELBO"
    assert report.evidence
