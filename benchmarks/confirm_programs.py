"""The programs that the cost of confirming is measured on: small, a network, much data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyro
import pyro.distributions as dist
import torch
from pyro.infer.autoguide import AutoNormal
from torch import Tensor, nn

Program = tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]
"""A model, a guide and the arguments of a step."""


def regression() -> Program:
    """Ten weights, a hundred rows: a step of a millisecond or two."""

    def model(x: Tensor, y: Tensor) -> None:
        weights = pyro.sample("weights", dist.Normal(torch.zeros(10), 1.0).to_event(1))
        scale = pyro.sample("scale", dist.LogNormal(0.0, 1.0))
        with pyro.plate("data", len(y)):
            pyro.sample("y", dist.Normal(x @ weights, scale), obs=y)

    return model, AutoNormal(model), (torch.randn(100, 10), torch.randn(100))


def autoencoder() -> Program:
    """A variational autoencoder: 256 images of 784 pixels, networks of 400 units."""
    encoder = nn.Sequential(nn.Linear(784, 400), nn.Softplus(), nn.Linear(400, 100))
    decoder = nn.Sequential(nn.Linear(50, 400), nn.Softplus(), nn.Linear(400, 784))

    def model(x: Tensor) -> None:
        pyro.module("decoder", decoder)
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", dist.Normal(torch.zeros(50), 1.0).to_event(1))
            pyro.sample("x", dist.Bernoulli(logits=decoder(z)).to_event(1), obs=x)

    def guide(x: Tensor) -> None:
        pyro.module("encoder", encoder)
        with pyro.plate("images", len(x)):
            loc, scale = encoder(x).chunk(2, -1)
            scale = nn.functional.softplus(scale) + 1e-3
            pyro.sample("z", dist.Normal(loc, scale).to_event(1))

    return model, guide, (torch.rand(256, 784).round(),)


def hierarchy() -> Program:
    """Two hundred thousand rows in a thousand groups."""
    groups = torch.arange(200_000) % 1000

    def model(y: Tensor) -> None:
        spread = pyro.sample("spread", dist.HalfNormal(1.0))
        with pyro.plate("groups", 1000):
            effects = pyro.sample("effects", dist.Normal(0.0, spread))
        with pyro.plate("rows", len(y)):
            pyro.sample("y", dist.Normal(effects[groups], 1.0), obs=y)

    return model, AutoNormal(model), (torch.randn(200_000),)


PROGRAMS: Mapping[str, Callable[[], Program]] = {
    "regression": regression,
    "autoencoder": autoencoder,
    "hierarchy": hierarchy,
}
