"""PYR204 symmetric-mixture-init."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.rule import Finding, Pair, Related, Severity, named, rule, symmetric_mixtures


@rule("PYR204", "symmetric-mixture-init", severity=Severity.WARNING, tips=[6])
def symmetric_mixture_init(pair: Pair) -> Iterator[Finding]:
    """The components of a mixture start equal, and are points: no gradient tells them apart.

    ## What it does
    Finds mixtures, by a discrete latent that the model sums over or by `MixtureSameFamily`, in
    which everything that belongs to a component starts the same for all of them: parameters of
    equal elements, or latents that `AutoDelta` starts at their prior's mean or at a feasible point,
    with equal weights. Where the weights differ, where a guide draws the components, or where a
    start is random, there is a way out, and nothing is said.

    ## Why is this bad
    Equal components of equal weight get equal gradients, in every step: training moves them all
    together to where one component would be best, and the mixture never becomes one. The loss
    falls and settles as if all were well.

    ## Example
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, TraceEnum_ELBO, config_enumerate
    from pyro.optim import Adam


    @config_enumerate
    def model(data):
        locs = pyro.param("locs", torch.zeros(2))
        with pyro.plate("data", len(data)):
            kind = pyro.sample("kind", dist.Categorical(torch.ones(2) / 2))
            pyro.sample("obs", dist.Normal(locs[kind], 1.0), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceEnum_ELBO(max_plate_nesting=1))
    svi.step(torch.tensor([-3.0, -2.5, 2.0, 4.5]))
    ```

    ## Use instead
    ```python
    import pyro
    import pyro.distributions as dist
    import torch
    from pyro.infer import SVI, TraceEnum_ELBO, config_enumerate
    from pyro.optim import Adam


    @config_enumerate
    def model(data):
        locs = pyro.param("locs", lambda: data.min() + torch.rand(2) * (data.max() - data.min()))
        with pyro.plate("data", len(data)):
            kind = pyro.sample("kind", dist.Categorical(torch.ones(2) / 2))
            pyro.sample("obs", dist.Normal(locs[kind], 1.0), obs=data)


    def guide(data):
        pass


    svi = SVI(model, guide, Adam({"lr": 0.01}), TraceEnum_ELBO(max_plate_nesting=1))
    svi.step(torch.tensor([-3.0, -2.5, 2.0, 4.5]))
    ```

    ## What confirm shows
    The components' values and gradients, equal among each other.

    ## References
    - Pyro, Gaussian Mixture Model (tutorial): initialisation
    - Pyro, `pyro.infer.autoguide.initialization`
    """
    for found in symmetric_mixtures(pair):
        place, verb = found.source.place, "starts"
        kind, remedy = "Parameter", "start its elements apart, at random or among the data"
        if found.starter is not None and found.starter.autoguide is not None:
            place, verb = found.starter.autoguide.place, "is started by AutoDelta"
            kind = "Latent"
            remedy = (
                "give AutoDelta an `init_loc_fn` that starts them apart, such as init_to_sample"
            )
        yield Finding(
            f"{named(kind, found.source.name, 'What is learnt here')} {verb} equal for all"
            f" components of the mixture that {named('site', found.site.name, 'a site')} is drawn"
            f" from: equal components get equal gradients, and never part; {remedy}.",
            place,
            related=(
                Related(found.site.place, "the mixture"),
                Related(found.source.place, "what the components are made of"),
            ),
            program=found.site.program,
            site=found.source.name,
        )
