"""Whether the support of a latent's site changes with another latent."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor
from torch.distributions import biject_to

from pyrolint.dynamic.child.facts.pairing import asks_anew, bounds_of, has_autoguide, matched
from pyrolint.dynamic.child.facts.supports import (
    base_of,
    describe,
    is_subset,
    support_members,
)
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import Source, SourceKind, sources
from pyrolint.dynamic.messages import Evidence, Verdict


@probe("PYR112", under_samplers=False)
def latent_dependent_support(laboratory: Laboratory) -> Iterator[Evidence]:
    """Follow the bounds of every latent's support back, and move the latent behind one."""
    if not laboratory.can_repeat or asks_anew(laboratory):
        return
    own = {pair.model.name: pair for pair in matched(laboratory)}
    run = laboratory.recorded
    if run.model is None or run.operations is None:
        return
    for site in run.model.latents:
        known = support_members(site.distribution)
        if known is None or known.is_discrete or known.is_real_line:
            continue
        pair = own.get(site.name)
        drawn = support_members(pair.guide.distribution) if pair is not None else None
        if drawn is not None and is_subset(drawn, known):
            # The guide follows, or stays inside whatever the bounds are.
            continue
        behind = {
            source.name: source
            for bound in bounds_of(site.distribution)
            for source, _ in sources(run.operations.of(bound))
            if source.kind is SourceKind.LATENT and source.name != site.name
        }
        for source in behind.values():
            found = _moved(laboratory, site, source)
            if found is not None:
                yield found
                break


def _moved(laboratory: Laboratory, site: Site, source: Source) -> Evidence | None:
    """The support before and after the latent's unconstrained value grows by 1."""
    latent: Site = source.object
    if not isinstance(latent.value, Tensor):
        return None
    try:
        transform = biject_to(latent.distribution.support)
    except NotImplementedError:
        return None
    before = latent.value.detach()
    after = transform(transform.inv(before) + 1.0)
    model = laboratory.run(values={latent.name: after}).model
    other = model.site(site.name) if model is not None else None
    if other is None:
        return None
    here, there = support_members(site.distribution), support_members(other.distribution)
    if here is None or there is None or describe(here) == describe(there):
        return None
    first, then = before.flatten()[0], after.flatten()[0]
    consequence = "a guide of your own must follow it"
    if has_autoguide(laboratory):
        family = type(base_of(site.distribution)).__name__
        consequence = (
            "the autoguide keeps the support of its first run, so that "
            f"{family} is given draws from outside; sample it on a fixed set, and scale it"
        )
    calls = (each.position for each in site.constructions)
    return Evidence(
        "PYR112",
        Verdict.CONFIRMED,
        f"site {site.name!r} takes {describe(here)} where {latent.name!r} is {worded(first)}, and "
        f"{describe(there)} where it is {worded(then)}: {consequence}",
        position=site.position,
        site=site.name,
        related=tuple(dict.fromkeys(place for place in calls if place is not None)),
        figures={
            "latent": latent.name,
            "values": [figure(first), figure(then)],
            "supports": [describe(here), describe(there)],
        },
        level=None if has_autoguide(laboratory) else "advice",
    )
