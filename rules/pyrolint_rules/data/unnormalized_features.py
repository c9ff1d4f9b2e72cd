"""PYR401 unnormalized-features."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, RawFeature, Related, Severity, rule


@rule("PYR401", "unnormalized-features", severity=Severity.WARNING, tips=[10, 11])
def unnormalized_features(feature: RawFeature) -> Iterator[Finding]:
    """Features go into a product with what is learnt in the units in which they were read.

    ## What it does
    Follows data from where it is read (`read_csv`, `loadtxt`, `fetch_…`, `load_…`, HDF5) or
    written out with columns orders of magnitude apart, through selections, casts, tensors,
    loaders and `svi.step`, to where a program multiplies it with a latent, a parameter or a
    network's weights. Anything on the way that changes the scale keeps the rule silent: a scaler,
    `(x - mean) / std`, a logarithm, a division, BatchNorm; so does data that is only observed.

    ## Why is this bad
    Priors and learning rates about one suit features about one. A column in the thousands makes
    the first ELBO astronomically low and its gradient as large, while a column of thousandths
    hardly moves its weight; one step size cannot serve both, and training diverges or crawls.

    ## Example
    ```python
    import numpy as np
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    table = np.loadtxt("houses.csv", delimiter=",", skiprows=1)
    x = torch.tensor(table[:, 0])
    y = torch.tensor(table[:, -1]).log()
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(x, y)
    ```

    ## Use instead
    ```python
    import numpy as np
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, Trace_ELBO
    from pyro.infer.autoguide import AutoNormal
    from pyro.optim import Adam


    def model(x, y):
        slope = pyro.sample("slope", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(x)):
            pyro.sample("y", dist.Normal(slope * x, 1.0), obs=y)


    table = np.loadtxt("houses.csv", delimiter=",", skiprows=1)
    x = torch.tensor(table[:, 0])
    x = (x - x.mean()) / x.std()
    y = torch.tensor(table[:, -1]).log()
    svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
    svi.step(x, y)
    ```

    ## What confirm shows
    Mean and standard deviation of each column that reaches the sites.

    ## References
    - Pyro, SVI Part IV: Tips and Tricks, tips 10 and 11: normalise the ELBO and the data
    """
    partner = {"network": "a network's weights"}.get(feature.partner, f"a {feature.partner}")
    yield Finding(
        f"The data read here is multiplied by {partner} in `{feature.program}` at its raw scale,"
        " where gradients may explode or vanish; standardise it: `(x - x.mean(0)) / x.std(0)`.",
        feature.source,
        related=(Related(feature.use, f"multiplied by {partner} here"),),
        program=feature.program,
    )
