"""PYR403 unscaled-minibatch."""

from __future__ import annotations

from pyrolint.rule import Severity, measured_rule


@measured_rule("PYR403", "unscaled-minibatch", severity=Severity.WARNING, tips=[])
def unscaled_minibatch() -> None:
    """Mini-batches weigh as much against the priors as if they were the whole data.

    ## What it does
    Compares how much more the likelihood weighs than the priors with the length of the whole data
    over the batch's, where a `DataLoader` feeds the step and a latent lies outside the plate of
    the likelihood. Models whose latents all lie in that plate, such as variational autoencoders,
    need no scale.

    ## Why is this bad
    The posterior of a global latent rests on all data. A plate of the batch's size counts each
    batch as the whole of it: the prior weighs N over B times too much, and the posterior comes
    out too wide and too near the prior, without any error. Given the whole length, the plate
    scales by itself.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam
    from torch.utils.data import DataLoader, TensorDataset


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    loader = DataLoader(TensorDataset(torch.randn(200), torch.randn(200)), batch_size=20)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    for x, y in loader:
        svi.step(x, y)
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam
    from torch.utils.data import DataLoader, TensorDataset


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", size=200, subsample_size=len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    loader = DataLoader(TensorDataset(torch.randn(200), torch.randn(200)), batch_size=20)
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    for x, y in loader:
        svi.step(x, y)
    ```

    ## What confirm shows
    The wanted factor N over B, and the one that the sites' scales give.

    ## References
    - Pyro, SVI Part II: Conditional Independence, Subsampling, and Amortization
    - Pyro, `pyro.plate`, arguments `size` and `subsample_size`
    """
