"""Training: optimizers and their options, gradients of hand-written loops, the parameter store."""

from __future__ import annotations

import pytest
from semantics.reading import read_program

from pyrolint.semantics.analysis import Analysis
from pyrolint.semantics.inferences import Inference
from pyrolint.semantics.library.constraints import bound_value
from pyrolint.semantics.optimizers import options_of, stepping
from pyrolint.semantics.training import Descent
from pyrolint.semantics.values import Constant, LibraryObject

PROGRAMS = """\
def model(x):
    z = pyro.sample("z", dist.Normal(0.0, 1.0))
    pyro.sample("y", dist.Normal(z, 1.0), obs=x)

def rival(x):
    z = pyro.sample("z", dist.Normal(1.0, 1.0))
    pyro.sample("y", dist.Normal(-z, 1.0), obs=x)

def guide(x):
    loc = pyro.param("loc", torch.tensor(0.0))
    pyro.sample("z", dist.Normal(loc, 1.0))

def rival_guide(x):
    loc = pyro.param("loc", torch.tensor(1.0))
    pyro.sample("z", dist.Normal(loc, 1.0))

x = torch.tensor(1.0)
elbo = Trace_ELBO()
auto = AutoNormal(model)
optimizer = torch.optim.Adam(auto.parameters(), lr=0.5)

def train(model, guide):
    svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
    for _ in range(10):
        svi.step(x)

"""


def analysed(text: str) -> Analysis:
    return read_program(PROGRAMS + text)


def descents(text: str) -> list[Descent]:
    return [each for each in analysed(text).subjects[Descent] if isinstance(each, Descent)]


RATES = {
    "a-dict": ('Adam({"lr": 0.1})', [("Adam", None, 0.1)]),
    "keywords": ("Adam(dict(lr=0.1))", [("Adam", None, 0.1)]),
    "wrapped": ('pyro.optim.PyroOptim(torch.optim.SGD, {"lr": 0.1})', [("SGD", None, 0.1)]),
    "scheduled": (
        'pyro.optim.StepLR({"optimizer": torch.optim.SGD, "optim_args": {"lr": 0.1}})',
        [("SGD", "torch.optim.lr_scheduler.StepLR", 0.1)],
    ),
    "of-torch": ("torch.optim.Adam([], lr=0.1)", [("Adam", None, 0.1)]),
    "a-function": (
        'Adam(lambda name: {"lr": 0.1} if name == "loc" else {"lr": 0.2})',
        [("Adam", None, 0.1), ("Adam", None, 0.2)],
    ),
    "unknown-class": ('pyro.optim.PyroOptim(kind, {"lr": 0.1})', [("the optimizer", None, 0.1)]),
    "unknown-options": ("Adam(options)", []),
}


@pytest.mark.parametrize(("code", "expected"), RATES.values(), ids=RATES.keys())
def test_the_options_of_an_optimizer(
    code: str, expected: list[tuple[str, str | None, float]]
) -> None:
    _, _, _, made, *_ = analysed(f"made = {code}").subjects[LibraryObject]
    assert isinstance(made, LibraryObject)
    found = [(each.name, each.scheduler, each.known["lr"]) for each in options_of(made)]
    assert found == [(name, scheduler, Constant(rate)) for name, scheduler, rate in expected]


LOOPS = {
    "accumulating": ("", "loss.backward()\n    optimizer.step()", True),
    "zeroed": ("optimizer.zero_grad()", "loss.backward()\n    optimizer.step()", False),
    "zeroed-by-attribute": (
        "for p in auto.parameters(): p.grad = None",
        "loss.backward()\n    optimizer.step()",
        False,
    ),
    "now-and-then": ("", "loss.backward()\n    if i % 4 == 0: optimizer.step()", False),
    "arithmetic": ("", "(2 * loss / 10).mean().backward()\n    optimizer.step()", True),
    "own-optimizer": (
        "",
        "loss.backward()\n    torch.optim.SGD(auto.parameters(), lr=0.1).step()",
        False,
    ),
    "by-an-unknown": ("reset(optimizer)", "loss.backward()\n    optimizer.step()", False),
}


@pytest.mark.parametrize(("first", "rest", "accumulates"), LOOPS.values(), ids=LOOPS.keys())
def test_gradients_that_a_loop_gathers(first: str, rest: str, accumulates: bool) -> None:
    loss = "loss = elbo.differentiable_loss(model, auto, x)"
    (found,) = descents(f"for i in range(100):\n    {first}\n    {loss}\n    {rest}")
    assert found.accumulates is accumulates


def test_a_closure_takes_the_gradients_that_its_step_follows() -> None:
    (found,) = descents(
        "def closure():\n"
        "    loss = elbo.differentiable_loss(model, auto, x)\n"
        "    loss.backward()\n"
        "    return loss\n"
        "for i in range(10):\n"
        "    optimizer.step(closure)\n"
    )
    assert found.accumulates


def test_each_loss_goes_with_the_optimizer_that_steps_on_it() -> None:
    found = descents(
        "other = torch.optim.SGD([], lr=0.1)\n"
        "elbo.differentiable_loss(model, auto, x).backward()\n"
        "optimizer.step()\n"
        "elbo.differentiable_loss(rival, auto, x).backward()\n"
        "other.step()\n"
    )
    assert [each.optimizer.name for each in found] == ["torch.optim.Adam", "torch.optim.SGD"]
    assert len({each.objective for each in found}) == 2


def test_other_losses_are_none_of_an_elbo() -> None:
    text = "for i in range(10):\n    (auto(x) - x).pow(2).sum().backward()\n    optimizer.step()"
    assert descents(text) == []


def test_what_svi_refuses_steps_nowhere() -> None:
    inference, *_ = analysed("SVI(model, auto, optimizer, elbo).step(x)").inferences
    assert inference.optimizer is not None
    assert list(stepping(inference)) == []


STALE = {
    "in-sequence": ("train(model, guide)\ntrain(rival, rival_guide)", {"loc"}),
    "cleared": ("train(model, guide)\npyro.clear_param_store()\ntrain(rival, rival_guide)", set()),
    "perhaps-cleared": (
        "train(model, guide)\nif c: pyro.clear_param_store()\ntrain(rival, rival_guide)",
        set(),
    ),
    "cleared-either-way": (
        "train(model, guide)\n"
        "if c: pyro.clear_param_store()\n"
        "else: pyro.get_param_store().clear()\n"
        "train(rival, rival_guide)",
        set(),
    ),
    "read-between": (
        "train(model, guide)\nprint(pyro.get_param_store().keys())\ntrain(rival, rival_guide)",
        {"loc"},
    ),
    "either-or": (
        "if c: train(model, guide)\nelse: train(rival, rival_guide)\ntrain(rival, rival_guide)",
        set(),
    ),
    "the-same-again": ("train(model, guide)\ntrain(model, guide)", set()),
    "a-shared-guide": ("train(model, guide)\ntrain(rival, guide)", set()),
    "autoguides": (
        "train(model, AutoNormal(model))\ntrain(rival, AutoNormal(rival))",
        {"AutoNormal.locs.z"},
    ),
    "autoguides-of-their-own": (
        "pyro.settings.set(module_local_params=True)\n"
        "train(model, AutoNormal(model))\ntrain(rival, AutoNormal(rival))",
        set(),
    ),
    "one-autoguide": ("train(model, auto)\ntrain(rival, auto)", set()),
    "autoguides-of-two-kinds": (
        "train(model, AutoNormal(model))\ntrain(rival, AutoDelta(rival))",
        set(),
    ),
    "an-unknown-call-between": ("train(model, guide)\nreset()\ntrain(rival, rival_guide)", set()),
}


@pytest.mark.parametrize(("code", "expected"), STALE.values(), ids=STALE.keys())
def test_parameters_that_another_pair_has_trained(code: str, expected: set[str]) -> None:
    inferences: tuple[Inference, ...] = analysed(code).inferences
    assert {stale.name for each in inferences for stale in each.stale} == expected


def test_the_turns_of_a_comprehension_count() -> None:
    text = "svi = SVI(model, guide, Adam({}), elbo)\nlosses = [svi.step(x) for _ in range(2000)]"
    inference, *_ = analysed(text).inferences
    assert bound_value(inference.turns) == 2000


def test_turns_count_since_the_pair_was_made() -> None:
    text = "for seed in range(20):\n    svi = SVI(model, guide, Adam({}), elbo)\n"
    text += "    for step in range(500):\n        svi.step(x)\n"
    inference, *_ = analysed(text).inferences
    assert bound_value(inference.turns) == 500
