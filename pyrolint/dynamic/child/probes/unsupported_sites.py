"""Whether the step failed for a latent that the method, the autoguide or the loss cannot take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyro.infer.autoguide.effect import AutoMessenger
from pyro.infer.autoguide.guides import AutoGuide

from pyrolint.dynamic.child.errors.raised import chain, error_position, places
from pyrolint.dynamic.child.observation.recorders import POSITION, making_position
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_NO_TRANSFORM = "pyro.infer.autoguide.utils.helpful_support_errors"
_NO_SAMPLER = "pyro.infer.util.check_fully_reparametrized"
_PROTOTYPE = "pyro.infer.autoguide.guides._setup_prototype"
_MESSENGER = "pyro.infer.autoguide.effect._adjust_plates"


@probe("PYR316", "PYR320", "PYR322", "PYR323")
def unsupported_sites(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read which site Pyro was busy with when it gave up."""
    for error in chain(laboratory.step.error):
        for place in places(error):
            if place.name == _NO_TRANSFORM:
                site: Any = place.values["site"]
                where = site.get(POSITION) or error_position(error)
                yield _without_transform(site, _autoguide(error), where)
                return
            if place.name == _NO_SAMPLER:
                yield _without_sampler(place.values["guide_site"], laboratory)
                return
            if place.name in (_PROTOTYPE, _MESSENGER):
                found = _in_loop(place.values, _autoguide(error), error_position(error))
                if found is not None:
                    yield found
                    return


def _autoguide(error: BaseException) -> Any:
    """The autoguide whose method was under way, the innermost; None where there is none."""
    for place in places(error):
        owner = place.values.get("self")
        if isinstance(owner, AutoGuide | AutoMessenger):
            return owner
    return None


def _without_transform(site: Mapping[str, Any], autoguide: Any, where: Position | None) -> Evidence:
    family, name = type(site["fn"]).__name__, site["name"]
    if autoguide is not None and site["fn"].support.is_discrete:
        return Evidence(
            "PYR316",
            Verdict.CONFIRMED,
            f"{type(autoguide).__name__} met the discrete latent {name!r} and refused it; hide it "
            f"by `poutine.block(model, hide=[{name!r}])`",
            position=making_position(autoguide) or where,
            site=name,
            related=(where,) if where is not None else (),
            figures={"support": str(site["fn"].support)},
        )
    user = type(autoguide).__name__ if autoguide is not None else "the sampler"
    return Evidence(
        "PYR323",
        Verdict.CONFIRMED,
        f"{user} found no transform onto the support of latent {name!r}, a {family}; replace or "
        "reparameterise it",
        position=where,
        site=name,
        figures={"support": str(site["fn"].support)},
    )


def _without_sampler(site: Mapping[str, Any], laboratory: Laboratory) -> Evidence:
    loss = type(laboratory.step.objective).__name__
    return Evidence(
        "PYR320",
        Verdict.CONFIRMED,
        f"the guide's {site['name']!r} has no reparameterised sampler, and {loss} refused it; draw "
        "from another family, or train with `Trace_ELBO`",
        position=site.get(POSITION),
        site=site["name"],
        figures={"family": type(site["fn"]).__name__},
    )


def _in_loop(held: Mapping[str, Any], autoguide: Any, reached: Position | None) -> Evidence | None:
    frame, site = held.get("frame", held.get("f")), held.get("site")
    if frame is None or frame.vectorized:
        return None
    where = site.get(POSITION) if site is not None else reached
    made = making_position(autoguide) if autoguide is not None else None
    return Evidence(
        "PYR322",
        Verdict.CONFIRMED,
        f"the autoguide met a latent in the sequential plate {frame.name!r} and gave up; write "
        f"`with pyro.plate(...)`",
        position=where or made or reached,
        site=site["name"] if site is not None else None,
        related=(made,) if where is not None and made is not None else (),
        figures={"plate": frame.name},
    )
