"""Whether validation and warnings were on when the step began."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import Construction
from pyrolint.dynamic.child.observation.step import Settings, Site, Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Position, Verdict

_SHAPING = frozenset({"Independent", "MaskedDistribution", "ExpandedDistribution"})
"""Families that only reshape another, whose own arguments are what is validated."""


@probe("PYR501", "PYR502", "PYR503")
def validation(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the settings as the program left them, and each site's own."""
    step = laboratory.step
    if step.inference == "none":
        return
    yield from _disabled(step)
    yield from _hidden(step)
    for run in step.runs:
        for site in run.sites:
            yield from _unchecked(site)


def _disabled(step: Step) -> Iterator[Evidence]:
    states = _states(step.settings)
    off = [name for name, is_on in states.items() if not is_on]
    if off and step.settings.disabled_at is not None:
        yield Evidence(
            "PYR501",
            Verdict.CONFIRMED,
            f"when the step began, validation was off for {' and '.join(off)}; leave it on",
            position=step.settings.disabled_at,
            figures={name: "on" if is_on else "off" for name, is_on in states.items()},
        )
    elif not off:
        message = "validation was switched off here, and all on again when the step began"
        yield from _refuted(step, "PYR501", message, step.settings.disabled_at)


def _refuted(step: Step, code: str, message: str, ran: Position | None) -> Iterator[Evidence]:
    """Speak of the statement that ran before the step; of others the step tells nothing."""
    for claim in step.claimed(code):
        place = (claim.filename, claim.cell)
        if ran is not None and place == (ran.filename, ran.cell):
            if claim.rows[0] <= ran.row <= claim.rows[1]:
                yield Evidence(code, Verdict.REFUTED, message, position=ran)


def _states(settings: Settings) -> dict[str, bool]:
    return {
        "distributions": settings.validate_arguments,
        "inference": settings.validate_inference,
        "effect handlers": settings.validate_poutine,
    }


def _hidden(step: Step) -> Iterator[Evidence]:
    if not step.settings.hides_warnings:
        message = "this filter hid all warnings no more when the step began"
        yield from _refuted(step, "PYR503", message, step.settings.hidden_at)
        return
    if step.settings.hidden_at is None:
        return
    hidden = [f"{each.place}: {each.text.strip().splitlines()[0]}" for each in step.warned[:3]]
    count = len(step.warned)
    yield Evidence(
        "PYR503",
        Verdict.CONFIRMED,
        "all warnings were filtered out when the step began"
        + (f", and {count} of Pyro's with them: {hidden[0]}" if hidden else "")
        + "; name the one warning to hide, by `message` or `module`",
        position=step.settings.hidden_at,
        figures={"warnings of Pyro until the step's end": count},
    )


def _unchecked(site: Site) -> Iterator[Evidence]:
    if _is_out_of_support(site):
        # Grey pixels under a Bernoulli are legal only so.
        return
    for construction in site.constructions:
        if construction.family.__name__ in _SHAPING:
            continue
        if construction.arguments.get("validate_args") is False:
            yield _of_site(site, construction)
        # What a family is made of is its author's affair.
        return


def _of_site(site: Site, construction: Construction) -> Evidence:
    family = construction.family.__name__
    return Evidence(
        "PYR502",
        Verdict.CONFIRMED,
        f"{family} of site {site.name!r} checked neither its arguments nor its value; leave "
        "`validate_args=False` out",
        position=construction.position,
        site=site.name,
        related=(site.position,) if site.position is not None else (),
    )


def _is_out_of_support(site: Site) -> bool:
    if not isinstance(site.value, Tensor):
        return False
    try:
        return not bool(torch.as_tensor(site.distribution.support.check(site.value)).all())
    # Not every distribution tells its support, nor can every support check.
    except (NotImplementedError, ValueError, RuntimeError, TypeError, AttributeError):
        return True
