"""An inference that is fine, for scripts that get to one against all odds."""

import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import SGD


def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


def guide(data):
    loc = pyro.param("loc_q", torch.tensor(0.0))
    pyro.sample("loc", dist.Normal(loc, 1.0))


def step():
    SVI(model, guide, SGD({"lr": 0.01}), Trace_ELBO()).step(torch.ones(4))
