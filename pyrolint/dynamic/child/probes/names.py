"""Whether model and guide name the same latents, and the same plates."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from pyro.infer import TraceEnum_ELBO
from pyro.infer.elbo import ELBO
from pyro.poutine.util import site_is_subsample

from pyrolint.dynamic.child.errors.raised import raised_by
from pyrolint.dynamic.child.observation.recorders import POSITION
from pyrolint.dynamic.child.observation.step import Execution, Site, Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

CODES = ("PYR702", "PYR703", "PYR704", "PYR711")


@probe(*CODES, under_samplers=False)
def names(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare the two halves of the observed step, name by name."""
    step = laboratory.step
    model, guide = step.model_run, step.guide_run
    if model is None or guide is None:
        return
    found: list[Evidence] = []
    if _is_whole(model):
        missing: list[Evidence] = []
        if _is_whole(guide):
            enumerates = isinstance(step.objective, TraceEnum_ELBO)
            missing = list(_missing(model, guide, enumerates=enumerates))
        misspelt = {each.position for each in missing}
        found += [each for each in _unknown(model, guide) if each.position not in misspelt]
        found += [*_plates(model, guide), *missing]
    claimed = {claim.code for claim in step.claimed(*CODES)}
    for each in found:
        # A loss of the user's own may well want a pair that no ELBO could take.
        if isinstance(step.objective, ELBO) or each.code in claimed:
            yield each
    yield from _bare_factor(step)


def _is_whole(run: Execution) -> bool:
    """Whether the program came to its end; an error leaves a trace without its return."""
    return "_RETURN" in run.trace.nodes


def _missing(model: Execution, guide: Execution, *, enumerates: bool) -> Iterator[Evidence]:
    """Latents that the guide lacks; a stranger there of nearly the name is taken for misspelt."""
    strangers = {site.name: site for site in _strangers(model, guide)}
    for site in model.latents:
        if site.name in guide.trace.nodes or _is_enumerated(site) or site.mask is False:
            continue
        close = difflib.get_close_matches(site.name, strangers, n=1)
        near = strangers.pop(close[0]) if close else None
        if enumerates and not close and getattr(site.distribution, "has_enumerate_support", False):
            # What it misses is the mark.
            continue
        hint = f"is it the {close[0]!r} there?" if close else "add it there"
        if not close and getattr(site.distribution, "has_enumerate_support", False):
            hint += ", or enumerate it by `TraceEnum_ELBO` and `infer={'enumerate': 'parallel'}`"
        yield Evidence(
            "PYR702",
            Verdict.CONFIRMED,
            f"the step drew site {site.name!r} from its prior, as the guide does not sample it; "
            f"{hint}",
            position=near.position if near is not None else site.position,
            site=site.name,
            related=_known(site.position) if near is not None else (),
        )


def _unknown(model: Execution, guide: Execution) -> Iterator[Evidence]:
    for site in guide.sites:
        if site.infer.get("is_auxiliary"):
            continue
        twin = model.site(site.name)
        if twin is None and site.name not in model.trace.nodes:
            level = "warning" if site.is_deterministic else None
            what = "records" if site.is_deterministic else "samples"
            auxiliary = (
                "give it a name of the model's, or mark it by `infer={'is_auxiliary': True}`"
            )
            mend = "leave it out" if site.is_deterministic else auxiliary
            yield _of_guide(
                "PYR703",
                site,
                f"the guide {what} {site.name!r}, which the model lacks; {mend}",
                (),
                level,
            )
        elif twin is not None and twin.is_deterministic:
            message = (
                f"the guide has a site {site.name!r}, which the model only computes; leave it out"
            )
            yield _of_guide("PYR703", site, message, _known(twin.position), "warning")
        elif twin is not None and twin.is_observed:
            what = "observes" if site.is_observed else "samples"
            message = f"the guide {what} {site.name!r}, which the model observes; leave it out"
            yield _of_guide("PYR704", site, message, _known(twin.position))


def _of_guide(
    code: str, site: Site, message: str, related: tuple[Position, ...], level: str | None = None
) -> Evidence:
    return Evidence(
        code,
        Verdict.CONFIRMED,
        message,
        position=site.position,
        site=site.name,
        related=related,
        level=level,
    )


def _plates(model: Execution, guide: Execution) -> Iterator[Evidence]:
    held = {frame.name for site in guide.sites for frame in site.plates}
    for name, node in guide.trace.nodes.items():
        if not site_is_subsample(node) or name in model.trace.nodes or name not in held:
            continue
        yield Evidence(
            "PYR711",
            Verdict.CONFIRMED,
            f"the guide's plate {name!r} has no match in the model; name it as the model's",
            position=node.get(POSITION),
            site=name,
        )


def _bare_factor(step: Step) -> Iterator[Evidence]:
    """A factor of the guide that does not say whether it comes of reparameterised draws."""
    held = raised_by(step.error, "pyro.util.check_model_guide_match")
    node: Mapping[str, Any] | None = held.get("site") if held is not None else None
    if node is None or not hasattr(node.get("fn"), "log_factor"):
        return
    if not node["infer"].get("is_auxiliary") or "has_rsample" in vars(node["fn"]):
        return
    yield Evidence(
        "PYR703",
        Verdict.CONFIRMED,
        f"the factor {node['name']!r} of the guide does not say `has_rsample`, and the step "
        "failed at it; set it to whether the factor stems from reparameterised draws",
        position=node.get(POSITION),
        site=node["name"],
    )


def _is_enumerated(site: Site) -> bool:
    """Whether the model's site is summed over, so that the guide must not have it."""
    return site.infer.get("_enumerate_dim") is not None or bool(site.infer.get("enumerate"))


def _strangers(model: Execution, guide: Execution) -> list[Site]:
    """The sites of the guide that the model lacks and that are not meant to be its own."""
    return [
        site
        for site in guide.sites
        if site.name not in model.trace.nodes and not site.infer.get("is_auxiliary")
    ]


def _known(*positions: Position | None) -> tuple[Position, ...]:
    return tuple(each for each in positions if each is not None)
