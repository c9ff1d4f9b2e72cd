"""Which ways from a parameter, a latent or a draw to a density keep the gradient, or are lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from linting import lint_text

from pyrolint.settings import Options

HEAD = """\
import random
import numpy as np
import pyro
import pyro.distributions as dist
import torch
from elsewhere import unknown
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam

net = torch.nn.Linear(1, 1)
known = torch.randn(3)


def model(data):
    z = pyro.sample("z", dist.Normal(0.0, 1.0))
    pyro.sample("obs", dist.Normal(z, 1.0).expand([3]).to_event(1), obs=data)


def guide(data):
    p = pyro.param("p", torch.tensor(0.5))
"""
TAIL = """

svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
svi.step(known)
"""
SITE = 'pyro.sample("z", dist.Normal(v, 1.0))'


def found(folder: Path, *lines: str) -> set[str]:
    body = "".join(f"    {line}\n" for line in lines)
    options = Options(select=("PYR705", "PYR707", "PYR708"))
    outcome = lint_text(folder, HEAD + body + TAIL, options)
    assert not outcome.failures
    return {diagnostic.code for diagnostic in outcome.diagnostics}


@pytest.mark.parametrize(
    "value",
    [
        "p.item()",
        "p.detach()",
        "p.exp().detach() + 1.0",
        "p.data * 2",
        "float(p)",
        "torch.tensor(p)",
        "torch.tensor([p, p]).sum()",
        "torch.tensor((p, 1.0))[0]",
        "torch.as_tensor([p, p]).mean()",
        "p.new_tensor([p]).sum()",
        "torch.tensor(np.array([p.item()])).sum()",
        "net(p.detach()).squeeze()",
        "(lambda x: x.detach())(p)",
        "[p.item() for _ in range(2)][0]",
        "{'a': p.detach()}['a']",
        "torch.where(known[0] > 0, p.detach(), known[0])",
    ],
)
def test_these_cut_the_gradient_off(value: str, tmp_path: Path) -> None:
    assert found(tmp_path, f"v = {value}", SITE) == {"PYR707"}


@pytest.mark.parametrize(
    "value",
    [
        "p",
        "p.clone().float()",
        "torch.as_tensor(p)",
        "torch.stack([p, p]).sum()",
        "p + p.detach()",
        "net(p).squeeze() + p.item()",
        "p.detach() if known.sum() > 0 else p",
        "unknown(p) + p.item()",
        "unknown(p.item()) + 1.0",
        "unknown(lambda: p).run() + p.item()",
    ],
)
def test_these_do_not_or_nobody_knows(value: str, tmp_path: Path) -> None:
    assert found(tmp_path, f"v = {value}", SITE) == set()


def test_a_block_without_gradients_cuts_what_is_computed_in_it(tmp_path: Path) -> None:
    block = ("with torch.no_grad():", "    v = p * 2.0")
    assert found(tmp_path, *block, SITE) == {"PYR707"}
    assert found(tmp_path, "with torch.no_grad():", "    v = p", SITE) == set()
    kept = ("with torch.no_grad():", "    with torch.enable_grad():", "        v = p * 2.0")
    assert found(tmp_path, *kept, SITE) == set()


@pytest.mark.parametrize(
    "use",
    [
        "pass",
        "q = p * 2.0",
        "print(p, len(p.shape))",
        "kept = [p, p.exp()]",
        "d = dist.Normal(p, 1.0)",
        "pyro.deterministic('q', p)",
    ],
)
def test_these_use_no_parameter(use: str, tmp_path: Path) -> None:
    assert found(tmp_path, use, "v = 0.0", SITE) == {"PYR705"}


@pytest.mark.parametrize(
    "use",
    [
        "pyro.factor('f', p)",
        "unknown(p)",
        "unknown([p])",
        "unknown({'a': (p,)})",
        "unknown(lambda: p)",
        "net.extra = p",
        "net.extra = p.item()",
        "data[0] = p",
        "known.add_(p)",
        "q = known[p.long()]",
        "d = dist.Normal(0.0, 1.0).log_prob(p)",
        "if p > 0: print('above')",
        "return p",
        "pyro.sample('y', unknown, p)",
        "pyro.sample('y', dist.Normal(0.0, 1.0).mask(p > 0))",
        "pyro.sample('y', dist.Normal(0.0, 1.0), infer={'baseline': {'baseline_value': p}})",
    ],
)
def test_these_may_use_it(use: str, tmp_path: Path) -> None:
    assert "PYR705" not in found(tmp_path, "v = 0.0", SITE, use)


@pytest.mark.parametrize(
    "value",
    [
        "torch.randn(())",
        "0.1 * torch.rand(3).mean()",
        "random.gauss(0.0, 1.0)",
        "np.random.rand()",
        "dist.Normal(0.0, 1.0).sample()",
        "dist.Normal(0.0, 1.0).expand([2]).rsample().sum()",
        "net(torch.randn(1)).squeeze()",
    ],
)
def test_these_draw_behind_pyros_back(value: str, tmp_path: Path) -> None:
    assert found(tmp_path, f"v = p + {value}", SITE) == {"PYR708"}


@pytest.mark.parametrize(
    "value",
    [
        "known[0]",
        "(data + torch.randn_like(data)).sum()",
        "(data * torch.bernoulli(torch.full((3,), 0.5))).sum()",
        "data[torch.randint(0, 3, (1,))].sum()",
        "data[torch.randperm(3)].sum()",
        "dist.Bernoulli(data).sample().sum()",
        "pyro.param('q', torch.randn(()))",
        "pyro.param('q', lambda: torch.randn(()))",
    ],
)
def test_these_draw_data_or_initial_values(value: str, tmp_path: Path) -> None:
    assert found(tmp_path, f"v = p + {value}", SITE) == set()
