"""What operators on trained programs take, and what they leave alone."""

from __future__ import annotations

import ast

import pytest

from .edits import applied
from .mutant import Mutant
from .operators import mutants
from .pairs import trained
from .project import project_of

PROGRAM = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.distributions import constraints
from pyro.infer import SVI, Trace_ELBO, TraceEnum_ELBO, config_enumerate
from pyro.infer.autoguide import AutoNormal
from pyro.nn import PyroModule, PyroSample
from pyro.optim import Adam, ClippedAdam


class Network(PyroModule):
    def __init__(self):
        super().__init__()
        self.linear = PyroModule[torch.nn.Linear](3, 1)
        self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 3]).to_event(2))

    def forward(self, x):
        z_scale = torch.exp(self.last(x))
        pyro.sample("x", dist.Normal(self.linear(x), z_scale), obs=x)


class Coder:
    def model(self, x):
        pyro.module("decoder", self.decoder)
        with pyro.plate("data", len(x), dim=-1):
            z = pyro.sample("z", dist.Normal(torch.zeros(3), 1.0).to_event(1))
            logits = self.decoder(z)
            pyro.sample("x", dist.Bernoulli(logits=logits), obs=x)

    def guide(self, x):
        chance = pyro.param("chance", torch.tensor(0.5), constraint=constraints.unit_interval)
        with pyro.plate("data", len(x), dim=-1):
            pyro.sample("z", dist.Normal(self.loc, 2.0).to_event(1))
        pyro.sample("flag", dist.Bernoulli(chance))

    def train(self, x):
        svi = SVI(self.model, self.guide, Adam({"lr": 0.01}), loss=Trace_ELBO())
        svi.step(x)


@config_enumerate
def mixture(data):
    width = pyro.param("width", torch.ones(2), constraint=constraints.positive)
    kind = pyro.sample("kind", dist.Categorical(torch.ones(2)))
    with pyro.plate("rows", 5, dim=-2):
        with pyro.plate("columns", 4, dim=-1):
            loc = pyro.sample("loc", dist.Normal(torch.zeros(4), 1.0))
    pyro.sample("obs", dist.Normal(loc, width[kind]), obs=data)


guide = AutoNormal(mixture)
optimizer = ClippedAdam({"lr": 0.01, "lrd": 0.999})
svi = SVI(mixture, guide, optimizer, TraceEnum_ELBO(max_plate_nesting=2))
for _ in range(10):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def posterior(data):
    scale = pyro.sample("scale", dist.HalfNormal(1.0))


MCMC(NUTS(posterior), num_samples=10)


def never(data):
    pyro.sample("alone", dist.Normal(0.0, 1.0).to_event(1), obs=data)
"""

CHANGED = {
    "uninstantiate-loss": ["loss=Trace_ELBO)"],
    "keyword-optimizer": ["Adam(lr=0.01)", "ClippedAdam(lr=0.01, lrd=0.999)"],
    "torch-optimizer": ["torch.optim.Adam([", "torch.optim.Adam(["],
    "enlarge-rate": ['Adam({"lr": 5.0})'],
    "plain-descent": ['pyro.optim.SGD({"lr": 0.01})'],
    "growing-rate": ['{"lr": 0.01, "lrd": 1.01}'],
    "drop-zero-grad": ["pass"],
    "drop-enumeration": [],
    "plain-loss": ["pyro.infer.Trace_ELBO(max_plate_nesting=2)"],
    "wide-autoguide": ["AutoNormal(mixture, init_scale=5.0)"],
    "discrete-under-autoguide": ['"kind", pyro.distributions.Bernoulli(0.5))'],
    "sequential-plate": ['for turn in pyro.plate("turns", 2): pyro.sample('],
    "removed-import": ["from pyro.nn import ClippedSoftmax"],
    "discrete-under-kernel": ['"scale", pyro.distributions.Poisson(3.0))'],
    "unbounded-output": ["z_scale = self.last(x)"],
    "repeat-plate": ['pyro.plate("rows", 4, dim=-1)'],
    "retired-plate": ['iarange("rows"', 'iarange("data"', 'iarange("data"', 'iarange("columns"'],
    "rename-guide-site": ["pyro.sample('z_'"],
    "repeat-name": ["pyro.sample('z', dist.Bernoulli", "pyro.sample('kind', dist.Normal(loc,"],
    "guide-observed": ["pyro.sample('x', pyro.distributions.Normal(0.0, 1.0))"],
    "drop-observation": ["dist.Bernoulli(logits=logits), )", "width[kind]), )"],
    "numpy-observation": ["obs=x.numpy()", "obs=data.numpy()"],
    "integer-observation": ["obs=x.long()"],
    "negative-observation": ["obs=-torch.ones_like(x)"],
    "drop-event": ['pyro.sample("z", dist.Normal(self.loc, 2.0))'],
    "untraced-draw": ["kind = dist.Categorical(torch.ones(2)).sample()", "loc = dist.Normal("],
    "collide-plates": ['pyro.plate("columns", 4, dim=-2)'],
    "positive-dimension": ["dim=0", "dim=0", "dim=0", "dim=0"],
    "resize-plate": ['pyro.plate("columns", 5, dim=-1)'],
    "column-observation": ["obs=x.unsqueeze(-1))"],
    "mean-field-of-discrete": ["loss=pyro.infer.TraceMeanField_ELBO())"],
    "rename-guide-plate": ["pyro.plate('data_of_guide', len(x), dim=-1)"],
    "negate-argument": ["torch.zeros(3), -1.0)", "self.loc, -2.0)", "torch.zeros(4), -1.0)"],
    "squash-logits": ["dist.Bernoulli(probs=torch.sigmoid(logits)), obs=x)"],
    "detach-parameter": ["dist.Bernoulli(chance.detach())", "width.detach()[kind]"],
    "number-init": ['pyro.param("chance", 0.5, constraint'],
    "wrong-constraint": ["constraint=constraints.positive)"],
    "integer-constraint": ["constraints.nonnegative_integer", "constraints.nonnegative_integer"],
    "edge-init": ['pyro.param("width", 0.0 * torch.ones(2), '],
    "drop-registration": ["pass"],
    "freeze-module": ["self.decoder.requires_grad_(False)"],
    "plain-layer": ["self.linear = torch.nn.Linear(3, 1)"],
    "eventless-prior": ["PyroSample(dist.Normal(0.0, 1.0).expand([1, 3]))"],
}


def planted(text: str, operator: str) -> list[Mutant]:
    project = project_of([ast.parse(text)])
    return [mutant for mutant in mutants(text, "model", project) if mutant.operator == operator]


@pytest.mark.parametrize(("operator", "rows"), CHANGED.items())
def test_an_operator_changes_what_svi_trains(operator: str, rows: list[str]) -> None:
    found = planted(PROGRAM, operator)
    changed = [_changed(mutant) for mutant in found]
    assert len(changed) == len(rows), changed
    for row, text in zip(rows, changed, strict=True):
        assert row in text


def _changed(mutant: Mutant) -> str:
    """The rows that are new, in a program that still parses."""
    before, after = PROGRAM.split("\n"), applied(PROGRAM, mutant.edit)
    ast.parse(after)
    return "\n".join(row for row in after.split("\n") if row not in before or row.strip() == "pass")


def test_every_operator_on_programs_is_tried() -> None:
    names = {mutant.operator for mutant in mutants(PROGRAM, "model", project_of([]))}
    elsewhere = {"disable-validation", "sample-draw", "ignored-parameter", "drop-constraint"}
    assert names - elsewhere <= CHANGED.keys()


def test_each_program_is_handed_a_draw_and_an_ignored_parameter() -> None:
    assert len(planted(PROGRAM, "sample-draw")) == 7
    assert len(planted(PROGRAM, "ignored-parameter")) == 3


NOISY = """\
import pyro


def model(data):
    noise = pyro.sample("noise", dist.Gamma(2.0, 2.0))
    rate = pyro.sample("rate", dist.Gamma(2.0, 2.0))
    pyro.sample("obs", dist.Normal(rate, noise), obs=data)


svi = SVI(model, AutoNormal(model), optimizer, loss)
"""


def test_a_latent_that_serves_as_a_scale_may_be_any_real() -> None:
    (mutant,) = planted(NOISY, "unconstrain-latent")
    assert '"noise", pyro.distributions.Normal(0.0, 1.0))' in applied(NOISY, mutant.edit)
    assert mutant.expected == {"PYR103"}


JOINT = """\
import pyro


def model(data, size):
    near = pyro.sample("near", dist.Uniform(0.0, 2.0))
    far = pyro.sample("far", dist.Normal(near, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(far, 1.0), obs=data)


def guide(data, size):
    loc = pyro.param("loc", torch.zeros(()), constraint=constraints.interval(-9, 9))
    far = pyro.sample("far", dist.Normal(loc, 1.0))
    pyro.sample("near", dist.Normal(far, 1.0))
    pyro.sample("kind", dist.Bernoulli(0.5))


def local(data, size):
    with pyro.plate("data", size, subsample_size=8) as ind:
        near = pyro.sample("near", dist.Normal(0.0, 1.0))
        pyro.sample("obs", dist.Normal(near, 1.0).to_event(1), obs=data[ind])


svi = SVI(model, guide, optimizer, Trace_ELBO())
svi.step(data, 10)
pyro.clear_param_store()
svi = SVI(model, AutoNormal(model), optimizer, JitTrace_ELBO())
pyro.clear_param_store()
svi = SVI(local, AutoNormal(local), optimizer, JitTrace_ELBO())
"""


@pytest.mark.parametrize(
    ("operator", "row"),
    [
        ("column-observation", "dist.Normal(far, 1.0), obs=data.unsqueeze(-1))"),
        ("uncleared-store", "pass\nsvi = SVI(local,"),
        ("joint-autoguide", "SVI(local, pyro.infer.autoguide.AutoDiagonalNormal(local)"),
        ("first-rows", "obs=data[:8])"),
        ("mean-field-of-discrete", "optimizer, pyro.infer.TraceMeanField_ELBO())"),
        ("mean-field-of-order", "optimizer, pyro.infer.TraceMeanField_ELBO())"),
    ],
)
def test_statements_are_put_at_odds(operator: str, row: str) -> None:
    (mutant,) = planted(JOINT, operator)
    assert row in applied(JOINT, mutant.edit)


def test_rows_stay_where_the_size_of_a_mini_batch_may_be_none() -> None:
    assert not planted(JOINT.replace("subsample_size=8", "subsample_size=size"), "first-rows")


def test_bounds_change_places() -> None:
    changed = [applied(JOINT, each.edit) for each in planted(JOINT, "exchange-bounds")]
    assert ["Uniform(2.0, 0.0)" in text for text in changed] == [True, False]
    assert ["interval(9, -9)" in text for text in changed] == [False, True]


def test_a_guide_in_the_order_of_its_model_suits_mean_fields() -> None:
    independent = JOINT.replace('"near", dist.Normal(far', '"near", dist.Normal(loc')
    assert not planted(independent, "mean-field-of-order")


PREDICTED = """\
def model(x, y=None):
    slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
    pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


SVI(model, guide, optimizer, loss).step(x, data)
predictive = Predictive(model, guide=guide, num_samples=9)
"""


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        ('predictive(x)["y"]', ['predictive(x, data)["y"]']),
        ('predictive(x, y=None)["y"]', ['predictive(x, y=data)["y"]']),
        ('Predictive(model, samples)(x, None)["y"]', ['Predictive(model, samples)(x, data)["y"]']),
        ('predictive(x)["slope"]', []),
        ('predictive(new)["y"]', []),
        ('Predictive(guide)(x)["y"]', []),
        ('Predictive(model, return_sites=["slope"])(x)["y"]', []),
        ("predictive = other\npredictive(x)['y']", []),
    ],
)
def test_a_prediction_is_given_what_was_trained_on(asked: str, changed: list[str]) -> None:
    text = PREDICTED + asked
    found = [applied(text, each.edit) for each in planted(text, "predict-given-data")]
    assert found == [PREDICTED + each for each in changed]


MARKED = PROGRAM.replace("guide = AutoNormal(mixture)\n", "def guide(data):\n    pass\n\n\n")


def test_marks_are_dropped_where_the_guide_is_written_out() -> None:
    (mutant,) = planted(MARKED, "drop-enumeration")
    assert "@(lambda program: program)" in applied(MARKED, mutant.edit)


@pytest.mark.parametrize(
    ("text", "functions"),
    [
        ("def m(): pass\ndef g(): pass\nSVI(m, g, o, l)", ["m", "g"]),
        ("def m(): pass\ng = AutoNormal(m)\nSVI(model=m, guide=g, optim=o)", ["m"]),
        ("def m(): pass\ndef g(): pass\nSVI(m, config_enumerate(g), o)", ["m", "g"]),
        ("def m(): pass\ng = poutine.block(m)\nSVI(m, g, o)", ["m"]),
        ("class A:\n def m(self): pass\n def f(self): SVI(self.m, other, o)", ["m"]),
        ("class A:\n def m(self): pass\nSVI(A().m, A().g, o)", ["m"]),
        ("def f(model):\n def g(): pass\n SVI(model, g, o)", ["g"]),
        ("def m(): 1\nSVI(m, g, o)\ndef m(): 2", ["m"]),
        ("def m(self): pass\nSVI(m, g, o)", []),
        ("def g(): pass\ng = config_enumerate(g)\nSVI(m, g, o)", ["g"]),
    ],
)
def test_pairs_are_resolved_by_syntax(text: str, functions: list[str]) -> None:
    (found,) = trained(ast.parse(text))
    assert [each.name for each in found.functions] == functions


def test_a_name_stands_for_what_was_defined_last() -> None:
    text = "def m(): 1\nSVI(m, g, o)\ndef m(): 2\nSVI(m, g, o)"
    assert [each.model.lineno for each in trained(ast.parse(text)) if each.model] == [1, 3]
